package server

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatlog"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
)

func TestWebhookIsToldWhatAgentsAreTold(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	early := w.open(t, w.visitor("Early"))
	early.say(early.newChat(), "before")
	w.hook(g, slices.DeleteFunc(slices.Clone(webhook.HookEvents), func(event string) bool { return event == chat.EventAssign })...)

	visitor, agent, lead := w.open(t, w.visitor("Vera")), w.open(t, w.agent("agent1")).onDuty(), w.open(t, w.agent("lead"))
	id := visitor.newChat()
	require.Equal(t, agent.l.id, search(visitor, id))
	agent.next("invitations:new")
	agent.ask("invitations:accept", obj("chatId", id))
	visitor.next(chat.EventJoin)
	messageID := dig(visitor.say(id, "hello"), "message", "id").(string)
	agent.ask("messages:read", obj("messageId", messageID))
	agent.ask(chat.EventActivity, obj("chatId", id, "type", "writing"))
	lead.ask("chats:join", obj("chatId", id, "mode", "watch"))
	lead.ask("chats:intervene", obj("chatId", id))
	visitor.ask("chats:close", obj("chatId", id))

	assert.Equal(t, id, dig(g.wait(chat.EventCreate, 1)[0].data, "chat", "id"))
	assert.Equal(t, obj("chatId", id, "userId", agent.l.id), g.wait(webhook.EventAccept, 1)[0].data)
	joins := g.wait(chat.EventJoin, 2)
	assert.Equal(t, agent.l.id, dig(joins[0].data, "user", "id"))
	assert.Equal(t, "watch", joins[1].data["mode"])
	message := g.wait(chat.EventMessage, 1)[0]
	assert.Equal(t, "hello", dig(message.data, "message", "message"))
	assert.Equal(t, id, message.data["chatId"])
	assert.Equal(t, agent.l.id, g.wait(chat.EventRead, 1)[0].data["userId"])
	assert.Equal(t, obj("chatId", id, "userId", agent.l.id, "type", "writing"), g.wait(chat.EventActivity, 1)[0].data)
	assert.Equal(t, lead.l.id, dig(g.wait(chat.EventIntervene, 1)[0].data, "interventor", "id"))
	assert.Equal(t, visitor.l.id, g.wait(chat.EventClose, 1)[0].data["userId"])
	assert.NotEmpty(t, dig(g.wait(chat.EventInfo, 1)[0].data, "data", "ticketId"))
	for _, event := range webhook.HookEvents {
		assert.LessOrEqual(t, len(g.of(event)), 2, "%s", event)
	}
	assert.Equal(t, []string{"hello"}, g.texts(), "only what happened after it was made")
	assert.Len(t, g.of(webhook.EventAccept), 1, "who watches accepts nothing")
}

func TestWebhookIsToldAgainUntilItHasIt(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	id := w.hook(g, chat.EventMessage)
	g.answers(func(w http.ResponseWriter, _ posted, count int) {
		if count < 4 {
			w.WriteHeader(500)
		}
	})
	visitor := w.open(t, w.visitor("Vera"))
	visitor.say(visitor.newChat(), "hello")
	posts := g.wait(chat.EventMessage, 4)
	for _, p := range posts[1:] {
		assert.Equal(t, posts[0], p, "the same each time")
	}
	require.Eventually(t, func() bool { return w.hookState(id)["failingSince"] == nil }, storetest.WaitFor, storetest.Tick)
	assert.Nil(t, w.hookState(id)["dropped"])
}

func TestWebhookThatNeverAnswersIsGivenUp(t *testing.T) {
	o := quick
	o.Attempts, o.DisableAfter = 3, time.Hour
	w := worldWith(t, storetest.Engine(t, t.TempDir()), Options{Webhooks: o})
	g := newTarget(t)
	id := w.hook(g, chat.EventMessage)
	g.status(503)
	visitor := w.open(t, w.visitor("Vera"))
	visitor.say(visitor.newChat(), "hello")
	require.Eventually(t, func() bool { return w.hookState(id)["dropped"] == 1.0 }, storetest.WaitFor, storetest.Tick)
	assert.Len(t, g.of(chat.EventMessage), 3)
	assert.NotNil(t, w.hookState(id)["failingSince"])
	assert.Equal(t, true, w.hookState(id)["active"])
}

func TestWebhookThatFailsForLongIsDeactivated(t *testing.T) {
	o := quick
	o.DisableAfter = 30 * time.Millisecond
	w := worldWith(t, storetest.Engine(t, t.TempDir()), Options{Webhooks: o})
	g := newTarget(t)
	id := w.hook(g, chat.EventMessage)
	g.status(404)
	visitor := w.open(t, w.visitor("Vera"))
	chatID := visitor.newChat()
	visitor.say(chatID, "lost")
	require.Eventually(t, func() bool { return w.hookState(id)["active"] == false }, storetest.WaitFor, storetest.Tick)
	assert.Contains(t, w.hookState(id)["reason"], "no delivery has succeeded")

	g.status(200)
	w.rest("PUT", "/webhooks/"+id, secret(), `{"active":true}`)
	assert.Nil(t, w.hookState(id)["reason"])
	visitor.say(chatID, "found")
	require.Eventually(t, func() bool { return slices.Contains(g.texts(), "found") }, storetest.WaitFor, storetest.Tick)
}

