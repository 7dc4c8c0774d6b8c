package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// A silent chat gets one expiry alert and then ends, also with several servers.
func TestExpiry(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	servertest.On(t, w.Engine, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Set(`{"chats":{"expireAfter":1.5,"expiryAlert":1.2}}`)
	visitor.Say(id, "is this the end?")
	for _, p := range []*servertest.Peer{visitor, agent} {
		f := p.NextFrame(chat.EventExpiryAlert)
		assert.NotZero(t, f.Seq)
		left := servertest.Parsed(f.Data)["timeLeft"]
		assert.Contains(t, []any{1.0, 2.0}, left, "whole seconds")
		assert.Equal(t, servertest.Obj("chatId", id, "timeLeft", left), servertest.Parsed(f.Data))
	}
	for _, p := range []*servertest.Peer{visitor, agent} {
		assert.Equal(t, servertest.Obj("chatId", id, "userId", "system", "extraData", servertest.Obj("reason", "inactivity")), p.Next(chat.EventClose))
		p.Next(chat.EventInfo)
		assert.Equal(t, 1, p.HowMany(chat.EventExpiryAlert))
		assert.Equal(t, 1, p.HowMany(chat.EventClose))
	}
	requireNothingDue(w, id)
	assert.False(t, isIndexed(w, visitor.Login, false, id))
	visitor.NewChat()
}

// Any message puts the expiry off.
func TestAMessagePutsTheEndOff(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	w.Set(`{"chats":{"expireAfter":4,"expiryAlert":3.5}}`)
	visitor.Say(id, "hello")
	visitor.Next(chat.EventExpiryAlert)
	agent.Say(id, "still there?")
	visitor.Say(id, "yes")
	visitor.Next(chat.EventExpiryAlert)
	ends := stateOf(w, id)
	visitor.Next(chat.EventClose)
	assert.GreaterOrEqual(t, ids.Unix(time.Now()), ends.LastActivity+4)
	assert.Equal(t, 2, visitor.HowMany(chat.EventExpiryAlert))
}

func TestAMessageWritesNoRecord(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	_, before := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
	for range 10 {
		visitor.Say(id, "hello")
		agent.Say(id, "hello")
	}
	_, after := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
	assert.Equal(t, before, after)
}

func TestChatsThatNeverExpire(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"chats":{"expireAfter":0}}`)
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	_, revision := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
	assert.Zero(t, revision)

	w.Set(`{"chats":{"expireAfter":0.2}}`)
	visitor.Say(id, "a setting holds from the next event on")
	visitor.Next(chat.EventClose)
}

// Deadlines pass also while no server runs.
func TestExpiryOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.On(t, e, server.Limits{})
	w.Set(`{"chats":{"expireAfter":2,"expiryAlert":0.5}}`)
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	at := visitor.Position(id)
	w.Close()
	storetest.Close(t, e)

	w = servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	back := w.Dial(t)
	back.OpenSession(visitor.Login, map[string]uint64{id: at})
	back.Next(chat.EventClose)
	assert.GreaterOrEqual(t, ids.Unix(time.Now()), stateOf(w, id).LastActivity+2)
	back.Next(chat.EventInfo)
}

// An agent who is invited to a chat that expires gets the end of the invitation, and
// the invitation's deadline does not keep the chat open.
func TestExpiryWhileInvited(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{AssignTimeout: time.Hour})
	w.Set(`{"chats":{"expireAfter":1,"expiryAlert":0}}`)
	visitor, id, agents := assigning(t, w, "agent1")
	agent := agents[search(visitor, id)]
	agent.Next("invitations:new")
	assert.Equal(t, servertest.Obj("chatId", id, "reason", "closed"), agent.Next("invitations:end"))
	visitor.Next(chat.EventClose)
	assert.NotContains(t, visitor.Events(), chat.EventExpiryAlert)
}

// A node that found nothing due stores a later deadline while another one appends.
func TestARecordThatWasPutOffMeanwhile(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id, agents := assigning(t, w, "agent1")
	key, store := ids.Key{App: "demo", ID: id}, roomsOf(w).Timers
	other := servertest.On(t, w.Engine, server.Limits{})
	noteDue := roomsOf(w).Log.BeforeAppend
	roomsOf(w).Log.BeforeAppend = func(ctx context.Context, f *chatstate.Folded, next chatstate.Next) (func(), error) {
		confirm, err := noteDue(ctx, f, next)
		if next.Entry.Event == chat.EventAssign {
			require.NoError(t, roomsOf(other).Timers.Put(ctx, key, index.Due{At: 5e9}))
		}
		return confirm, err
	}
	agent := agents[search(visitor, id)]
	require.Eventually(t, func() bool {
		said, _ := store.Get(key)
		return said.Agent == agent.Login.ID && said.At < 5e9
	}, storetest.WaitFor, storetest.Tick)
}

// Messages put deadlines off, which need not be stored; only the first one after a
// change of the app's settings, and those after the alert, are looked at.
func TestWhenAMessageMayBringADeadlineForward(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id := w.ChatIn(t)
	key, beforeAppend, asked := ids.Key{App: "demo", ID: id}, roomsOf(w).Log.BeforeAppend, 0
	roomsOf(w).Log.BeforeAppend = func(ctx context.Context, f *chatstate.Folded, next chatstate.Next) (func(), error) {
		if next.Entry.Event == chat.EventMessage {
			asked++
		}
		return beforeAppend(ctx, f, next)
	}
	say := func() int {
		t.Helper()
		before := asked
		visitor.Say(id, "hello")
		return asked - before
	}
	say()
	assert.Equal(t, 0, say(), "the deadline that is stored holds")

	w.Set(`{"chats":{"expireAfter":600,"expiryAlert":100}}`)
	assert.Equal(t, 1, say(), "the settings have changed")
	due, _ := roomsOf(w).Timers.Get(key)
	assert.InDelta(t, ids.Unix(time.Now())+500, due.At, 10, "the alert comes earlier now")
	assert.Equal(t, 0, say())

	_, err := roomsOf(w).Log.Append(t.Context(), key, chatlog.Act{By: chat.System, Event: chat.EventExpiryAlert}, func(*chatstate.Folded) (wire.Raw, error) {
		return wire.Raw(`{"chatId":"` + id + `","timeLeft":100}`), nil
	})
	require.NoError(t, err)
	assert.Equal(t, 1, say(), "the expiry was announced, and is not to come after this message")
	assert.Equal(t, 0, say())
}
