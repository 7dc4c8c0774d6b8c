package server

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

// mirror is a copy in memory of a part of a bucket, kept up to date. What this
// node writes is in it at once.
type mirror struct {
	kv      jetstream.KeyValue
	changed func(key string, r mirrored) // after each change, in any order between keys; may be nil

	telling sync.Mutex // taken before mu
	mu      sync.RWMutex
	records map[string]mirrored
}

type mirrored struct {
	value    []byte // nil: removed here, and not yet heard of from the bucket
	revision uint64
	at       time.Time // when it was written
	own      bool      // by this node
}

// openMirror copies the keys that a filter matches and follows them until ctx
// ends. It returns when the copy is complete.
func openMirror(ctx context.Context, kv jetstream.KeyValue, filter string, changed func(string, mirrored)) (*mirror, error) {
	m := &mirror{kv: kv, changed: changed, records: map[string]mirrored{}}
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
				m.heard(entry, at)
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

func (m *mirror) heard(e jetstream.KeyValueEntry, at time.Time) {
	r := mirrored{value: e.Value(), revision: e.Revision(), at: at}
	if e.Operation() != jetstream.KeyValuePut {
		r.value = nil
	}
	m.mu.Lock()
	if r.revision <= m.records[e.Key()].revision {
		m.mu.Unlock()
		return
	}
	if r.value == nil {
		delete(m.records, e.Key())
	} else {
		m.records[e.Key()] = r
	}
	m.mu.Unlock()
	m.tell(e.Key())
}

// tell reports what the record is now: of two changes at the same time the newer
// is told last, whoever made it.
func (m *mirror) tell(key string) {
	if m.changed == nil {
		return
	}
	m.telling.Lock()
	defer m.telling.Unlock()
	m.mu.RLock()
	r := m.records[key]
	m.mu.RUnlock()
	m.changed(key, r)
}

// put writes a record.
func (m *mirror) put(ctx context.Context, key string, value []byte) error {
	revision, err := m.kv.Put(ctx, key, value)
	if err != nil {
		return fmt.Errorf("%s %s: %w", m.kv.Bucket(), key, err)
	}
	m.wrote(key, value, revision)
	return nil
}

// replace writes a record over the one of that revision; false means that there
// is another one by now.
func (m *mirror) replace(ctx context.Context, key string, value []byte, revision uint64) (bool, error) {
	next, err := m.kv.Update(ctx, key, value, revision)
	if isConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", m.kv.Bucket(), key, err)
	}
	m.wrote(key, value, next)
	return true, nil
}

// wrote takes in what this node has written.
func (m *mirror) wrote(key string, value []byte, revision uint64) {
	r := mirrored{value, revision, time.Now(), true}
	m.mu.Lock()
	newer := revision >= m.records[key].revision
	if newer {
		m.records[key] = r
	}
	m.mu.Unlock()
	if newer {
		m.tell(key)
	}
}

// remove takes a record away; one that is not there is no error.
func (m *mirror) remove(ctx context.Context, key string) error {
	m.mu.Lock()
	r, there := m.records[key]
	if there {
		r.value, r.at = nil, time.Now()
		m.records[key] = r // what the bucket still tells of it is older
	}
	m.mu.Unlock()
	if there {
		m.tell(key)
	}
	if err := m.kv.Purge(ctx, key, jetstream.PurgeTTL(markerLife)); err != nil {
		return fmt.Errorf("%s %s: %w", m.kv.Bucket(), key, err)
	}
	return nil
}

// removeAt takes a record away if it is still the one of that revision.
func (m *mirror) removeAt(ctx context.Context, key string, revision uint64) error {
	err := m.kv.Purge(ctx, key, jetstream.LastRevision(revision), jetstream.PurgeTTL(markerLife))
	if isConflict(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", m.kv.Bucket(), key, err)
	}
	m.mu.Lock()
	r := m.records[key]
	removed := r.revision == revision
	if removed {
		r.value = nil
		m.records[key] = r
	}
	m.mu.Unlock()
	if removed {
		m.tell(key)
	}
	return nil
}

// get gives a record's value, nil if it is not there.
func (m *mirror) get(key string) []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.records[key].value
}

// at tells when a record was written, zero if it is not there.
func (m *mirror) at(key string) time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.records[key].at
}

// record gives a record and its revision, 0 if it is not there.
func (m *mirror) record(key string) (value []byte, revision uint64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if r := m.records[key]; r.value != nil {
		return r.value, r.revision
	}
	return nil, 0
}

// under gives the records whose keys begin with a prefix.
func (m *mirror) under(prefix string) map[string]mirrored {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := map[string]mirrored{}
	for key, r := range m.records {
		if r.value != nil && strings.HasPrefix(key, prefix) {
			found[key] = r
		}
	}
	return found
}
