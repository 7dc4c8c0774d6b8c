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

// Members remembers in which chats a user may be, so that the chats are found when the
// user comes back. A record is written before the log says that the user joined, and may be
// left over after a crash; the log decides.
type Members struct {
	engine *store.Engine

	kv   jetstream.KeyValue // agent.<app>.<user>.<chat> and visitor.<app>.<user>.<chat>
	open jetstream.KeyValue // <app>.<user>: id of the one chat that a user may have open
	Past *Past              // also of those who have left

	// Patience is how long after its claim a chat may take to come into the log. A claim
	// that is older and has no chat is left over from a crash.
	Patience time.Duration
}

// OpenMembers makes sure that the buckets of the index exist.
func OpenMembers(ctx context.Context, e *store.Engine) (*Members, error) {
	kv, err := store.Bucket(ctx, e, "parley_members", "who is in which chat", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	open, err := store.Bucket(ctx, e, "parley_open", "each user's open chat", 0)
	if err != nil {
		return nil, err
	}
	past, err := OpenPast(ctx, e)
	return &Members{e, kv, open, past, ids.OperationWithin}, err
}

// agents begins the keys of agents' records.
const agents = "agent"

func memberKey(app string, agent bool, userID, chatID string) string {
	return memberPrefix(app, agent, userID) + chatID
}

func memberPrefix(app string, agent bool, userID string) string {
	kind := "visitor"
	if agent {
		kind = agents
	}
	return kind + "." + app + "." + userID + "."
}

// Attendance is how a user is in a chat; it is the value of a record.
type Attendance byte

// How a user is in a chat.
const (
	TakesPart Attendance = '1'
	Connects  Attendance = 's' // as one who has used a socket there, and so can be away
)

// Add notes that a user is or will be in a chat.
func (m *Members) Add(ctx context.Context, key ids.Key, agent bool, userID string, how Attendance) error {
	if err := m.Past.Add(ctx, key, userID); err != nil {
		return err
	}
	_, err := m.kv.Put(ctx, memberKey(key.App, agent, userID, key.ID), []byte{byte(how)})
	return err
}

// Ensure is Add of a user who is in the chat, unless there is a record. Whether they use a
// socket there is not known: so they count as one who can be away.
func (m *Members) Ensure(ctx context.Context, key ids.Key, agent bool, userID string) error {
	if err := m.Past.Add(ctx, key, userID); err != nil {
		return err
	}
	_, err := m.kv.Create(ctx, memberKey(key.App, agent, userID, key.ID), []byte{byte(Connects)})
	return unlessThere(err)
}

// Began notes that a user has begun a chat, unless there is a record of that one or another.
func (m *Members) Began(ctx context.Context, key ids.Key, userID string) error {
	_, err := m.open.Create(ctx, key.App+"."+userID, []byte(key.ID))
	return unlessThere(err)
}

func unlessThere(err error) error {
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil
	}
	return err
}

// Forget removes all that the index has of a user, last that they have begun a chat.
func (m *Members) Forget(ctx context.Context, app, userID string) error {
	for _, agent := range []bool{true, false} {
		chats, err := m.Chats(ctx, app, agent, userID)
		if err != nil {
			return err
		}
		for _, id := range chats {
			if err := m.Remove(ctx, ids.Key{App: app, ID: id}, agent, userID); err != nil {
				return err
			}
		}
	}
	if err := m.Past.Forget(ctx, app, userID); err != nil {
		return err
	}
	return store.RemoveRecords(ctx, m.engine, m.open, app+"."+userID)
}