func TestWebhookThatIsGoneIsDeactivated(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	id := w.hook(g, chat.EventMessage)
	g.status(410)
	visitor := w.open(t, w.visitor("Vera"))
	visitor.say(visitor.newChat(), "hello")
	require.Eventually(t, func() bool { return w.hookState(id)["active"] == false }, storetest.WaitFor, storetest.Tick)
	assert.Contains(t, w.hookState(id)["reason"], "410")
	assert.Len(t, g.of(chat.EventMessage), 1)
	require.Eventually(t, func() bool {
		names, err := roomsOf(w).Webhooks.QueueNames(t.Context())
		return err == nil && len(names) == 0
	}, storetest.WaitFor, storetest.Tick, "no queue is left")
}

// A node that lives keeps what it has taken, however long the target takes.
func TestWebhookThatTakesItsTimeIsToldOnce(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	w.hook(g, chat.EventMessage)
	g.answers(func(_ http.ResponseWriter, _ posted, _ int) { <-time.After(quick.Within * 9 / 10) })
	visitor := w.open(t, w.visitor("Vera"))
	id := visitor.newChat()
	for n := range 3 {
		visitor.say(id, fmt.Sprint(n))
	}
	g.wait(chat.EventMessage, 3)
	require.Eventually(t, func() bool {
		queue, err := w.engine.JS.Consumer(t.Context(), chatlog.Stream, roomsOf(w).Webhooks.List("demo")[0].Queue())
		require.NoError(t, err)
		return queue.CachedInfo().NumAckPending == 0
	}, storetest.WaitFor, storetest.Tick)
	assert.Equal(t, []string{"0", "1", "2"}, g.texts())
	assert.Len(t, g.of(chat.EventMessage), 3)
}

func TestWebhookRedirectIsNotFollowed(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g, elsewhere := newTarget(t), newTarget(t)
	w.hook(g, chat.EventMessage)
	var redirected atomic.Bool
	g.answers(func(w http.ResponseWriter, _ posted, _ int) {
		if !redirected.Swap(true) {
			w.Header().Set("Location", elsewhere.http.URL)
			w.WriteHeader(307)
		}
	})
	visitor := w.open(t, w.visitor("Vera"))
	visitor.say(visitor.newChat(), "hello")
	g.wait(chat.EventMessage, 2)
	assert.Empty(t, elsewhere.of(chat.EventMessage))
}

func TestDeadWebhookHoldsUpNoOther(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	dead, g := newTarget(t), newTarget(t)
	w.hook(dead, chat.EventMessage)
	w.hook(g, chat.EventMessage)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	dead.answers(func(http.ResponseWriter, posted, int) { <-release })
	visitor := w.open(t, w.visitor("Vera"))
	chatID := visitor.newChat()
	var want []string
	for n := range 30 {
		want = append(want, fmt.Sprint("message ", n))
		visitor.say(chatID, want[n])
	}
	g.wait(chat.EventMessage, len(want))
	assert.Equal(t, want, g.texts(), "in order, as long as all goes well")
}

func TestWebhookIsToldAfterARestart(t *testing.T) {
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := hooked(t, e)
	g := newTarget(t)
	w.hook(g, chat.EventMessage)
	g.status(500)
	visitor := w.open(t, w.visitor("Vera"))
	chatID := visitor.newChat()
	var want []string
	for n := range 20 {
		want = append(want, fmt.Sprint("message ", n))
		visitor.say(chatID, want[n])
	}
	g.wait(chat.EventMessage, 1)
	visitor.leave()
	w.close()
	storetest.Close(t, e)

	g.status(200)
	hooked(t, storetest.Engine(t, dir))
	require.Eventually(t, func() bool { return len(g.texts()) == len(want) }, 3*storetest.WaitFor, storetest.Tick)
	assert.ElementsMatch(t, want, g.texts())
}

func TestNodesShareAWebhook(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	one, two := hooked(t, e), hooked(t, e)
	g := newTarget(t)
	id := one.hook(g, chat.EventMessage)
	require.Eventually(t, func() bool { return len(roomsOf(two).Webhooks.List("demo")) == 1 }, storetest.WaitFor, storetest.Tick)
	visitor, other := one.open(t, one.visitor("Vera")), two.open(t, two.visitor("Otto"))
	here, there := visitor.newChat(), other.newChat()
	const each = 50
	for n := range each {
		visitor.say(here, fmt.Sprint("here ", n))
		other.say(there, fmt.Sprint("there ", n))
	}
	require.Eventually(t, func() bool { return len(g.texts()) == 2*each }, 2*storetest.WaitFor, storetest.Tick)
	assert.Len(t, g.of(chat.EventMessage), 2*each, "one of them each, as nothing failed")

	two.rest("DELETE", "/webhooks/"+id, secret(), "").requireDone()
	require.Eventually(t, func() bool {
		names, err := roomsOf(one).Webhooks.QueueNames(t.Context())
		return err == nil && len(names) == 0
	}, storetest.WaitFor, storetest.Tick, "no queue is left")
}

func TestQueueOfNoWebhookIsTidiedUp(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	w := hooked(t, e)
	id := w.hook(newTarget(t), chat.EventMessage)
	h, err := roomsOf(w).Webhooks.Get(t.Context(), "demo", id)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the queue is made beside the request
		names, err := roomsOf(w).Webhooks.QueueNames(t.Context())
		return err == nil && slices.Equal(names, []string{h.Queue()})
	}, storetest.WaitFor, storetest.Tick)
	w.close()
	require.NoError(t, roomsOf(w).Webhooks.Records.KV.Delete(t.Context(), h.Key())) // and then it was stopped
	again := hooked(t, e)
	names, err := roomsOf(again).Webhooks.QueueNames(t.Context())
	require.NoError(t, err)
	assert.Empty(t, names)
}
