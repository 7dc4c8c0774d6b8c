package index

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Members remembers in which chats a user may be, so that they are found again
// when he comes back. A key is there before the log says that he joined, and may
// be left over after a crash; the log decides.
type Members struct {
	kv   jetstream.KeyValue // agent.<app>.<user>.<chat> and visitor.<app>.<user>.<chat>
	open jetstream.KeyValue // <app>.<user>: the one chat that a user may have open

	// patience is how long a chat that was announced may take until it is in the
	// log; an older announcement without a chat is left over from a crash.
	Patience time.Duration
}

func OpenMembers(ctx context.Context, e *store.Engine) (*Members, error) {
	kv, err := store.Bucket(ctx, e, "parley_members", "who is in which chat", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	open, err := store.Bucket(ctx, e, "parley_open", "each user's open chat", 0)
	if err != nil {
		return nil, err
	}
	return &Members{kv, open, ids.OperationWithin}, err
}

func memberKey(app string, agent bool, userID, chatID string) string {
	return memberPrefix(app, agent, userID) + chatID
}

func memberPrefix(app string, agent bool, userID string) string {
	kind := "visitor."
	if agent {
		kind = "agent."
	}
	return kind + app + "." + userID + "."
}

// Attendance is what a record says of how the user is in the chat.
type Attendance byte

const (
	TakesPart Attendance = '1'
	Connects  Attendance = 's' // is a visitor who has used sockets there, so that he can be away
)

func (m *Members) Add(ctx context.Context, key ids.Key, agent bool, userID string, how Attendance) error {
	_, err := m.kv.Put(ctx, memberKey(key.App, agent, userID, key.ID), []byte{byte(how)})
	return err
}

// Visitors visits the visitors who have used sockets in an open chat, and the chat.
func (m *Members) Visitors(ctx context.Context, visit func(user ids.Key, chatID string)) error {
	err := store.Each(ctx, m.kv, "visitor.>", func(entry jetstream.KeyValueEntry) {
		parts := strings.Split(entry.Key(), ".")
		if len(parts) == 4 && string(entry.Value()) == string(Connects) {
			visit(ids.Key{App: parts[1], ID: parts[2]}, parts[3])
		}
	})
	if err != nil {
		return fmt.Errorf("visitors: %w", err)
	}
	return nil
}

func (m *Members) Remove(ctx context.Context, key ids.Key, agent bool, userID string) error {
	return m.kv.Purge(ctx, memberKey(key.App, agent, userID, key.ID), jetstream.PurgeTTL(store.MarkerLife))
}

// Chats lists the chats in which the user may be.
func (m *Members) Chats(ctx context.Context, app string, agent bool, userID string) ([]string, error) {
	prefix := memberPrefix(app, agent, userID)
	lister, err := m.kv.ListKeysFiltered(ctx, prefix+"*")
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("chats of user %s: %w", userID, err)
	}
	var ids []string
	for key := range lister.Keys() {
		ids = append(ids, strings.TrimPrefix(key, prefix))
	}
	return ids, nil
}

var ErrHasChat = wire.Errorf(wire.CodeConflict, "User already has a chat")

// Claim takes the user's one place for an open chat. isOpen tells whether the
// chat that has it is still open; exists, whether there is such a chat at all.
func (m *Members) Claim(ctx context.Context, app, userID, chatID string, look func(chatID string) (exists, isOpen bool, err error)) error {
	key := app + "." + userID
	for try := range store.Tries {
		entry, err := m.open.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			_, err = m.open.Create(ctx, key, []byte(chatID))
			if errors.Is(err, jetstream.ErrKeyExists) {
				store.Pause(ctx, try)
				continue
			}
			return err
		}
		if err != nil {
			return err
		}
		holder := string(entry.Value())
		if holder == chatID {
			return nil
		}
		exists, isOpen, err := look(holder)
		if err != nil {
			return err
		}
		if isOpen || !exists && time.Since(entry.Created()) < m.Patience {
			return ErrHasChat
		}
		_, err = m.open.Update(ctx, key, []byte(chatID), entry.Revision())
		if store.IsConflict(err) {
			store.Pause(ctx, try)
			continue
		}
		return err
	}
	return ErrHasChat
}
