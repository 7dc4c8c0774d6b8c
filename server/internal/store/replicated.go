package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// replicated is a bucket of which several NATS servers keep a copy. While they elect a leader
// it is asked again, as long as the caller has time; each write has its effect once. nats.go
// has no option for that.
type replicated struct {
	jetstream.KeyValue
	engine *Engine
}

// The headers of a message that says that a record was removed (NATS ADR-8).
const (
	operationHeader = "KV-Operation"
	deleted, purged = "DEL", "PURGE"
)

func (r replicated) stream() string { return "KV_" + r.Bucket() }

func (r replicated) subject(key string) string { return "$KV." + r.Bucket() + "." + key }

// Get gives the last entry of a key. It asks the nearest copy, which may be behind the one
// that has acknowledged a write; so before it says that a key does not exist, it asks the
// leader of the copies, which is never behind.
func (r replicated) Get(ctx context.Context, key string) (entry jetstream.KeyValueEntry, err error) {
	err = UntilRead(ctx, func(ctx context.Context) error {
		entry, err = r.KeyValue.Get(ctx, key)
		return err
	})
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return entry, err
	}
	err = UntilRead(ctx, func(ctx context.Context) error {
		entry, err = r.fromLeader(ctx, key)
		return err
	})
	return entry, err
}

// Watch is that of nats.go. Only its beginning is repeated.
func (r replicated) Watch(ctx context.Context, keys string, options ...jetstream.WatchOpt) (w jetstream.KeyWatcher, err error) {
	err = UntilRead(ctx, func(within context.Context) error {
		watching, stop := context.WithCancel(ctx)
		inTime := context.AfterFunc(within, stop)
		w, err = r.KeyValue.Watch(watching, keys, options...)
		if !inTime() {
			err = within.Err()
		}
		if err != nil {
			stop()
		}
		return err
	})
	return w, err
}

// Put writes a record, whatever was there.
func (r replicated) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	return r.write(ctx, key, nil, value)
}

// PutString is Put of a text.
func (r replicated) PutString(ctx context.Context, key, value string) (uint64, error) {
	return r.Put(ctx, key, []byte(value))
}

// Update writes a record over the one of that revision, 0 for a key that was never written.
func (r replicated) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	next, err := r.write(ctx, key, nil, value, jetstream.WithExpectLastSequencePerSubject(revision))
	if IsConflict(err) {
		err = fmt.Errorf("%w: %w", err, jetstream.ErrKeyRevisionMismatch)
	}
	return next, err
}

// Create writes a record that must not exist, or was removed. It takes no options.
func (r replicated) Create(ctx context.Context, key string, value []byte, options ...jetstream.KVCreateOpt) (uint64, error) {
	if len(options) > 0 {
		return 0, errOption
	}
	revision, err := r.write(ctx, key, nil, value, jetstream.WithExpectLastSequencePerSubject(0))
	if !IsConflict(err) {
		return revision, err
	}
	var last *stored
	read := UntilRead(ctx, func(ctx context.Context) (err error) {
		last, err = r.engine.lastFromLeader(ctx, r.stream(), r.subject(key))
		return err
	})
	switch {
	case read != nil && !errors.Is(read, jetstream.ErrMsgNotFound):
		return 0, read
	case read == nil && isMarker(last.header):
		if revision, err = r.write(ctx, key, nil, value, jetstream.WithExpectLastSequencePerSubject(last.Seq)); !IsConflict(err) {
			return revision, err
		}
	}
	return 0, fmt.Errorf("%w: %w", err, jetstream.ErrKeyExists)
}

// Delete says that a record was removed. Its options must be of this package.
func (r replicated) Delete(ctx context.Context, key string, options ...jetstream.KVDeleteOpt) error {
	return r.remove(ctx, key, nats.Header{operationHeader: {deleted}}, options)
}

// Purge is Delete that removes all revisions as well.
func (r replicated) Purge(ctx context.Context, key string, options ...jetstream.KVDeleteOpt) error {
	return r.remove(ctx, key, nats.Header{operationHeader: {purged}, jetstream.MsgRollup: {jetstream.MsgRollupSubject}}, options)
}

func (r replicated) remove(ctx context.Context, key string, headers nats.Header, options []jetstream.KVDeleteOpt) error {
	var published []jetstream.PublishOpt
	for _, option := range options {
		switch o := option.(type) {
		case lastRevision:
			published = append(published, jetstream.WithExpectLastSequencePerSubject(o.revision))
		case purgeTTL:
			published = append(published, jetstream.WithMsgTTL(o.life))
		default:
			return errOption
		}
	}
	_, err := r.write(ctx, key, headers, nil, published...)
	if IsConflict(err) {
		err = fmt.Errorf("%w: %w", err, jetstream.ErrKeyRevisionMismatch)
	}
	return err
}

func (r replicated) write(ctx context.Context, key string, headers nats.Header, value []byte, options ...jetstream.PublishOpt) (uint64, error) {
	if !isKey(key) {
		return 0, jetstream.ErrInvalidKey
	}
	return r.engine.PublishOnce(ctx, r.stream(), &nats.Msg{Subject: r.subject(key), Header: headers, Data: value}, options...)
}

// isKey tells whether a text is a key, as nats.go takes them.
func isKey(key string) bool {
	return key != "" && key[0] != '.' && key[len(key)-1] != '.' &&
		strings.Trim(key, "-/_=.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" && !strings.Contains(key, "..")
}

// errOption is an error of ours: an option that cannot be read is not obeyed.
var errOption = errors.New("an option that a bucket of several copies does not know: use those of package store")

// LastRevision has a record removed only if it has that revision: jetstream.LastRevision,
// of which a bucket of several copies can tell the revision.
func LastRevision(revision uint64) jetstream.KVDeleteOpt {
	return lastRevision{jetstream.LastRevision(revision), revision}
}

type lastRevision struct {
	jetstream.KVDeleteOpt
	revision uint64
}

// PurgeTTL has a bucket forget after a time that a record was purged, as LastRevision is to
// jetstream.LastRevision.
func PurgeTTL(life time.Duration) jetstream.KVDeleteOpt {
	return purgeTTL{jetstream.PurgeTTL(life), life}
}

type purgeTTL struct {
	jetstream.KVDeleteOpt
	life time.Duration
}
