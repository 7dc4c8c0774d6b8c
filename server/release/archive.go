package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// entry is a file of an archive.
type entry struct {
	name    string
	from    string // the file that it is; "" for a text
	text    string
	program bool // may be run
}

func (e entry) read() ([]byte, error) {
	if e.from == "" {
		return []byte(e.text), nil
	}
	return os.ReadFile(e.from)
}

func (e entry) mode() fs.FileMode {
	if e.program {
		return 0o755
	}
	return 0o644
}

// tar writes an archive for Unix: everything below a folder of its name, in the order given,
// of nobody, and of the time of the commit.
func (r *release) tar(name string, entries []entry) error {
	return r.write(name+".tar.gz", func(to io.Writer) error {
		packed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
		if err != nil {
			return err
		}
		archive := tar.NewWriter(packed)
		for _, e := range entries {
			content, err := e.read()
			if err != nil {
				return err
			}
			header := &tar.Header{
				Typeflag: tar.TypeReg, Name: name + "/" + e.name, Size: int64(len(content)),
				Mode: int64(e.mode()), ModTime: r.committed, Format: tar.FormatUSTAR,
			}
			if err := archive.WriteHeader(header); err != nil {
				return err
			}
			if _, err := archive.Write(content); err != nil {
				return err
			}
		}
		return errors.Join(archive.Close(), packed.Close())
	})
}

// zip writes an archive for Windows, likewise.
func (r *release) zip(name string, entries []entry) error {
	return r.write(name+".zip", func(to io.Writer) error {
		archive := zip.NewWriter(to)
		for _, e := range entries {
			content, err := e.read()
			if err != nil {
				return err
			}
			header := &zip.FileHeader{Name: name + "/" + e.name, Method: zip.Deflate, Modified: r.committed}
			header.SetMode(e.mode())
			file, err := archive.CreateHeader(header)
			if err != nil {
				return err
			}
			if _, err := file.Write(content); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

// write writes a file of the release.
func (r *release) write(name string, content func(io.Writer) error) error {
	file, err := os.Create(r.file(name))
	if err != nil {
		return err
	}
	if err := errors.Join(content(file), file.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
