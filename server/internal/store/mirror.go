package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// copyWithin is how long the first copy of a bucket may take.
const copyWithin = 10 * time.Second

// Mirror is a copy in memory of the records of a bucket whose keys match a filter.
// It follows the bucket; what this node writes through the Mirror is in it when the
// call returns. Its methods may be called at the same time.
type Mirror[T any] struct {
	kv      jetstream.KeyValue
	changed func(key string, r Record[T])

	notifying sync.Mutex // taken before mu
	mu        sync.RWMutex
	records   map[string]Record[T]
}

// Record is a record of a Mirror. The zero Record stands for one that does not exist.
type Record[T any] struct {
	// Value is the zero T when what is stored is not a T: another version of the
	// server has written it. What it points to must not be changed.
	Value    T
	Exists   bool
	Revision uint64
	// WrittenAt is when this node learned of the record; for one that was there when
	// the Mirror was opened, when the bucket stored it. The nodes' clocks may differ.
	WrittenAt time.Time
	// Local tells that this node has written it since the Mirror was opened.
	Local bool
}

// OpenMirror copies the records whose keys match a filter and follows them until ctx
// ends. It returns when the copy is complete, or with an error after copyWithin.
// changed, if it is not nil, is called after each change, one call at a time, and
// gets the newest record of the key; the calls for different keys have no order. It
// may be called before OpenMirror has returned.
func OpenMirror[T any](ctx context.Context, kv jetstream.KeyValue, filter string, changed func(string, Record[T])) (*Mirror[T], error) {
	m := &Mirror[T]{kv: kv, changed: changed, records: map[string]Record[T]{}}
	watcher, err := kv.Watch(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", kv.Bucket(), err)
	}
	complete := make(chan struct{})
	go func() {
		initial := true
		for entry := range watcher.Updates() {
			switch {
			case entry == nil && initial: // the copy is complete
				initial = false
				close(complete)
			case entry == nil:
			case initial:
				m.receive(entry, entry.Created())
			default:
				m.receive(entry, time.Now())
			}
		}
	}()
	context.AfterFunc(ctx, func() { _ = watcher.Stop() })
	select {
	case <-complete:
		return m, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("bucket %s: %w", kv.Bucket(), ctx.Err())
	case <-time.After(copyWithin):
		_ = watcher.Stop()
		return nil, fmt.Errorf("bucket %s: could not be read within %s", kv.Bucket(), copyWithin)
	}
}

// receive applies a change that the bucket reports, unless a newer one is known.
func (m *Mirror[T]) receive(e jetstream.KeyValueEntry, at time.Time) {
	r := Record[T]{Exists: e.Operation() == jetstream.KeyValuePut, Revision: e.Revision(), WrittenAt: at}
	if r.Exists {
		r.Value = decode[T](e.Value())
	}
	m.mu.Lock()
	if r.Revision <= m.records[e.Key()].Revision {
		m.mu.Unlock()
		return
	}
	if r.Exists {
		m.records[e.Key()] = r
	} else {
		delete(m.records, e.Key())
	}
	m.mu.Unlock()
	m.notify(e.Key())
}

// notify reports the record as it is now, not as it was at the change: so the last
// call is for the newest record, whoever changed it.
func (m *Mirror[T]) notify(key string) {
	if m.changed == nil {
		return
	}
	m.notifying.Lock()
	defer m.notifying.Unlock()
	m.changed(key, m.Get(key))
}

// Create writes a record that must not exist; fresh is false if it does.
func (m *Mirror[T]) Create(ctx context.Context, key string, value T) (fresh bool, err error) {
	data, revision, err := create(ctx, m.kv, key, value)
	if err != nil || data == nil {
		return false, err
	}
	m.apply(key, data, revision)
	return true, nil
}

// Put writes a record, whatever was there.
func (m *Mirror[T]) Put(ctx context.Context, key string, value T) error {
	data, err := json.Marshal(value)
	if err != nil {
		return recordError(m.kv, key, err)
	}
	revision, err := m.kv.Put(ctx, key, data)
	if err != nil {
		return recordError(m.kv, key, err)
	}
	m.apply(key, data, revision)
	return nil
}

