package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// checkFiles refuses data of which a file cannot be opened. NATS removes all of a stream when
// it cannot read one of the stream's files at its start (nats-server 2.15.2, run).
func checkFiles(dir string) error {
	data := filepath.Join(dir, dataFolder)
	return filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err) && path == data: // nobody has used the folder yet
			return nil
		case err != nil:
		case !entry.IsDir():
			err = checkFile(path)
		case strings.LastIndexByte(entry.Name(), '.') > 0: // NATS names no folder so; a dot before a name is of one that it was removing
			err = errors.New("there is a folder in place of the file")
		}
		if err != nil {
			return fmt.Errorf("%s, a part of the data in %s, cannot be used: %w; "+
				"give it to this user, or restore the folder from a backup", path, dir, err)
		}
		return nil
	})
}

// checkFile opens a file as NATS does, and reads its beginning.
func checkFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
