package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Each visits the entries of a bucket whose keys match a filter, once each, in the order in which they were
// last written. Until all are read it keeps them in memory: of a bucket that has older revisions
// too, the last one of a key counts. What was written before is there on a cluster too, of which any
// copy may be asked: one that lacks what its leader had last is behind, and is asked again.
func Each(ctx context.Context, e *Engine, kv jetstream.KeyValue, filter string, visit func(jetstream.KeyValueEntry)) error {
	last, err := e.entries(ctx, kv.Bucket(), filter)
	if err != nil {
		return recordError(kv, filter, err)
	}
	byRevision := func(a, b readEntry) int { return cmp.Compare(a.revision, b.revision) }
	for _, entry := range slices.SortedFunc(maps.Values(last), byRevision) {
		visit(entry)
	}
	return nil
}

// entries gives the last entry of each key.
func (e *Engine) entries(ctx context.Context, bucket, filter string) (map[string]readEntry, error) {
	for try := range Tries {
		Pause(ctx, try)
		atLeast := uint64(0)
		if e.Replicas > 1 {
			var err error
			if atLeast, err = LastPosition(ctx, e, "KV_"+bucket, "$KV."+bucket+"."+filter); err != nil {
				return nil, err
			}
		}
		last, upTo, err := e.entriesOfCopy(ctx, bucket, filter)
		if err != nil || upTo >= atLeast {
			return last, err
		}
	}
	return nil, ErrBehind
}

// ErrBehind says that the copies of a stream that were asked lack what its leader has.
var ErrBehind = errors.New("the copies of the store that answer are behind their leader")

func (e *Engine) entriesOfCopy(ctx context.Context, bucket, filter string) (last map[string]readEntry, upTo uint64, err error) {
	prefix := "$KV." + bucket + "."
	last = map[string]readEntry{}
	err = e.ReadFrom(ctx, e.NC, "KV_"+bucket, prefix+filter, 1, func(msg ReadMessage) error {
		upTo = msg.Seq
		key := strings.TrimPrefix(msg.Subject, prefix)
		if isMarker(msg.Header.Get) {
			delete(last, key)
			return nil
		}
		at, err := msg.Time()
		if err == nil {
			last[key] = readEntry{bucket: bucket, key: key, value: msg.Data, revision: msg.Seq, created: at}
		}
		return err
	})
	return last, upTo, err
}

// readEntry is an entry that was read without the library of buckets.
type readEntry struct {
	bucket, key string
	value       []byte
	revision    uint64
	created     time.Time
}

func (e readEntry) Bucket() string                  { return e.bucket }
func (e readEntry) Key() string                     { return e.key }
func (e readEntry) Value() []byte                   { return e.value }
func (e readEntry) Revision() uint64                { return e.revision }
func (e readEntry) Created() time.Time              { return e.created }
func (e readEntry) Delta() uint64                   { return 0 }
func (e readEntry) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }
