package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// mirrorWithin is how long a bucket may take to be copied.
const mirrorWithin = 10 * time.Second

// Mirror is a copy in memory of a part of a bucket, kept up to date. What this
// node writes is in it at once.
type Mirror struct {
	KV      jetstream.KeyValue
	changed func(key string, r Record) // after each change, in any order between keys; may be nil

	notifying sync.Mutex // taken before mu
	mu        sync.RWMutex
	records   map[string]Record
}

type Record struct {
	Value    []byte // nil: removed here, and not yet heard of from the bucket
	revision uint64
	At       time.Time // when it was written
	Ours     bool      // by this node
}

// OpenMirror copies the keys that a filter matches and follows them until ctx
// ends. It returns when the copy is complete.
func OpenMirror(ctx context.Context, kv jetstream.KeyValue, filter string, changed func(string, Record)) (*Mirror, error) {
	m := &Mirror{KV: kv, changed: changed, records: map[string]Record{}}
	watcher, err := kv.Watch(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", kv.Bucket(), err)
	}
	complete := make(chan struct{})
	go func() {
		initial := true
		for entry := range watcher.Updates() {
			if entry != nil {
				at := time.Now() // clocks may differ; only what is old goes by the bucket's
				if initial {
					at = entry.Created()
				}
				m.receive(entry, at)
			} else if initial {
				initial = false
				close(complete)
			}
		}
	}()
	context.AfterFunc(ctx, func() { _ = watcher.Stop() })
	select {
	case <-complete:
		return m, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("bucket %s: %w", kv.Bucket(), ctx.Err())
	case <-time.After(mirrorWithin):
		_ = watcher.Stop()
		return nil, fmt.Errorf("bucket %s does not answer", kv.Bucket())
	}
}

func (m *Mirror) receive(e jetstream.KeyValueEntry, at time.Time) {
	r := Record{Value: e.Value(), revision: e.Revision(), At: at}
	if e.Operation() != jetstream.KeyValuePut {
		r.Value = nil
	}
	m.mu.Lock()
	if r.revision <= m.records[e.Key()].revision {
		m.mu.Unlock()
		return
	}
	if r.Value == nil {
		delete(m.records, e.Key())
	} else {
		m.records[e.Key()] = r
	}
	m.mu.Unlock()
	m.notify(e.Key())
}

// notify reports what the record is now: of two changes at the same time the newer
// is told last, whoever made it.
func (m *Mirror) notify(key string) {
	if m.changed == nil {
		return
	}
	m.notifying.Lock()
	defer m.notifying.Unlock()
	m.mu.RLock()
	r := m.records[key]
	m.mu.RUnlock()
	m.changed(key, r)
}

// Put writes a record.
func (m *Mirror) Put(ctx context.Context, key string, value []byte) error {
	revision, err := m.KV.Put(ctx, key, value)
	if err != nil {
		return fmt.Errorf("%s %s: %w", m.KV.Bucket(), key, err)
	}
	m.apply(key, value, revision)
	return nil
}

// Replace writes a record over the one of that revision; false means that there
// is another one by now.
func (m *Mirror) Replace(ctx context.Context, key string, value []byte, revision uint64) (bool, error) {
	next, err := m.KV.Update(ctx, key, value, revision)
	if IsConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", m.KV.Bucket(), key, err)
	}
	m.apply(key, value, next)
	return true, nil
}

// apply takes in what this node has written.
func (m *Mirror) apply(key string, value []byte, revision uint64) {
	r := Record{value, revision, time.Now(), true}
	m.mu.Lock()
	newer := revision >= m.records[key].revision
	if newer {
		m.records[key] = r
	}
	m.mu.Unlock()
	if newer {
		m.notify(key)
	}
}

// Remove takes a record away; one that is not there is no error.
func (m *Mirror) Remove(ctx context.Context, key string) error {
	m.mu.Lock()
	r, there := m.records[key]
	if there {
		r.Value, r.At = nil, time.Now()
		m.records[key] = r // what the bucket still tells of it is older
	}
	m.mu.Unlock()
	if there {
		m.notify(key)
	}
	if err := m.KV.Purge(ctx, key, jetstream.PurgeTTL(MarkerLife)); err != nil {
		return fmt.Errorf("%s %s: %w", m.KV.Bucket(), key, err)
	}
	return nil
}

// RemoveAt takes a record away if it is still the one of that revision.
func (m *Mirror) RemoveAt(ctx context.Context, key string, revision uint64) error {
	err := m.KV.Purge(ctx, key, jetstream.LastRevision(revision), jetstream.PurgeTTL(MarkerLife))
	if IsConflict(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", m.KV.Bucket(), key, err)
	}
	m.mu.Lock()
	r := m.records[key]
	removed := r.revision == revision
	if removed {
		r.Value = nil
		m.records[key] = r
	}
	m.mu.Unlock()
	if removed {
		m.notify(key)
	}
	return nil
}

// Get gives a record's value, nil if it is not there.
func (m *Mirror) Get(key string) []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.records[key].Value
}

// At tells when a record was written, zero if it is not there.
func (m *Mirror) At(key string) time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.records[key].At
}

// Record gives a record and its revision, 0 if it is not there.
func (m *Mirror) Record(key string) (value []byte, revision uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if r := m.records[key]; r.Value != nil {
		return r.Value, r.revision
	}
	return nil, 0
}

// WithPrefix gives the records whose keys begin with a prefix.
func (m *Mirror) WithPrefix(prefix string) map[string]Record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := map[string]Record{}
	for key, r := range m.records {
		if r.Value != nil && strings.HasPrefix(key, prefix) {
			found[key] = r
		}
	}
	return found
}
