package store

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Adopt moves the records of an older bucket into kv as convert writes them, and removes the
// bucket with its files. convert gives nil for a record that is left behind. A record that
// kv has already stays as it is there. It does nothing if there is no such bucket;
// interrupted, it goes on the next time.
func Adopt(
	ctx context.Context, e *Engine, older string, kv jetstream.KeyValue, convert func(key string, value []byte) ([]byte, error),
) error {
	old, err := e.JS.KeyValue(ctx, older)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var failed error
	err = Each(ctx, e, old, ">", func(entry jetstream.KeyValueEntry) {
		value, err := convert(entry.Key(), entry.Value())
		if err == nil && value != nil {
			_, err = kv.Create(ctx, entry.Key(), value)
		}
		if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
			failed = err
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return recordError(kv, ">", err)
	}
	if err := e.JS.DeleteKeyValue(ctx, older); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return err
	}
	return nil
}
