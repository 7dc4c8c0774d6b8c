package server

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

// says makes a target answer every question.
func says(text string) func(http.ResponseWriter, posted, int) {
	return func(w http.ResponseWriter, _ posted, _ int) { _, _ = io.WriteString(w, text) }
}

func TestWebhookChoosesTheAgent(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	hookID := w.hook(g, chat.EventAssign)
	free, busy := w.open(t, w.agent("agent1")).onDuty(), w.open(t, w.agent("agent2")).onDuty()
	away := w.agent("lead")
	for _, tc := range []struct{ name, answer, want string }{
		{"agentId", `{"agentId":"` + busy.l.id + `"}`, busy.l.id},
		{"agent", `{"agent":{"id":"` + busy.l.id + `"}}`, busy.l.id},
		{"ours", `{"agentId":"` + free.l.id + `"}`, free.l.id},
		{"nothing", ``, free.l.id},
		{"an object without it", `{}`, free.l.id},
		{"another kind", `{"agentId":7}`, free.l.id},
		{"no JSON", `<html>`, free.l.id},
		{"nobody's id", `{"agentId":"nobody"}`, free.l.id},
		{"not on duty", `{"agentId":"` + away.id + `"}`, free.l.id},
	} {
		t.Run(tc.name, func(t *testing.T) {
			visitor := w.open(t, w.visitor("Vera"))
			id := visitor.newChat()
			g.answers(func(http.ResponseWriter, posted, int) {})
			other := w.open(t, w.visitor("Otto")) // so that one of the two is busier, and our choice known
			otherID := other.newChat()
			w.rest("POST", "/chats/"+otherID+"/join", as(busy.l), `{}`).requireDone()
			g.answers(says(tc.answer))
			assert.Equal(t, tc.want, search(visitor, id))
			asked := g.of(chat.EventAssign)
			last := asked[len(asked)-1]
			assert.Equal(t, id, last.data["chatId"])
			assert.Equal(t, free.l.id, dig(last.data, "agent", "id"), "our choice")
			assert.Equal(t, 1.0, last.data["attempt"])
			assert.Equal(t, "1", last.data["room"])
			visitor.ask("chats:close", obj("chatId", id))
			other.ask("chats:close", obj("chatId", otherID))
		})
	}
	w.hookState(hookID)
	assert.Len(t, g.of(chat.EventAssign), 9, "one that has answered is not told again")
}

func TestWebhookIsAskedAtEachJump(t *testing.T) {
	w := worldWith(t, storetest.Engine(t, t.TempDir()), Options{Webhooks: quick, Limits: Limits{AssignTimeout: 100 * time.Millisecond, AssignMaxAttempts: 3}})
	g, told := newTarget(t), newTarget(t)
	w.hook(g, chat.EventAssign)
	w.hook(told, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	wanted := ""
	for wanted = range agents {
	}
	g.answers(says(`{"agentId":"` + wanted + `"}`))
	told.answers(says(`{"agentId":"nobody"}`))
	require.Equal(t, wanted, search(visitor, id))
	visitor.next(chat.EventAlone)
	news, _ := agents[wanted].invitations()
	assert.Equal(t, 3, news, "each time whom the webhook names")
	asked, heard := g.of(chat.EventAssign), told.wait(chat.EventAssign, 3)
	for n := range 3 {
		assert.EqualValues(t, n+1, asked[n].data["attempt"])
		assert.EqualValues(t, n+1, heard[n].data["attempt"], "the others are told")
		assert.Equal(t, wanted, dig(heard[n].data, "agent", "id"), "what was chosen")
	}
	assert.Len(t, asked, 3)
}

func TestWebhookIsAskedWhenAnAgentSaysNo(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	w.hook(g, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id)
	agents[first].next("invitations:new")
	agents[first].ask(chatstate.EventReject, obj("chatId", id))
	for other, p := range agents {
		if other != first {
			p.next("invitations:new")
			p.ask("invitations:accept", obj("chatId", id))
		}
	}
	visitor.next(chat.EventJoin)
	assert.Len(t, g.of(chat.EventAssign), 2)
}

func TestChatIsUsedWhileTheWebhookIsWaitedFor(t *testing.T) {
	o := quick
	o.AgentWithin = ids.OperationWithin
	w := worldWith(t, storetest.Engine(t, t.TempDir()), Options{Webhooks: o})
	g := newTarget(t)
	w.hook(g, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	wanted := ""
	for wanted = range agents {
	}
	release := make(chan struct{})
	g.answers(func(w http.ResponseWriter, p posted, _ int) {
		<-release
		says(`{"agentId":"`+wanted+`"}`)(w, p, 0)
	})
	tab := w.open(t, visitor.l)
	asked := visitor.post(chat.EventAssign, obj("chatId", id))
	g.wait(chat.EventAssign, 1)
	for n := range 5 {
		tab.say(id, fmt.Sprint("meanwhile ", n))
	}
	close(release)
	assert.Equal(t, wanted, dig(parsed(visitor.reply(asked).Data), "agent", "id"))
	assert.Len(t, g.of(chat.EventAssign), 1, "not asked again because the chat has changed")
}

func TestWebhookThatIsLateLeavesTheChoiceToUs(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	w.hook(g, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1")
	release := make(chan struct{})
	g.answers(func(_ http.ResponseWriter, _ posted, count int) {
		if count == 1 {
			<-release
		}
	})
	agentID := search(visitor, id)
	close(release)
	assert.Contains(t, agents, agentID)
	posts := g.wait(chat.EventAssign, 2)
	assert.Equal(t, posts[0].id, posts[1].id, "told of it later, as what it did not answer")
	assert.Equal(t, agentID, dig(posts[1].data, "agent", "id"))
	assert.NotNil(t, posts[1].data["expiresAt"])
}

func TestWebhookIsAskedOnceBySearchesAtTheSameTime(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	w.hook(g, chat.EventAssign)
	visitor, id, _ := assigning(t, w, "agent1")
	tab := w.open(t, visitor.l)
	come := make(chan struct{})
	g.answers(func(http.ResponseWriter, posted, int) { <-come })
	first, second := visitor.post(chat.EventAssign, obj("chatId", id)), tab.post(chat.EventAssign, obj("chatId", id))
	g.wait(chat.EventAssign, 1)
	close(come)
	assert.Equal(t, parsed(visitor.reply(first).Data)["agent"], parsed(tab.reply(second).Data)["agent"])
	posts := g.of(chat.EventAssign)
	for _, p := range posts {
		assert.Equal(t, posts[0].id, p.id)
	}
}

func TestNobodyIsAskedWhenThereIsNobodyToInvite(t *testing.T) {
	w := hooked(t, storetest.Engine(t, t.TempDir()))
	g := newTarget(t)
	w.hook(g, chat.EventAssign)
	visitor, id, _ := assigning(t, w)
	assert.Equal(t, object{}, visitor.ask(chat.EventAssign, obj("chatId", id)))
	assert.Empty(t, g.of(chat.EventAssign))
}
