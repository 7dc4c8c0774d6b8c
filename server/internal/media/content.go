package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
)

// content reads the content of a file, one chunk after the other. It keeps one chunk in
// memory, and may be read as slowly as its reader likes: ObjectStore.Get would end after
// one time-out for the whole file (nats.go 1.55: 5 s if the context has no deadline), and
// would keep in memory what a slow reader has not taken yet.
type content struct {
	ctx     context.Context
	chunks  jetstream.Stream
	subject string // of the chunks
	size    int64  // bytes

	at    int64  // where the next Read begins
	chunk []byte // the last chunk that was fetched
	start int64  // where that chunk begins
	next  uint64 // the next chunk stands at or after this sequence of the stream; 0 before the first
}

// missingFor is how long a chunk may be missing before that is an error: on a cluster,
// the replica that is asked may not have it yet.
const missingFor = 2 * time.Second

// Read implements io.Reader.
func (c *content) Read(b []byte) (int, error) {
	if c.at >= c.size {
		return 0, io.EOF
	}
	if c.at < c.start {
		c.chunk, c.start, c.next = nil, 0, 0
	}
	for c.at >= c.start+int64(len(c.chunk)) {
		if err := c.fetch(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.chunk[c.at-c.start:])
	c.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker. To go on far behind where it was, or before it, the chunks
// between are fetched and left out.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek to %d, before the beginning of the file", offset)
	}
	c.at = offset
	return offset, nil
}

// fetch gets the chunk that follows the last one.
func (c *content) fetch() error {
	ctx, stop := context.WithTimeout(c.ctx, ids.OperationWithin)
	defer stop()
	missingSince := time.Now()
	for {
		msg, err := c.chunks.GetMsg(ctx, max(c.next, 1), jetstream.WithGetMsgSubject(c.subject))
		if err == nil {
			c.start, c.chunk, c.next = c.start+int64(len(c.chunk)), msg.Data, msg.Sequence+1
			return nil
		}
		if !errors.Is(err, jetstream.ErrMsgNotFound) || time.Since(missingSince) > missingFor {
			return fmt.Errorf("file content at byte %d of %d: %w", c.start+int64(len(c.chunk)), c.size, err)
		}
		select {
		case <-time.After(missingFor / 20):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
