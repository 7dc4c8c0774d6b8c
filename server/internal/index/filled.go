package index

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
)

// filled tells whether an index has what was there before it. A record in the bucket of
// the index says so.
type filled struct {
	kv   jetstream.KeyValue
	done chan struct{} // closed when the index has it
}

// filledKey is the record. All other keys have dots.
const filledKey = "filled"

func newFilled(kv jetstream.KeyValue) filled { return filled{kv, make(chan struct{})} }

// fill has add write what was there before the index, unless that has been done. It may
// be called again after an error.
func (f filled) fill(ctx context.Context, add func() error) error {
	_, err := f.kv.Get(ctx, filledKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		if err = add(); err == nil {
			_, err = f.kv.Put(ctx, filledKey, nil)
		}
	}
	if err == nil {
		close(f.done)
	}
	return err
}

// wait returns when the index is filled; a 503 if ctx ends before.
func (f filled) wait(ctx context.Context, index string) error {
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ids.ErrUnavailable(index + " is being made, which happens once")
	}
}
