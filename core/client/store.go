package client

import (
	"bytes"
	"maps"
	"slices"

	"parley/core"
	"parley/core/wire"
)

// memory is a Store that ends with the process. One goroutine calls its methods, so
// that it needs no lock.
type memory struct {
	session *core.Session
	records map[string][]byte
}

// NewMemory gives a Store in memory. Several Clients may use it one after the other,
// as pages of one browser do.
func NewMemory() core.Store { return &memory{records: map[string][]byte{}} }

func (m *memory) Load() (*core.Session, []wire.Raw, error) {
	var outbox []wire.Raw
	for _, key := range slices.Sorted(maps.Keys(m.records)) {
		outbox = append(outbox, m.records[key])
	}
	return m.session, outbox, nil
}

func (m *memory) SaveSession(session *core.Session) error {
	m.session = session
	return nil
}

func (m *memory) Persist(key string, record wire.Raw) error {
	if record == nil {
		delete(m.records, key)
		return nil
	}
	m.records[key] = bytes.Clone(record)
	return nil
}
