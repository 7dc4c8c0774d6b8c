package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
)

// MarkerLife is how long a bucket remembers that a record was removed. A node that
// was cut off for longer may not notice the removal.
const MarkerLife = time.Hour

// ErrUnchanged is what a change given to Modify returns to leave the record as it is.
var ErrUnchanged = errors.New("nothing to change")

// ErrConcurrent is a 409: others kept changing the record.
var ErrConcurrent = wire.Errorf(wire.Changed, "changed by somebody else at the same time; try again")

// Bucket opens a bucket and makes it if it is missing. description says what is in
// it. With a marker life, the bucket forgets removed keys after that time.
func Bucket(ctx context.Context, e *Engine, name, description string, marker time.Duration) (jetstream.KeyValue, error) {
	return ExpiringBucket(ctx, e, name, description, 0, marker)
}

// ExpiringBucket is a Bucket that removes a record when it was not written for some
// time; 0 is never.
func ExpiringBucket(ctx context.Context, e *Engine, name, description string, life, marker time.Duration) (jetstream.KeyValue, error) {
	kv, err := e.JS.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: name, Description: description, History: 1, TTL: life, Replicas: e.Replicas, LimitMarkerTTL: marker,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", name, err)
	}
	return e.replicated(kv), nil
}

// replicated has a bucket used right that several NATS servers keep a copy of.
func (e *Engine) replicated(kv jetstream.KeyValue) jetstream.KeyValue {
	if e.Replicas > 1 {
		return replicated{kv, e}
	}
	return kv
}

// Read gives a record and its revision; found is false if it does not exist. Data
// that is not a T is an error.
func Read[T any](ctx context.Context, kv jetstream.KeyValue, key string) (record T, revision uint64, found bool, err error) {
	entry, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return record, 0, false, nil
	}
	if err == nil {
		err = json.Unmarshal(entry.Value(), &record)
	}
	if err != nil {
		return record, 0, false, recordError(kv, key, err)
	}
	return record, entry.Revision(), true, nil
}

// List gives the records whose keys match a filter, in no particular order. Data that
// is not a T is an error.
func List[T any](ctx context.Context, e *Engine, kv jetstream.KeyValue, filter string) (records []T, err error) {
	var unreadable error
	err = Each(ctx, e, kv, filter, func(entry jetstream.KeyValueEntry) {
		var record T
		if err := json.Unmarshal(entry.Value(), &record); err != nil {
			unreadable = recordError(kv, entry.Key(), err)
		}
		records = append(records, record)
	})
	if err = errors.Join(err, unreadable); err != nil {
		return nil, err
	}
	return records, nil
}

// Create writes a record that must not exist; fresh is false if it does.
func Create(ctx context.Context, kv jetstream.KeyValue, key string, record any) (fresh bool, err error) {
	data, _, err := create(ctx, kv, key, record)
	return data != nil, err
}

// create gives what it has written and its revision; no data if the record exists.
func create(ctx context.Context, kv jetstream.KeyValue, key string, record any) (data []byte, revision uint64, err error) {
	data, err = json.Marshal(record)
	if err == nil {
		revision, err = kv.Create(ctx, key, data)
	}
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, recordError(kv, key, err)
	}
	return data, revision, nil
}

// Replace writes a record over the one of that revision, 0 for a key that was never
// written; done is false when there is another revision by now.
func Replace[T any](ctx context.Context, kv jetstream.KeyValue, key string, record T, revision uint64) (done bool, err error) {
	data, _, err := update(ctx, kv, key, record, revision)
	return data != nil, err
}

// update gives what it has written and the new revision; no data after a conflict.
func update(ctx context.Context, kv jetstream.KeyValue, key string, record any, revision uint64) (data []byte, next uint64, err error) {
	data, err = json.Marshal(record)
	if err == nil {
		next, err = kv.Update(ctx, key, data, revision)
	}
	if IsConflict(err) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, recordError(kv, key, err)
	}
	return data, next, nil
}

// Modify reads a record, has change change it, and writes it back over the revision
// read; when others have changed it meanwhile, it begins again. It gives the record
// as it is afterwards. change gets the zero T when the record does not exist; its
// error is returned as it is and nothing is written, but ErrUnchanged is no error.
// After some conflicts in a row Modify gives up with ErrConcurrent.
func Modify[T any](ctx context.Context, kv jetstream.KeyValue, key string, change func(record *T, found bool) error) (T, error) {
	return modify(ctx, kv, key, change, func(ctx context.Context, key string, record T, revision uint64) (bool, error) {
		return Replace(ctx, kv, key, record, revision)
	})
}

// ReplaceFor is Replace of a record that the bucket removes after a time, 0 for never. The
// bucket must let records have times of their own: a PersonalBucket does, and one with a
// marker life.
func ReplaceFor[T any](
	ctx context.Context, e *Engine, kv jetstream.KeyValue, key string, record T, life time.Duration, revision uint64,
) (done bool, err error) {
	data, err := json.Marshal(record)
	if err != nil {
		return false, recordError(kv, key, err)
	}
	options := []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(revision)}
	if life > 0 {
		options = append(options, jetstream.WithMsgTTL(max(life, time.Second))) // JetStream takes no less
	}
	_, err = e.PublishOnce(ctx, "KV_"+kv.Bucket(), &nats.Msg{Subject: "$KV." + kv.Bucket() + "." + key, Data: data}, options...)
	if IsConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, recordError(kv, key, err)
	}
	return true, nil
}

// ModifyFor is Modify of a record that the bucket removes after the time that life gives
// for it, as ReplaceFor does.
func ModifyFor[T any](
	ctx context.Context, e *Engine, kv jetstream.KeyValue, key string, life func(T) time.Duration, change func(record *T, found bool) error,
) (T, error) {
	return modify(ctx, kv, key, change, func(ctx context.Context, key string, record T, revision uint64) (bool, error) {
		return ReplaceFor(ctx, e, kv, key, record, life(record), revision)
	})
}

func modify[T any](ctx context.Context, kv jetstream.KeyValue, key string, change func(*T, bool) error,
	replace func(ctx context.Context, key string, record T, revision uint64) (bool, error),
) (T, error) {
	for try := range Tries {
		record, revision, found, err := Read[T](ctx, kv, key)
		if err != nil {
			return *new(T), err
		}
		if err := change(&record, found); errors.Is(err, ErrUnchanged) {
			return record, nil
		} else if err != nil {
			return *new(T), err
		}
		done, err := replace(ctx, key, record, revision)
		if err != nil {
			return *new(T), err
		}
		if done {
			return record, nil
		}
		Pause(ctx, try)
	}
	return *new(T), ErrConcurrent
}

// recordError says which record an error is about.
func recordError(kv jetstream.KeyValue, key string, err error) error {
	return fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
}
