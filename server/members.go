package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
)

// members remembers in which chats a user may be, so that they are found again
// when he comes back. A key is there before the log says that he joined, and may
// be left over after a crash; the log decides.
type members struct {
	kv   jetstream.KeyValue // agent.<app>.<user>.<chat> and visitor.<app>.<user>.<chat>
	open jetstream.KeyValue // <app>.<user>: the one chat that a user may have open

	// patience is how long a chat that was announced may take until it is in the
	// log; an older announcement without a chat is left over from a crash.
	patience time.Duration
}

func openMembers(ctx context.Context, e *Engine) (*members, error) {
	kv, err := bucket(ctx, e, "parley_members", "who is in which chat", markerLife)
	if err != nil {
		return nil, err
	}
	open, err := bucket(ctx, e, "parley_open", "each user's open chat", 0)
	if err != nil {
		return nil, err
	}
	return &members{kv, open, operationWithin}, err
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

// presence is what a record says of how the user is in the chat.
type presence byte

const (
	takesPart presence = '1'
	connects  presence = 's' // is a visitor who has used sockets there, so that he can be away
)

func (m *members) add(ctx context.Context, key chatKey, agent bool, userID string, how presence) error {
	_, err := m.kv.Put(ctx, memberKey(key.app, agent, userID, key.id), []byte{byte(how)})
	return err
}

// visitors visits the visitors who have used sockets in an open chat, and the chat.
func (m *members) visitors(ctx context.Context, visit func(user chatKey, chatID string)) error {
	err := eachRecord(ctx, m.kv, "visitor.>", func(entry jetstream.KeyValueEntry) {
		parts := strings.Split(entry.Key(), ".")
		if len(parts) == 4 && string(entry.Value()) == string(connects) {
			visit(chatKey{parts[1], parts[2]}, parts[3])
		}
	})
	if err != nil {
		return fmt.Errorf("visitors: %w", err)
	}
	return nil
}

func (m *members) remove(ctx context.Context, key chatKey, agent bool, userID string) error {
	return m.kv.Purge(ctx, memberKey(key.app, agent, userID, key.id), jetstream.PurgeTTL(markerLife))
}

// chats lists the chats in which the user may be.
func (m *members) chats(ctx context.Context, app string, agent bool, userID string) ([]string, error) {
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

var errHasChat = wire.Errorf(wire.CodeConflict, "User already has a chat")

// claim takes the user's one place for an open chat. isOpen tells whether the
// chat that has it is still open; exists, whether there is such a chat at all.
func (m *members) claim(ctx context.Context, app, userID, chatID string, look func(chatID string) (exists, isOpen bool, err error)) error {
	key := app + "." + userID
	for try := range appendTries {
		entry, err := m.open.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			_, err = m.open.Create(ctx, key, []byte(chatID))
			if errors.Is(err, jetstream.ErrKeyExists) {
				pause(ctx, try)
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
		if isOpen || !exists && time.Since(entry.Created()) < m.patience {
			return errHasChat
		}
		_, err = m.open.Update(ctx, key, []byte(chatID), entry.Revision())
		if isConflict(err) {
			pause(ctx, try)
			continue
		}
		return err
	}
	return errHasChat
}
