package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
)

// Reader reads a file that is whole.
type Reader struct {
	file    io.ReadSeeker
	name    string // for errors
	size    int64
	header  Header
	trailer Trailer
	ends    []streamEnd // of the streams, in their order
}

// longest is the size of an entry that no message of Parley's comes near.
const longest = 64 << 20

var errDamaged = errors.New("the backup is damaged, or its end is missing: it has other bytes than were written; use another copy")

// Open reads a file to its end, and refuses one that is no backup, is of a newer format,
// is damaged or is not whole.
func Open(file io.ReadSeeker, name string) (*Reader, error) {
	r := &Reader{file: file, name: name}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// Header says what the backup is of.
func (r *Reader) Header() Header { return r.header }

// Summary counts what the backup has.
func (r *Reader) Summary() Summary {
	s := Summary{Header: r.header, Streams: len(r.ends), Size: r.size}
	for _, end := range r.ends {
		s.Messages, s.Bytes = s.Messages+end.Messages, s.Bytes+end.Bytes
	}
	return s
}

func (r *Reader) check() (err error) {
	if r.size, err = r.file.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if err := r.checkMagic(); err != nil {
		return err
	}
	if r.size < int64(len(magic)+sha256.Size) {
		return errDamaged
	}
	sound, err := r.checkSum()
	if err != nil {
		return err
	}
	if !sound {
		return errDamaged
	}
	return r.visit(func(s *section) error {
		for s.next() {
		}
		return s.err
	})
}

func (r *Reader) checkMagic() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	first := make([]byte, len(magic))
	n, err := io.ReadFull(r.file, first)
	first = first[:n]
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(first) == magic:
		return nil
	case n == 0:
		return errors.New("the backup is empty: whatever wrote it has failed; use another copy")
	case bytes.HasPrefix(first, []byte(magicName)) && n == len(magic):
		return r.refuseFormat(strings.TrimSpace(string(first[len(magicName):])))
	case strings.HasPrefix(magic, string(first)):
		return errDamaged
	}
	return errors.New("is no backup of Parley")
}

// refuseFormat tells a later format, of which every byte is as it was written, from damage.
func (r *Reader) refuseFormat(format string) error {
	if r.size < int64(len(magic)+sha256.Size) {
		return errDamaged
	}
	sound, err := r.checkSum()
	switch {
	case err != nil:
		return err
	case !sound:
		return errDamaged
	}
	return fmt.Errorf("the backup has format %s, and this parleyd reads format 1: use a later one", format)
}

func (r *Reader) checkSum() (sound bool, err error) {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	sum := sha256.New()
	if _, err := io.CopyN(sum, r.file, r.size-sha256.Size); err != nil {
		return false, err
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r.file, want); err != nil {
		return false, err
	}
	return bytes.Equal(want, sum.Sum(nil)), nil
}

// section is the part of a file that belongs to one stream.
type section struct {
	entries *archive.Reader
	header  streamHeader
	end     streamEnd // of a section that was read before, or has come to its end
	now     message
	err     error
}

// next reads the next message of the section; false at its end, or after an error.
func (s *section) next() bool {
	if s.err != nil {
		return false
	}
	var e *archive.Header
	if e, s.err = next(s.entries); s.err != nil {
		return false
	}
	if e.Sequence == 0 {
		if e.Name != entryStreamEnd {
			s.err = fmt.Errorf("an entry %q stands among messages", e.Name)
			return false
		}
		s.err = json.NewDecoder(s.entries).Decode(&s.end)
		return false
	}
	data := make([]byte, e.HeaderSize+e.PayloadSize)
	if _, s.err = io.ReadFull(s.entries, data); s.err != nil {
		return false
	}
	s.now = message{e.Name, data[:e.HeaderSize], data[e.HeaderSize:], e.Sequence, time.Unix(0, e.Timestamp)}
	return true
}

// next reads the header of the next entry. A file always has one until its trailer.
func next(entries *archive.Reader) (*archive.Header, error) {
	e, err := entries.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errDamaged
	case err != nil:
		return nil, err
	case e.HeaderSize > longest || e.PayloadSize > longest:
		return nil, errDamaged
	}
	return e, nil
}

// visit reads the file once, and calls do for each of its streams, which must read it to
// its end.
func (r *Reader) visit(do func(*section) error) error {
	if _, err := r.file.Seek(int64(len(magic)), io.SeekStart); err != nil {
		return err
	}
	entries := archive.NewReader(s2.NewReader(io.LimitReader(r.file, r.size-int64(len(magic))-sha256.Size)))
	first, err := next(entries)
	if err == nil && first.Name != entryHeader {
		err = errDamaged
	}
	if err == nil {
		err = json.NewDecoder(entries).Decode(&r.header)
	}
	var ends []streamEnd
	for err == nil {
		var e *archive.Header
		if e, err = next(entries); err != nil {
			break
		}
		switch {
		case e.Sequence == 0 && e.Name == entryTrailer:
			r.ends = ends
			return json.NewDecoder(entries).Decode(&r.trailer)
		case e.Sequence != 0 || e.Name != entryStream:
			return fmt.Errorf("an entry %q stands where a stream begins", e.Name)
		}
		s := &section{entries: entries}
		if len(r.ends) > len(ends) {
			s.end = r.ends[len(ends)]
		}
		if err = json.NewDecoder(entries).Decode(&s.header); err == nil {
			err = do(s)
		}
		ends = append(ends, s.end)
	}
	return err
}