// Begun tells whether a user has ever begun a chat, also if there was a crash meanwhile.
func (m *Members) Begun(ctx context.Context, app, userID string) (bool, error) {
	_, err := m.open.Get(ctx, app+"."+userID)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ForgetApp removes all that the index has of an app's users.
func (m *Members) ForgetApp(ctx context.Context, app string) error {
	for bucket, filter := range map[jetstream.KeyValue]string{m.kv: "*." + app + ".>", m.open: app + ".*"} {
		var keys []string
		err := store.Each(ctx, m.engine, bucket, filter, func(entry jetstream.KeyValueEntry) { keys = append(keys, entry.Key()) })
		for _, key := range keys {
			if err == nil {
				err = bucket.Purge(ctx, key)
			}
		}
		if err != nil {
			return err
		}
	}
	return m.Past.Forget(ctx, app, "")
}

// Connect notes that a user who is in a chat uses a socket there. It writes only what is
// new.
func (m *Members) Connect(ctx context.Context, key ids.Key, agent bool, userID string) error {
	entry, err := m.kv.Get(ctx, memberKey(key.App, agent, userID, key.ID))
	if err == nil && string(entry.Value()) == string(Connects) {
		return nil
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("chats of user %s: %w", userID, err)
	}
	return m.Add(ctx, key, agent, userID, Connects)
}

// Connects tells whether an agent has used a socket in a chat, and so can be away from it.
func (m *Members) Connects(ctx context.Context, key ids.Key, agentID string) bool {
	entry, err := m.kv.Get(ctx, memberKey(key.App, true, agentID, key.ID))
	return err != nil || string(entry.Value()) == string(Connects)
}

// Connecting visits the users who have used a socket in an open chat, with the chat.
func (m *Members) Connecting(ctx context.Context, visit func(user ids.Key, isAgent bool, chatID string)) error {
	err := store.Each(ctx, m.engine, m.kv, ">", func(entry jetstream.KeyValueEntry) {
		parts := strings.Split(entry.Key(), ".")
		if len(parts) == 4 && string(entry.Value()) == string(Connects) {
			visit(ids.Key{App: parts[1], ID: parts[2]}, parts[0] == agents, parts[3])
		}
	})
	if err != nil {
		return fmt.Errorf("users in open chats: %w", err)
	}
	return nil
}

// Remove notes that a user is in a chat no longer.
func (m *Members) Remove(ctx context.Context, key ids.Key, agent bool, userID string) error {
	return m.kv.Purge(ctx, memberKey(key.App, agent, userID, key.ID), store.PurgeTTL(store.MarkerLife))
}

// Chats gives the ids of the chats in which the user may be.
func (m *Members) Chats(ctx context.Context, app string, agent bool, userID string) ([]string, error) {
	prefix := memberPrefix(app, agent, userID)
	var chats []string
	err := store.Each(ctx, m.engine, m.kv, prefix+"*", func(entry jetstream.KeyValueEntry) {
		chats = append(chats, strings.TrimPrefix(entry.Key(), prefix))
	})
	if err != nil {
		return nil, fmt.Errorf("chats of user %s: %w", userID, err)
	}
	return chats, nil
}

// ErrHasChat is the 409 for a user who has an open chat and wants another.
var ErrHasChat = wire.Errorf(wire.HasChat, "User already has a chat")

// Claim makes a chat the one that the user has open, before it is created. ErrHasChat
// means that the user has another. lookUp tells of a chat whether it exists, and
// whether it is open and the user is in it.
func (m *Members) Claim(
	ctx context.Context, app, userID, chatID string, lookUp func(chatID string) (exists, isOpen bool, err error),
) error {
	for try := range store.Tries {
		err := m.claim(ctx, app+"."+userID, chatID, lookUp)
		if !store.IsConflict(err) && !errors.Is(err, jetstream.ErrKeyExists) {
			return err
		}
		store.Pause(ctx, try)
	}
	return ErrHasChat
}

// claim tries once; the error is a conflict if another node was first.
func (m *Members) claim(ctx context.Context, key, chatID string, lookUp func(chatID string) (exists, isOpen bool, err error)) error {
	entry, err := m.open.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		_, err = m.open.Create(ctx, key, []byte(chatID))
		return err
	}
	if err != nil {
		return err
	}
	holder := string(entry.Value())
	if holder == chatID {
		return nil
	}
	exists, isOpen, err := lookUp(holder)
	if err != nil {
		return err
	}
	if isOpen || !exists && time.Since(entry.Created()) < m.Patience {
		return ErrHasChat
	}
	_, err = m.open.Update(ctx, key, []byte(chatID), entry.Revision())
	return err
}
