package backup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

const (
	privacy     = "parley_privacy" // the bucket that notes erasures, by keys that begin with erasePrefix
	erasePrefix = "erase."
)

// erasures are those that run while the backup is made: it may have some of what they
// remove, and so they are carried out again after it was restored. The bucket itself forgets
// an erasure that has ended.
type erasures struct {
	engine  *store.Engine
	watcher jetstream.KeyWatcher // nil without the bucket

	mu       sync.Mutex
	keys     map[string]bool
	position uint64        // to which the watcher has come
	moved    chan struct{} // holds a value when that has changed
}

func watchErasures(ctx context.Context, e *store.Engine) (*erasures, error) {
	r := &erasures{engine: e, keys: map[string]bool{}, moved: make(chan struct{}, 1)}
	kv, err := e.JS.KeyValue(ctx, privacy)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return r, nil
	}
	if err == nil {
		r.watcher, err = kv.Watch(ctx, erasePrefix+">", jetstream.MetaOnly())
	}
	if err != nil {
		return nil, fmt.Errorf("erasures: %w", err)
	}
	begun := make(chan struct{})
	go func() {
		initial := true
		for entry := range r.watcher.Updates() {
			if entry == nil {
				initial = false
				close(begun)
				continue
			}
			r.note(entry, initial)
		}
	}()
	select {
	case <-begun:
		return r, nil
	case <-ctx.Done():
		r.stop()
		return nil, ctx.Err()
	}
}

// note takes in the record of an erasure. It is initial if it was there at the beginning:
// then that of an erasure that has ended does not count.
func (r *erasures) note(entry jetstream.KeyValueEntry, initial bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !initial || entry.Operation() == jetstream.KeyValuePut {
		r.keys[entry.Key()] = true
	}
	r.position = entry.Revision()
	select {
	case r.moved <- struct{}{}:
	default:
	}
}

func (r *erasures) stop() {
	if r.watcher != nil {
		_ = r.watcher.Stop() // fails only without a connection
	}
}

// seen gives the keys of all that ran from the beginning until now.
func (r *erasures) seen(ctx context.Context) ([]string, error) {
	if r.watcher == nil {
		return nil, nil
	}
	ctx, stop := context.WithTimeout(ctx, callWithin)
	defer stop()
	stream, err := store.FromLeader(ctx, r.engine, "KV_"+privacy)
	if err != nil {
		return nil, err
	}
	last, err := stream.GetLastMsgForSubject(ctx, "$KV."+privacy+"."+erasePrefix+">")
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	for err == nil {
		r.mu.Lock()
		come, keys := r.position, slices.Sorted(maps.Keys(r.keys))
		r.mu.Unlock()
		if come >= last.Sequence {
			return keys, nil
		}
		select {
		case <-r.moved:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return nil, fmt.Errorf("erasures: %w", err)
}

// ErasureOf gives what the key of an erasure's record says: what it is of, the app, and the id.
func ErasureOf(key string) (kind, app, id string, ok bool) {
	parts := strings.Split(strings.TrimPrefix(key, erasePrefix), ".")
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}
