package server

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/storetest"
)

// A chat in which nobody says anything is announced to end, once, and ends; on
// however many servers.
func TestExpiry(t *testing.T) {
	w := newWorld(t, Limits{})
	worldOn(t, w.engine, Limits{})
	visitor, agent, id := w.conversation(t)
	w.set(`{"chats":{"expireAfter":1.5,"expiryAlert":1.2}}`)
	visitor.say(id, "is this the end?")
	for _, p := range []*peer{visitor, agent} {
		f := p.nextFrame(chat.EventExpiryAlert)
		assert.NotZero(t, f.Seq)
		left := parsed(f.Data)["timeLeft"]
		assert.Contains(t, []any{1.0, 2.0}, left, "whole seconds")
		assert.Equal(t, obj("chatId", id, "timeLeft", left), parsed(f.Data))
	}
	for _, p := range []*peer{visitor, agent} {
		assert.Equal(t, obj("chatId", id, "userId", "system", "extraData", obj("reason", "inactivity")), p.next(chat.EventClose))
		p.next(chat.EventInfo)
		assert.Equal(t, 1, p.howMany(chat.EventExpiryAlert))
		assert.Equal(t, 1, p.howMany(chat.EventClose))
	}
	requireNothingDue(w, id)
	assert.False(t, isIndexed(w, visitor.l, false, id))
	visitor.newChat()
}

// A message puts the end off, whoever it is from.
func TestAMessagePutsTheEndOff(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	w.set(`{"chats":{"expireAfter":4,"expiryAlert":3.5}}`)
	visitor.say(id, "hello")
	visitor.next(chat.EventExpiryAlert)
	agent.say(id, "still there?")
	visitor.say(id, "yes")
	visitor.next(chat.EventExpiryAlert)
	ends := stateOf(w, id)
	visitor.next(chat.EventClose)
	assert.GreaterOrEqual(t, ids.Unix(time.Now()), ends.LastActivity+4)
	assert.Equal(t, 2, visitor.howMany(chat.EventExpiryAlert))
}

func TestAMessageWritesNoRecord(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	_, before := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
	for range 10 {
		visitor.say(id, "hello")
		agent.say(id, "hello")
	}
	_, after := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
	assert.Equal(t, before, after)
}

func TestChatsThatNeverExpire(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(`{"chats":{"expireAfter":0}}`)
	visitor := w.open(t, w.visitor("Vera"))
	id := visitor.newChat()
	_, revision := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
	assert.Zero(t, revision)

	w.set(`{"chats":{"expireAfter":0.2}}`)
	visitor.say(id, "a setting holds from the next event on")
	visitor.next(chat.EventClose)
}

// The time goes on while no server runs.
func TestExpiryOverARestart(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(`{"chats":{"expireAfter":2,"expiryAlert":0.5}}`)
	visitor := w.open(t, w.visitor("Vera"))
	id := visitor.newChat()
	at := visitor.position(id)
	w.close()
	storetest.Close(t, e)

	w = worldOn(t, storetest.Engine(t, dir), Limits{})
	back := w.dial(t)
	back.openSession(visitor.l, map[string]uint64{id: at})
	back.next(chat.EventClose)
	assert.GreaterOrEqual(t, ids.Unix(time.Now()), stateOf(w, id).LastActivity+2)
	back.next(chat.EventInfo)
}

// Whoever is invited to a chat that expires is told, and what the invitation has
// noted does not keep the chat.
func TestExpiryWhileInvited(t *testing.T) {
	w := newWorld(t, Limits{AssignTimeout: time.Hour})
	w.set(`{"chats":{"expireAfter":1,"expiryAlert":0}}`)
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id)]
	agent.next("invitations:new")
	assert.Equal(t, obj("chatId", id, "reason", "closed"), agent.next("invitations:end"))
	visitor.next(chat.EventClose)
	assert.NotContains(t, visitor.events(), chat.EventExpiryAlert)
}

// A node that found nothing to do puts a chat off while another one appends.
func TestARecordThatWasPutOffMeanwhile(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	key, store := ids.Key{App: "demo", ID: id}, roomsOf(w).Timers
	other := worldOn(t, w.engine, Limits{})
	ahead := roomsOf(w).Log.Before
	roomsOf(w).Log.Before = func(ctx context.Context, f *chatstate.Folded, e chat.Entry) (func(), error) {
		confirm, err := ahead(ctx, f, e)
		if e.Event == chat.EventAssign {
			require.NoError(t, roomsOf(other).Timers.Put(ctx, key, index.Due{At: 5e9}))
		}
		return confirm, err
	}
	agent := agents[search(visitor, id)]
	require.Eventually(t, func() bool {
		said, _ := store.Get(key)
		return said.Agent == agent.l.id && said.At < 5e9
	}, storetest.WaitFor, storetest.Tick)
}
