package server

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

func TestWhenAChatNeedsTheServer(t *testing.T) {
	const said = 4e9 // in the future, so that it differs from soon
	invite := fact(chat.EventAssign, `{"attempt":1,"agent":{"id":"a"},"expiresAt":4000000050}`)
	message := fact(chat.EventMessage, `{"message":{"id":"c.1","created":4000000000}}`)
	later := fact(chat.EventMessage, `{"message":{"id":"c.2","created":4000000100}}`)
	alert := fact(chat.EventExpiryAlert, `{"chatId":"c","timeLeft":20}`)
	handOver := fact(chat.EventTransfer, `{"userId":"a","leaving":["a"],"room":"2"}`)
	expires := ChatSettings{ExpireAfter: 200, ExpiryAlert: 20}
	soon := dueRecord{At: -1}
	for _, tc := range []struct {
		name    string
		set     ChatSettings
		entries []chat.Entry
		due     dueRecord
	}{
		{"never expires", ChatSettings{ExpiryAlert: 20}, []chat.Entry{message}, dueRecord{}},
		{"to be announced", expires, []chat.Entry{message}, dueRecord{At: said + 180}},
		{"announced", expires, []chat.Entry{message, alert}, dueRecord{At: said + 200}},
		{"a message after that", expires, []chat.Entry{message, alert, later}, dueRecord{At: said + 280}},
		{"an older message after that", expires, []chat.Entry{later, alert, message}, dueRecord{At: said + 280}},
		{"without an announcement", ChatSettings{ExpireAfter: 200}, []chat.Entry{message}, dueRecord{At: said + 200}},
		{"an announcement longer than the silence", ChatSettings{ExpireAfter: 200, ExpiryAlert: 200}, []chat.Entry{message}, dueRecord{At: said + 200}},
		{"invited", expires, []chat.Entry{message, invite}, dueRecord{At: said + 50, Agent: "a"}},
		{"invited, expires before", ChatSettings{ExpireAfter: 30}, []chat.Entry{message, invite}, dueRecord{At: said + 30, Agent: "a"}},
		{"invited, never expires", ChatSettings{}, []chat.Entry{message, invite}, dueRecord{At: said + 50, Agent: "a"}},
		{"rejected", expires, []chat.Entry{message, invite, fact(eventReject, `{"userId":"a"}`)}, soon},
		{"handed over", expires, []chat.Entry{message, handOver}, soon},
		{"closed", expires, []chat.Entry{message, fact(chat.EventClose, `{}`)}, soon},
		{"closed, with its ticket", expires, []chat.Entry{message, fact(chat.EventClose, `{}`), fact(chat.EventInfo, `{}`)}, dueRecord{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := foldOf(t, `{}`, tc.entries...).state
			due := dueOf(now.life, now.chat, tc.set)
			if tc.due == soon {
				assert.InDelta(t, unixSeconds(time.Now())+1, due.At, 1)
				return
			}
			assert.Equal(t, tc.due, due)
		})
	}
}

func TestWhatARecordCovers(t *testing.T) {
	for _, tc := range []struct {
		said, need dueRecord
		covers     bool
	}{
		{dueRecord{}, dueRecord{}, true},
		{dueRecord{}, dueRecord{At: 5}, false},
		{dueRecord{At: 5}, dueRecord{}, true},
		{dueRecord{At: 5}, dueRecord{At: 5}, true},
		{dueRecord{At: 5}, dueRecord{At: 4}, false},
		{dueRecord{At: 5, Agent: "a"}, dueRecord{At: 6}, true},
		{dueRecord{At: 5}, dueRecord{At: 6, Agent: "a"}, false},
		{dueRecord{At: 5, Agent: "b"}, dueRecord{At: 6, Agent: "a"}, false},
		{dueRecord{At: 5, Agent: "a"}, dueRecord{At: 6, Agent: "a"}, true},
	} {
		assert.Equal(t, tc.covers, tc.said.covers(tc.need), "%+v for %+v", tc.said, tc.need)
	}
}

// howMany counts the pushes of a name that came.
func (p *peer) howMany(event string) (n int) {
	for _, name := range p.events() {
		if name == event {
			n++
		}
	}
	return n
}

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
	w.requireNothingToDo(id)
	assert.False(t, w.inChats(visitor.l, false, id))
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
	ends := w.state(id)
	visitor.next(chat.EventClose)
	assert.GreaterOrEqual(t, unixSeconds(time.Now()), ends.said+4)
	assert.Equal(t, 2, visitor.howMany(chat.EventExpiryAlert))
}

func TestAMessageWritesNoRecord(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	_, before := w.server.timers.get(chatKey{"demo", id})
	for range 10 {
		visitor.say(id, "hello")
		agent.say(id, "hello")
	}
	_, after := w.server.timers.get(chatKey{"demo", id})
	assert.Equal(t, before, after)
}

func TestChatsThatNeverExpire(t *testing.T) {
	w := newWorld(t, Limits{})
	w.set(`{"chats":{"expireAfter":0}}`)
	visitor := w.open(t, w.visitor("Vera"))
	id := visitor.newChat()
	_, revision := w.server.timers.get(chatKey{"demo", id})
	assert.Zero(t, revision)

	w.set(`{"chats":{"expireAfter":0.2}}`)
	visitor.say(id, "a setting holds from the next event on")
	visitor.next(chat.EventClose)
}

// The time goes on while no server runs.
func TestExpiryOverARestart(t *testing.T) {
	dir := t.TempDir()
	e := testEngine(t, dir)
	w := worldOn(t, e, Limits{})
	w.set(`{"chats":{"expireAfter":2,"expiryAlert":0.5}}`)
	visitor := w.open(t, w.visitor("Vera"))
	id := visitor.newChat()
	at := visitor.position(id)
	w.close()
	closeEngine(t, e)

	w = worldOn(t, testEngine(t, dir), Limits{})
	back := w.dial(t)
	back.openSession(visitor.l, map[string]uint64{id: at})
	back.next(chat.EventClose)
	assert.GreaterOrEqual(t, unixSeconds(time.Now()), w.state(id).said+2)
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
	key, store := chatKey{"demo", id}, w.server.timers
	other := worldOn(t, w.engine, Limits{})
	ahead := w.server.log.ahead
	w.server.log.ahead = func(ctx context.Context, f *folded, e chat.Entry) (func(), error) {
		confirm, err := ahead(ctx, f, e)
		if e.Event == chat.EventAssign {
			require.NoError(t, other.server.timers.set(ctx, key, dueRecord{At: 5e9}))
		}
		return confirm, err
	}
	agent := agents[search(visitor, id)]
	require.Eventually(t, func() bool {
		said, _ := store.get(key)
		return said.Agent == agent.l.id && said.At < 5e9
	}, waitFor, tick)
}
