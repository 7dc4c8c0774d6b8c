package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
	"parley/server/servertest"
)

// hookQueues lists the consumers that hold what webhooks have not got yet.
func hookQueues(t *testing.T, w *servertest.World) (names []string) {
	stream, err := w.Engine.JS.Stream(t.Context(), chatlog.Stream)
	if !assert.NoError(t, err) {
		return nil
	}
	lister := stream.ConsumerNames(t.Context())
	for name := range lister.Name() {
		if strings.HasPrefix(name, "hook_") {
			names = append(names, name)
		}
	}
	assert.NoError(t, lister.Err())
	return names
}

func TestWebhookIsToldWhatAgentsAreTold(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	early := w.Open(t, w.Visitor("Early"))
	early.Say(early.NewChat(), "before")
	w.Hook(g, slices.DeleteFunc(slices.Clone(webhook.Events), func(event string) bool { return event == chat.EventAssign })...)

	visitor, agent, lead := w.Open(t, w.Visitor("Vera")), w.Open(t, w.Agent("agent1")).OnDuty(), w.Open(t, w.Agent("lead"))
	id := visitor.NewChat()
	require.Equal(t, agent.Login.ID, search(visitor, id))
	agent.Next("invitations:new")
	agent.Ask("invitations:accept", servertest.Obj("chatId", id))
	visitor.Next(chat.EventJoin)
	messageID := servertest.Dig(visitor.Say(id, "hello"), "message", "id").(string)
	agent.Ask("messages:read", servertest.Obj("messageId", messageID))
	agent.Ask(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"))
	lead.Ask("chats:join", servertest.Obj("chatId", id, "mode", "watch"))
	lead.Ask("chats:intervene", servertest.Obj("chatId", id))
	visitor.Ask("chats:close", servertest.Obj("chatId", id))

	assert.Equal(t, id, servertest.Dig(g.Wait(chat.EventCreate, 1)[0].Data, "chat", "id"))
	assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID), g.Wait(webhook.EventAccept, 1)[0].Data)
	joins := g.Wait(chat.EventJoin, 2)
	assert.Equal(t, agent.Login.ID, servertest.Dig(joins[0].Data, "user", "id"))
	assert.Equal(t, "watch", joins[1].Data["mode"])
	message := g.Wait(chat.EventMessage, 1)[0]
	assert.Equal(t, "hello", servertest.Dig(message.Data, "message", "message"))
	assert.Equal(t, id, message.Data["chatId"])
	assert.Equal(t, agent.Login.ID, g.Wait(chat.EventRead, 1)[0].Data["userId"])
	assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID, "type", "writing"), g.Wait(chat.EventActivity, 1)[0].Data)
	assert.Equal(t, lead.Login.ID, servertest.Dig(g.Wait(chat.EventIntervene, 1)[0].Data, "interventor", "id"))
	assert.Equal(t, visitor.Login.ID, g.Wait(chat.EventClose, 1)[0].Data["userId"])
	assert.NotEmpty(t, servertest.Dig(g.Wait(chat.EventInfo, 1)[0].Data, "data", "ticketId"))
	for _, event := range webhook.Events {
		assert.LessOrEqual(t, len(g.Of(event)), 2, "%s", event)
	}
	assert.Equal(t, []string{"hello"}, g.Texts(), "only what happened after it was made")
	assert.Len(t, g.Of(webhook.EventAccept), 1, "who watches accepts nothing")
}

func TestWebhookIsToldAgainUntilItHasIt(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	id := w.Hook(g, chat.EventMessage)
	g.Answers(func(w http.ResponseWriter, _ servertest.Posted, count int) {
		if count < 4 {
			w.WriteHeader(500)
		}
	})
	visitor := w.Open(t, w.Visitor("Vera"))
	visitor.Say(visitor.NewChat(), "hello")
	posts := g.Wait(chat.EventMessage, 4)
	for _, p := range posts[1:] {
		assert.Equal(t, posts[0], p, "the same each time")
	}
	require.Eventually(t, func() bool { return w.HookState(id)["failingSince"] == nil }, storetest.WaitFor, storetest.Tick)
	assert.Nil(t, w.HookState(id)["dropped"])
}

func TestWebhookThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	o := servertest.Quick
	o.Attempts, o.DisableAfter = 3, time.Hour
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Webhooks: o})
	g := servertest.NewTarget(t)
	id := w.Hook(g, chat.EventMessage)
	g.Status(503)
	visitor := w.Open(t, w.Visitor("Vera"))
	visitor.Say(visitor.NewChat(), "hello")
	require.Eventually(t, func() bool { return w.HookState(id)["dropped"] == 1.0 }, storetest.WaitFor, storetest.Tick)
	assert.Len(t, g.Of(chat.EventMessage), 3)
	assert.NotNil(t, w.HookState(id)["failingSince"])
	assert.Equal(t, true, w.HookState(id)["active"])
}

func TestWebhookThatFailsForLongIsDeactivated(t *testing.T) {
	t.Parallel()
	o := servertest.Quick
	o.DisableAfter = 30 * time.Millisecond
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Webhooks: o})
	g := servertest.NewTarget(t)
	id := w.Hook(g, chat.EventMessage)
	g.Status(404)
	visitor := w.Open(t, w.Visitor("Vera"))
	chatID := visitor.NewChat()
	visitor.Say(chatID, "lost")
	require.Eventually(t, func() bool { return w.HookState(id)["active"] == false }, storetest.WaitFor, storetest.Tick)
	assert.Contains(t, w.HookState(id)["reason"], "no delivery has succeeded")

	g.Status(200)
	w.Rest("PUT", "/webhooks/"+id, servertest.Secret(), `{"active":true}`)
	assert.Nil(t, w.HookState(id)["reason"])
	visitor.Say(chatID, "found")
	require.Eventually(t, func() bool { return slices.Contains(g.Texts(), "found") }, storetest.WaitFor, storetest.Tick)
}

func TestWebhookThatIsGoneIsDeactivated(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	id := w.Hook(g, chat.EventMessage)
	g.Status(410)
	visitor := w.Open(t, w.Visitor("Vera"))
	visitor.Say(visitor.NewChat(), "hello")
	require.Eventually(t, func() bool { return w.HookState(id)["active"] == false }, storetest.WaitFor, storetest.Tick)
	assert.Contains(t, w.HookState(id)["reason"], "410")
	assert.Len(t, g.Of(chat.EventMessage), 1)
	require.Eventually(t, func() bool {
		return len(hookQueues(t, w)) == 0
	}, storetest.WaitFor, storetest.Tick, "no queue is left")
}

// A living node keeps the entries that it is delivering, however long the target takes.
func TestWebhookThatTakesItsTimeIsToldOnce(t *testing.T) {
	t.Parallel()
	slow := servertest.Quick
	slow.Within = 3 * time.Second // an entry comes again after 3/5 of it, unless the node says that it is at it
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Webhooks: slow})
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventMessage)
	g.Answers(func(_ http.ResponseWriter, _ servertest.Posted, _ int) {
		<-time.After(slow.Within * 3 / 4)
	})
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	for n := range 3 {
		visitor.Say(id, fmt.Sprint(n))
	}
	g.Wait(chat.EventMessage, 3)
	require.Eventually(t, func() bool {
		queue, err := w.Engine.JS.Consumer(t.Context(), chatlog.Stream, hookQueues(t, w)[0])
		require.NoError(t, err)
		return queue.CachedInfo().NumAckPending == 0
	}, storetest.WaitFor, storetest.Tick)
	assert.Equal(t, []string{"0", "1", "2"}, g.Texts())
	assert.Len(t, g.Of(chat.EventMessage), 3)
}

func TestWebhookRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g, elsewhere := servertest.NewTarget(t), servertest.NewTarget(t)
	w.Hook(g, chat.EventMessage)
	var redirected atomic.Bool
	g.Answers(func(w http.ResponseWriter, _ servertest.Posted, _ int) {
		if !redirected.Swap(true) {
			w.Header().Set("Location", elsewhere.HTTP.URL)
			w.WriteHeader(307)
		}
	})
	visitor := w.Open(t, w.Visitor("Vera"))
	visitor.Say(visitor.NewChat(), "hello")
	g.Wait(chat.EventMessage, 2)
	assert.Empty(t, elsewhere.Of(chat.EventMessage))
}

func TestDeadWebhookHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	dead, g := servertest.NewTarget(t), servertest.NewTarget(t)
	w.Hook(dead, chat.EventMessage)
	w.Hook(g, chat.EventMessage)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	dead.Answers(func(http.ResponseWriter, servertest.Posted, int) { <-release })
	visitor := w.Open(t, w.Visitor("Vera"))
	chatID := visitor.NewChat()
	var want []string
	for n := range 30 {
		want = append(want, fmt.Sprint("message ", n))
		visitor.Say(chatID, want[n])
	}
	g.Wait(chat.EventMessage, len(want))
	assert.Equal(t, want, g.Texts(), "in order, as long as all goes well")
}

func TestWebhookIsToldAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.Hooked(t, e)
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventMessage)
	g.Status(500)
	visitor := w.Open(t, w.Visitor("Vera"))
	chatID := visitor.NewChat()
	var want []string
	for n := range 20 {
		want = append(want, fmt.Sprint("message ", n))
		visitor.Say(chatID, want[n])
	}
	g.Wait(chat.EventMessage, 1)
	visitor.Leave()
	w.Close()
	storetest.Close(t, e)

	g.Status(200)
	servertest.Hooked(t, storetest.Engine(t, dir))
	require.Eventually(t, func() bool { return len(g.Texts()) == len(want) }, 3*storetest.WaitFor, storetest.Tick)
	assert.ElementsMatch(t, want, g.Texts())
}

func TestNodesShareAWebhook(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	one, two := servertest.Hooked(t, e), servertest.Hooked(t, e)
	g := servertest.NewTarget(t)
	id := one.Hook(g, chat.EventMessage)
	require.Eventually(t, func() bool { return len(roomsOf(two).Webhooks.List("demo")) == 1 }, storetest.WaitFor, storetest.Tick)
	visitor, other := one.Open(t, one.Visitor("Vera")), two.Open(t, two.Visitor("Otto"))
	here, there := visitor.NewChat(), other.NewChat()
	const each = 50
	for n := range each {
		visitor.Say(here, fmt.Sprint("here ", n))
		other.Say(there, fmt.Sprint("there ", n))
	}
	require.Eventually(t, func() bool { return len(g.Texts()) == 2*each }, 2*storetest.WaitFor, storetest.Tick)
	assert.Len(t, g.Of(chat.EventMessage), 2*each, "one of them each, as nothing failed")

	two.Rest("DELETE", "/webhooks/"+id, servertest.Secret(), "").RequireDone()
	require.Eventually(t, func() bool {
		return len(hookQueues(t, one)) == 0
	}, storetest.WaitFor, storetest.Tick, "no queue is left")
}

// The events of a chat keep their order with several nodes too, also when the node that
// delivers is stopped in an orderly way.
func TestNodesKeepAWebhooksOrder(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	one, two := servertest.Hooked(t, e), servertest.Hooked(t, e)
	g := servertest.NewTarget(t)
	g.Answers(func(_ http.ResponseWriter, _ servertest.Posted, count int) { // as targets do, not all at the same pace
		<-time.After(time.Duration(1+count*7%11) * time.Millisecond)
	})
	one.Hook(g, chat.EventMessage)
	require.Eventually(t, func() bool { return len(roomsOf(two).Webhooks.List("demo")) == 1 }, storetest.WaitFor, storetest.Tick)
	visitor := two.Open(t, two.Visitor("Vera"))
	id := visitor.NewChat()
	var want []string
	say := func(count int) {
		for range count {
			want = append(want, fmt.Sprint("message ", len(want)))
			visitor.Say(id, want[len(want)-1])
		}
		require.Eventually(t, func() bool { return len(g.Texts()) == len(want) }, 2*storetest.WaitFor, storetest.Tick)
	}
	say(100)
	one.Close()
	say(20)
	assert.Equal(t, want, g.Texts())
}

func TestQueueOfNoWebhookIsTidiedUp(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	w := servertest.Hooked(t, e)
	id := w.Hook(servertest.NewTarget(t), chat.EventMessage)
	require.Eventually(t, func() bool { // the queue is made beside the request
		return len(hookQueues(t, w)) == 1
	}, storetest.WaitFor, storetest.Tick)
	w.Close()
	records, err := e.JS.KeyValue(t.Context(), "parley_webhooks")
	require.NoError(t, err)
	require.NoError(t, records.Delete(t.Context(), "demo."+id)) // and then it was stopped
	again := servertest.Hooked(t, e)
	assert.Empty(t, hookQueues(t, again))
}
