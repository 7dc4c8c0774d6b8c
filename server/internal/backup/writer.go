package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go"
)

// message is one of a stream.
type message struct {
	subject  string
	header   []byte // as NATS stores it
	data     []byte
	sequence uint64
	at       time.Time
}

// headerOf gives a header as NATS stores it.
func headerOf(h nats.Header) []byte {
	if len(h) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("NATS/1.0\r\n")
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// writer writes a file.
type writer struct {
	to       *counted
	sum      hash.Hash
	compress *s2.Writer
	entries  *archive.Writer
}

// counted counts what is written.
type counted struct {
	io.Writer
	bytes int64
}

func (c *counted) Write(b []byte) (n int, err error) {
	n, err = c.Writer.Write(b)
	c.bytes += int64(n)
	return n, err
}

func newWriter(to io.Writer) (*writer, error) {
	w := &writer{to: &counted{Writer: to}, sum: sha256.New()}
	both := io.MultiWriter(w.to, w.sum)
	if _, err := io.WriteString(both, magic); err != nil {
		return nil, err
	}
	w.compress = s2.NewWriter(both)
	w.entries = archive.NewWriter(w.compress)
	return w, nil
}

func (w *writer) message(m message) error { return writeMessage(w.entries, m) }

func writeMessage(to *archive.Writer, m message) error {
	err := to.WriteHeader(&archive.Header{
		Name: m.subject, HeaderSize: int64(len(m.header)), PayloadSize: int64(len(m.data)), Timestamp: m.at.UnixNano(), Sequence: m.sequence,
	})
	for _, part := range [][]byte{m.header, m.data} {
		if err == nil {
			_, err = to.Write(part)
		}
	}
	return err
}

// note writes an entry that is no message.
func (w *writer) note(name string, value any) error { return writeNote(w.entries, name, value) }

func writeNote(to *archive.Writer, name string, value any) error {
	data, err := json.Marshal(value)
	if err == nil {
		err = to.WriteHeader(&archive.Header{Name: name, PayloadSize: int64(len(data))})
	}
	if err == nil {
		_, err = to.Write(data)
	}
	return err
}

// close ends the file, of which nothing may be missing.
func (w *writer) close() error {
	err := errors.Join(w.entries.Close(), w.compress.Close())
	if err == nil {
		_, err = w.to.Write(w.sum.Sum(nil))
	}
	return err
}

// abandon frees what the writer has; the file is not whole.
func (w *writer) abandon() { _ = w.compress.Close() }
