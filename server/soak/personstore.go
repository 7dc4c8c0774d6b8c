package main

import (
	"encoding/json"
	"sync"

	"parley/core"
	"parley/core/client"
	"parley/core/wire"
)

// personStore is a core.Store in memory that outlives a person's clients. It notes each
// message that was stored to be sent: from then on the promise holds for it.
type personStore struct {
	mu       sync.Mutex
	store    core.Store
	records  map[string]bool
	accepted map[string][]string // texts by chat, in the order in which they were stored
	refused  map[string]*wire.Error
}

func newPersonStore() *personStore {
	return &personStore{
		store: client.NewMemory(), records: map[string]bool{}, accepted: map[string][]string{}, refused: map[string]*wire.Error{},
	}
}

func (s *personStore) Load() (*core.Session, []wire.Raw, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.Load()
}

func (s *personStore) SaveSession(session *core.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.SaveSession(session)
}

func (s *personStore) Persist(key string, record wire.Raw) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if record == nil {
		delete(s.records, key)
	} else if !s.records[key] {
		s.records[key] = true
		var r struct {
			ChatID string
			Data   struct{ Message string }
		}
		if err := json.Unmarshal(record, &r); err != nil {
			return err
		}
		if r.Data.Message != "" {
			s.accepted[r.ChatID] = append(s.accepted[r.ChatID], r.Data.Message)
		}
	}
	return s.store.Persist(key, record)
}

// refuse notes that the server refused a message.
func (s *personStore) refuse(text string, err *wire.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[text] = err
}

// waiting counts the requests that are not acknowledged yet.
func (s *personStore) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records)
}

// promised gives the texts that must be in a chat's log, in order.
func (s *personStore) promised(chatID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, text := range s.accepted[chatID] {
		if s.refused[text] == nil {
			texts = append(texts, text)
		}
	}
	return texts
}
