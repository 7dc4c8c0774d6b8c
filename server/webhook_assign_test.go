package server_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// says makes a target answer every question.
func says(text string) func(http.ResponseWriter, servertest.Posted, int) {
	return func(w http.ResponseWriter, _ servertest.Posted, _ int) { _, _ = io.WriteString(w, text) }
}

func TestWebhookChoosesTheAgent(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	hookID := w.Hook(g, chat.EventAssign)
	free, busy := w.Open(t, w.Agent("agent1")).OnDuty(), w.Open(t, w.Agent("agent2")).OnDuty()
	away := w.Agent("lead")
	for _, tc := range []struct{ name, answer, want string }{
		{"agentId", `{"agentId":"` + busy.Login.ID + `"}`, busy.Login.ID},
		{"agent", `{"agent":{"id":"` + busy.Login.ID + `"}}`, busy.Login.ID},
		{"ours", `{"agentId":"` + free.Login.ID + `"}`, free.Login.ID},
		{"nothing", ``, free.Login.ID},
		{"an object without it", `{}`, free.Login.ID},
		{"another kind", `{"agentId":7}`, free.Login.ID},
		{"no JSON", `<html>`, free.Login.ID},
		{"nobody's id", `{"agentId":"nobody"}`, free.Login.ID},
		{"not on duty", `{"agentId":"` + away.ID + `"}`, free.Login.ID},
	} {
		t.Run(tc.name, func(t *testing.T) {
			visitor := w.Open(t, w.Visitor("Vera"))
			id := visitor.NewChat()
			g.Answers(func(http.ResponseWriter, servertest.Posted, int) {})
			other := w.Open(t, w.Visitor("Otto")) // so that one of the two is busier, and our choice known
			otherID := other.NewChat()
			w.Rest("POST", "/chats/"+otherID+"/join", servertest.As(busy.Login), `{}`).RequireDone()
			g.Answers(says(tc.answer))
			assert.Equal(t, tc.want, search(visitor, id))
			asked := g.Of(chat.EventAssign)
			last := asked[len(asked)-1]
			assert.Equal(t, id, last.Data["chatId"])
			assert.Equal(t, free.Login.ID, servertest.Dig(last.Data, "agent", "id"), "our choice")
			assert.Equal(t, 1.0, last.Data["attempt"])
			assert.Equal(t, "1", last.Data["room"])
			visitor.Ask("chats:close", servertest.Obj("chatId", id))
			other.Ask("chats:close", servertest.Obj("chatId", otherID))
		})
	}
	w.HookState(hookID)
	assert.Len(t, g.Of(chat.EventAssign), 9, "one that has answered is not told again")
}

func TestWebhookIsAskedAtEachJump(t *testing.T) {
	t.Parallel()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Webhooks: servertest.Quick, Limits: server.Limits{AssignTimeout: 100 * time.Millisecond, AssignMaxAttempts: 3}})
	g, told := servertest.NewTarget(t), servertest.NewTarget(t)
	w.Hook(g, chat.EventAssign)
	w.Hook(told, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	wanted := ""
	for wanted = range agents {
	}
	g.Answers(says(`{"agentId":"` + wanted + `"}`))
	told.Answers(says(`{"agentId":"nobody"}`))
	require.Equal(t, wanted, search(visitor, id))
	visitor.Next(chat.EventAlone)
	news, _ := agents[wanted].Invitations()
	assert.Equal(t, 3, news, "each time whom the webhook names")
	asked, heard := g.Of(chat.EventAssign), told.Wait(chat.EventAssign, 3)
	for n := range 3 {
		assert.EqualValues(t, n+1, asked[n].Data["attempt"])
		assert.EqualValues(t, n+1, heard[n].Data["attempt"], "the others are told")
		assert.Equal(t, wanted, servertest.Dig(heard[n].Data, "agent", "id"), "what was chosen")
	}
	assert.Len(t, asked, 3)
}

func TestWebhookIsAskedWhenAnAgentSaysNo(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	first := search(visitor, id)
	agents[first].Next("invitations:new")
	agents[first].Ask(chatstate.EventReject, servertest.Obj("chatId", id))
	for other, p := range agents {
		if other != first {
			p.Next("invitations:new")
			p.Ask("invitations:accept", servertest.Obj("chatId", id))
		}
	}
	visitor.Next(chat.EventJoin)
	assert.Len(t, g.Of(chat.EventAssign), 2)
}

func TestChatIsUsedWhileTheWebhookIsWaitedFor(t *testing.T) {
	t.Parallel()
	o := servertest.Quick
	o.AgentWithin = ids.OperationWithin
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{Webhooks: o})
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1", "agent2")
	wanted := ""
	for wanted = range agents {
	}
	release := make(chan struct{})
	g.Answers(func(w http.ResponseWriter, p servertest.Posted, _ int) {
		<-release
		says(`{"agentId":"`+wanted+`"}`)(w, p, 0)
	})
	tab := w.Open(t, visitor.Login)
	asked := visitor.Post(chat.EventAssign, servertest.Obj("chatId", id))
	g.Wait(chat.EventAssign, 1)
	for n := range 5 {
		tab.Say(id, fmt.Sprint("meanwhile ", n))
	}
	close(release)
	assert.Equal(t, wanted, servertest.Dig(servertest.Parsed(visitor.Reply(asked).Data), "agent", "id"))
	assert.Len(t, g.Of(chat.EventAssign), 1, "not asked again because the chat has changed")
}

func TestWebhookThatIsLateLeavesTheChoiceToUs(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventAssign)
	visitor, id, agents := assigning(t, w, "agent1")
	release := make(chan struct{})
	g.Answers(func(_ http.ResponseWriter, _ servertest.Posted, count int) {
		if count == 1 {
			<-release
		}
	})
	agentID := search(visitor, id)
	close(release)
	assert.Contains(t, agents, agentID)
	posts := g.Wait(chat.EventAssign, 2)
	assert.Equal(t, posts[0].ID, posts[1].ID, "it is posted later under the id of the question that it did not answer")
	assert.Equal(t, agentID, servertest.Dig(posts[1].Data, "agent", "id"))
	assert.NotNil(t, posts[1].Data["expiresAt"])
}

func TestWebhookIsAskedOnceBySearchesAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventAssign)
	visitor, id, _ := assigning(t, w, "agent1")
	tab := w.Open(t, visitor.Login)
	come := make(chan struct{})
	g.Answers(func(http.ResponseWriter, servertest.Posted, int) { <-come })
	first, second := visitor.Post(chat.EventAssign, servertest.Obj("chatId", id)), tab.Post(chat.EventAssign, servertest.Obj("chatId", id))
	g.Wait(chat.EventAssign, 1)
	close(come)
	assert.Equal(t, servertest.Parsed(visitor.Reply(first).Data)["agent"], servertest.Parsed(tab.Reply(second).Data)["agent"])
	posts := g.Of(chat.EventAssign)
	for _, p := range posts {
		assert.Equal(t, posts[0].ID, p.ID)
	}
}

func TestNobodyIsAskedWhenThereIsNobodyToInvite(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	w.Hook(g, chat.EventAssign)
	visitor, id, _ := assigning(t, w)
	assert.Equal(t, servertest.Object{}, visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)))
	assert.Empty(t, g.Of(chat.EventAssign))
}
