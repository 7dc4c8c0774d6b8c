package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Read gets a record; found is false when there is none.
func Read[T any](ctx context.Context, kv jetstream.KeyValue, key string) (record T, revision uint64, found bool, err error) {
	entry, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return record, 0, false, nil
	}
	if err != nil {
		return record, 0, false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	if err := json.Unmarshal(entry.Value(), &record); err != nil {
		return record, 0, false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	return record, entry.Revision(), true, nil
}

// List gets the records whose keys match a filter.
func List[T any](ctx context.Context, kv jetstream.KeyValue, filter string) (records []T, err error) {
	failed := func(err error) error { return fmt.Errorf("%s %s: %w", kv.Bucket(), filter, err) }
	watcher, err := kv.Watch(ctx, filter, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = watcher.Stop() }()
	for {
		select {
		case entry := <-watcher.Updates():
			if entry == nil { // there are no more
				return records, nil
			}
			var record T
			if err := json.Unmarshal(entry.Value(), &record); err != nil {
				return nil, failed(err)
			}
			records = append(records, record)
		case <-ctx.Done():
			return nil, failed(ctx.Err())
		}
	}
}

// Create writes a record that must not be there yet; fresh is false when it is.
func Create(ctx context.Context, kv jetstream.KeyValue, key string, record any) (fresh bool, err error) {
	data, err := json.Marshal(record)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	_, err = kv.Create(ctx, key, data)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	return true, nil
}

// Replace writes a record over the revision read; done is false when somebody
// else changed it meanwhile.
func Replace(ctx context.Context, kv jetstream.KeyValue, key string, record any, revision uint64) (done bool, err error) {
	data, err := json.Marshal(record)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	_, err = kv.Update(ctx, key, data, revision)
	if changed := new(jetstream.APIError); errors.As(err, &changed) && changed.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	return true, nil
}

// Bucket opens a bucket and makes it when it is missing. With a marker life,
// removed keys may be forgotten after it.
func Bucket(ctx context.Context, e *Engine, name, holds string, marker time.Duration) (jetstream.KeyValue, error) {
	kv, err := e.JS.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: name, Description: holds, History: 1, Replicas: e.Replicas, LimitMarkerTTL: marker,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", name, err)
	}
	return kv, nil
}

// Each visits what a bucket has now, as far as a filter matches.
func Each(ctx context.Context, kv jetstream.KeyValue, filter string, visit func(jetstream.KeyValueEntry)) error {
	watcher, err := kv.Watch(ctx, filter, jetstream.IgnoreDeletes())
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Stop() }()
	for {
		select {
		case entry := <-watcher.Updates():
			if entry == nil { // that was all
				return ctx.Err()
			}
			visit(entry)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// MarkerLife is how long the bucket remembers that a record was removed.
const MarkerLife = time.Hour