// Replace writes a record over the one of that revision, 0 for a key that was never
// written; done is false when there is another revision by now.
func (m *Mirror[T]) Replace(ctx context.Context, key string, value T, revision uint64) (done bool, err error) {
	data, next, err := update(ctx, m.kv, key, value, revision)
	if err != nil || data == nil {
		return false, err
	}
	m.apply(key, data, next)
	return true, nil
}

// Modify is the function of that name, for a record of the Mirror. change gets the
// record as the bucket has it, which may be newer than the copy.
func (m *Mirror[T]) Modify(ctx context.Context, key string, change func(value *T, found bool) error) (T, error) {
	return modify(ctx, m.kv, key, change, m.Replace)
}

// apply stores what this node has written. It decodes the data again, so that the
// caller's value and the copy share nothing.
func (m *Mirror[T]) apply(key string, data []byte, revision uint64) {
	r := Record[T]{Value: decode[T](data), Exists: true, Revision: revision, WrittenAt: time.Now(), Local: true}
	m.mu.Lock()
	newer := revision >= m.records[key].Revision
	if newer {
		m.records[key] = r
	}
	m.mu.Unlock()
	if newer {
		m.notify(key)
	}
}

// Remove removes a record. The copy loses it at once, the bucket when the call
// succeeds. Removing a record that does not exist is not an error.
func (m *Mirror[T]) Remove(ctx context.Context, key string) error {
	m.mu.Lock()
	r, known := m.records[key]
	if known {
		m.records[key] = r.removed() // keeps the revision: the bucket may still report older ones
	}
	m.mu.Unlock()
	if known {
		m.notify(key)
	}
	if err := m.kv.Purge(ctx, key, PurgeTTL(MarkerLife)); err != nil {
		return recordError(m.kv, key, err)
	}
	return nil
}

// RemoveAt removes a record if it still has that revision; if it has another one,
// nothing happens.
func (m *Mirror[T]) RemoveAt(ctx context.Context, key string, revision uint64) error {
	err := m.kv.Purge(ctx, key, LastRevision(revision), PurgeTTL(MarkerLife))
	if IsConflict(err) {
		return nil
	}
	if err != nil {
		return recordError(m.kv, key, err)
	}
	m.mu.Lock()
	r := m.records[key]
	removed := r.Revision == revision
	if removed {
		m.records[key] = r.removed()
	}
	m.mu.Unlock()
	if removed {
		m.notify(key)
	}
	return nil
}

// removed is what the copy has of a removed record until the bucket reports its removal.
func (r Record[T]) removed() Record[T] { return Record[T]{Revision: r.Revision} }

// Get gives a record, the zero Record if it does not exist.
func (m *Mirror[T]) Get(key string) Record[T] {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if r := m.records[key]; r.Exists {
		return r
	}
	return Record[T]{}
}

// Fetch gives a record as the bucket has it, which may be newer than the copy; the zero
// Record if it does not exist.
func (m *Mirror[T]) Fetch(ctx context.Context, key string) (Record[T], error) {
	entry, err := m.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Record[T]{}, nil
	}
	if err != nil {
		return Record[T]{}, recordError(m.kv, key, err)
	}
	return Record[T]{Value: decode[T](entry.Value()), Exists: true, Revision: entry.Revision(), WrittenAt: entry.Created()}, nil
}

// WithPrefix gives the records whose keys begin with a prefix, by key.
func (m *Mirror[T]) WithPrefix(prefix string) map[string]Record[T] {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := map[string]Record[T]{}
	for key, r := range m.records {
		if r.Exists && strings.HasPrefix(key, prefix) {
			found[key] = r
		}
	}
	return found
}

// decode gives the zero T for data that is not a T.
func decode[T any](data []byte) (value T) {
	if err := json.Unmarshal(data, &value); err != nil {
		return *new(T)
	}
	return value
}
