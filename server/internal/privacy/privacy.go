package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Kind is what data belongs to.
type Kind string

// What can be erased, and what can be on hold.
const (
	OfUser Kind = "user"
	OfChat Kind = "chat"
	OfApp  Kind = "app" // its own id is that of the app; never on hold
)

// Store has the records.
type Store struct {
	engine *store.Engine
	kv     jetstream.KeyValue // hold.<kind>.<app>.<id> and erase.<kind>.<app>.<id>, and what sweeps remember
}

// Open makes sure that the bucket exists.
func Open(ctx context.Context, e *store.Engine) (*Store, error) {
	kv, err := store.Bucket(ctx, e, "parley_privacy", "erasures that are not finished, and legal holds", store.MarkerLife)
	return &Store{e, kv}, err
}

func recordKey(what string, kind Kind, key ids.Key) string {
	return what + "." + string(kind) + "." + key.Name()
}

// Hold is a legal hold: as long as there is one, nothing of the user or the chat is removed.
type Hold struct {
	Reason  string  `json:"reason"`
	Created float64 `json:"created"` // unix seconds
}

// SetHold puts a user or a chat on hold, again with another reason.
func (s *Store) SetHold(ctx context.Context, kind Kind, key ids.Key, h Hold) error {
	data, err := json.Marshal(h)
	if err == nil {
		_, err = s.kv.Put(ctx, recordKey("hold", kind, key), data)
	}
	return err
}

// Release ends a hold; there need not be one.
func (s *Store) Release(ctx context.Context, kind Kind, key ids.Key) error {
	return s.purge(ctx, recordKey("hold", kind, key))
}

func (s *Store) purge(ctx context.Context, key string) error {
	return s.kv.Purge(ctx, key, store.PurgeTTL(store.MarkerLife))
}

// HoldOf gives the hold of a user or a chat, false if there is none.
func (s *Store) HoldOf(ctx context.Context, kind Kind, key ids.Key) (h Hold, found bool, err error) {
	h, _, found, err = store.Read[Hold](ctx, s.kv, recordKey("hold", kind, key))
	return h, found, err
}

// CheckFree refuses what would remove data that is on hold: a 423 that names the hold.
func (s *Store) CheckFree(ctx context.Context, kind Kind, key ids.Key) error {
	h, found, err := s.HoldOf(ctx, kind, key)
	if err == nil && found {
		err = wire.Errorf(wire.OnHold, "%s %q is on legal hold (%s), and nothing of it may be removed", kind, key.ID, h.Reason)
	}
	return err
}

// Erasure is one that has begun and is not finished.
type Erasure struct {
	Kind    Kind
	Key     ids.Key
	Waiting bool // for the end of a hold
}

// waiting is the value of the record of an erasure that waits for the end of a hold.
const waiting = "waiting"

// Begin notes that an erasure begins, so that it is finished even if this node dies.
func (s *Store) Begin(ctx context.Context, e Erasure) error {
	_, err := s.kv.Put(ctx, recordKey("erase", e.Kind, e.Key), nil)
	return err
}

// Wait notes that an erasure has met a hold, and goes on when that is released.
func (s *Store) Wait(ctx context.Context, e Erasure) error {
	_, err := s.kv.PutString(ctx, recordKey("erase", e.Kind, e.Key), waiting)
	return err
}

// End notes that an erasure is finished.
func (s *Store) End(ctx context.Context, e Erasure) error {
	return s.purge(ctx, recordKey("erase", e.Kind, e.Key))
}

// Unfinished gives the erasures that began longer ago than age, and those that wait.
func (s *Store) Unfinished(ctx context.Context, age time.Duration) (list []Erasure, err error) {
	err = store.Each(ctx, s.engine, s.kv, "erase.>", func(entry jetstream.KeyValueEntry) {
		parts := strings.Split(entry.Key(), ".")
		waits := string(entry.Value()) == waiting
		if len(parts) == 4 && (waits || time.Since(entry.Created()) > age) {
			list = append(list, Erasure{Kind(parts[1]), ids.Key{App: parts[2], ID: parts[3]}, waits})
		}
	})
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		err = nil
	}
	return list, err
}

// CheckAppFree refuses to remove an app in which anything is on hold.
func (s *Store) CheckAppFree(ctx context.Context, app string) error {
	held := 0
	err := store.Each(ctx, s.engine, s.kv, "hold.*."+app+".*", func(jetstream.KeyValueEntry) { held++ })
	if err == nil && held > 0 {
		err = wire.Errorf(wire.OnHold, "%d users or chats of app %q are on legal hold: release them first", held, app)
	}
	return err
}

// Forget removes the holds of an app, which is erased itself, and what its sweeps remember.
func (s *Store) Forget(ctx context.Context, app string) error {
	keys := []string{OldFiles.key(app), SilentChats.key(app)}
	var err error
	for _, filter := range []string{"hold.*." + app + ".*", passedPrefix(app) + "*"} {
		if err == nil {
			err = store.Each(ctx, s.engine, s.kv, filter, func(entry jetstream.KeyValueEntry) { keys = append(keys, entry.Key()) })
		}
	}
	for _, key := range keys {
		if err == nil {
			err = s.purge(ctx, key)
		}
	}
	return err
}
