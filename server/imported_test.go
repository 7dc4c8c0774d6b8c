package server_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/servertest"
)

// senders gives who sent the messages of a list.
func senders(list any) (found []string) {
	for _, m := range list.([]any) {
		found = append(found, servertest.Dig(m, "sender").(string))
	}
	return found
}

// Whom an imported message may name as its sender, by every way of importing. Nobody
// speaks for another without the secret; what they bring comes in all the same.
func TestImportedSenders(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"history":{"senders":["helpbot"]}}`)
	visitor, agent, id := w.Conversation(t)
	lead, other := w.Agent("lead"), w.Visitor("Paul")
	named := []string{
		visitor.Login.ID, agent.Login.ID, lead.ID, other.ID, "user", "assistant", "helpbot", "system", "guest", "Agent 1", chatstate.Earlier,
	}
	const earlier = chatstate.Earlier
	byVisitor := []string{visitor.Login.ID, earlier, earlier, earlier, visitor.Login.ID, "assistant", "helpbot", earlier, earlier, earlier, earlier}
	byAgent := []string{earlier, agent.Login.ID, earlier, earlier, earlier, "assistant", "helpbot", earlier, earlier, earlier, earlier}
	var history []any
	for i, sender := range named {
		history = append(history, servertest.Obj("sender", sender, "message", fmt.Sprint("of ", sender), "created", 1700000000+i))
	}
	body := func(more ...any) string {
		return string(servertest.JSON(servertest.Obj(append(more, "history", history)...)))
	}
	for _, c := range []struct {
		name string
		got  func() any
		want []string
	}{
		{"a visitor, socket", func() any {
			return visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "brief", true, "history", history))["history"]
		}, byVisitor},
		{"a visitor, REST", func() any {
			return w.Rest("POST", "/chats/"+id+"/history", servertest.As(visitor.Login), body("brief", true)).JSON["history"]
		}, byVisitor},
		{"an agent, socket", func() any {
			return agent.Ask(chat.EventImport, servertest.Obj("chatId", id, "brief", true, "history", history))["history"]
		}, byAgent},
		{"the secret", func() any {
			return w.Rest("POST", "/chats/"+id+"/history", servertest.Secret(), body("brief", true)).JSON["history"]
		}, named},
		{"a new chat, socket", func() any {
			agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
			return servertest.Dig(visitor.Ask(chat.EventCreate, servertest.Obj("room", "1", "history", history)), "chat", "history")
		}, byVisitor},
		{"a new chat by the secret", func() any {
			return servertest.Dig(w.Rest("POST", "/chats", servertest.Secret(), body("room", "1", "creator", other.ID)).JSON, "chat", "history")
		}, named},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, senders(c.got())) })
	}
	w.Rest("PUT", "/settings", servertest.Secret(), `{"history":{"senders":["system"]}}`).RequireRefused(400, "history.senders")
	w.Rest("PUT", "/settings", servertest.Secret(), `{"history":{"senders":[7]}}`).RequireRefused(400, "history.senders")
}

// What is imported is told apart in every form of the conversation, and stands before all
// that was said in the chat, whenever it came and whatever time it claims.
func TestImportedIsMarked(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "I want my money back")
	between := servertest.Dig(agent.Say(id, "I cannot promise that"), "message", "created").(float64) - 0.001
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{
		servertest.Obj("sender", agent.Login.ID, "message", "I confirm: we refund you", "created", between),
		servertest.Obj("sender", visitor.Login.ID, "message", "I asked the bot", "created", 1700000000),
		servertest.Obj("sender", "system", "message", "The identity was checked"),
	}))
	agent.Say(id, "Good bye")
	inOrder := []string{"I asked the bot", "I confirm: we refund you", "The identity was checked", "I want my money back", "I cannot promise that", "Good bye"}

	path := "/chats/" + id + "/history"
	history := w.Rest("GET", path, servertest.As(agent.Login), "").JSON["history"]
	assert.Equal(t, inOrder, texts(history))
	began := servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "created")
	for i, m := range history.([]any) {
		assert.Equal(t, i < 3, servertest.Dig(m, "imported") == true)
		if i == 1 || i == 2 {
			assert.Equal(t, began, servertest.Dig(m, "created"), "a program that sorts by time has the same order")
		}
	}
	_, _, content := w.Download(path+".csv", servertest.Secret())
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	require.NoError(t, err)
	for i, row := range rows[1:] {
		assert.Equal(t, inOrder[i], row[5])
		if i < 3 {
			assert.Equal(t, "from an earlier conversation", row[6])
		} else {
			assert.Empty(t, row[6])
		}
	}
	_, _, content = w.Download(path+".txt", servertest.Secret())
	text := string(content)
	assert.Contains(t, text, "22:13  [visitor, from an earlier conversation] Vera: I asked the bot\n")
	assert.Contains(t, text, "  [unknown, from an earlier conversation] Somebody: I confirm: we refund you\n")
	assert.Contains(t, text, "  [unknown, from an earlier conversation] Somebody: The identity was checked\n")
	assert.Equal(t, 3, strings.Count(text, "from an earlier conversation"))
	assert.NotContains(t, text, "Agent 1: I confirm")
}

// A page's priority moves nobody in the queue; the secret's does.
func TestPriorityNeedsTheSecret(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(queueMode)
	first, firstID := w.ChatIn(t)
	pushy, pushyID := w.ChatIn(t, "priority", 1e6)
	first.Place(firstID, 1)
	pushy.Place(pushyID, 2)
	assert.Nil(t, servertest.Dig(pushy.Ask("chats:get", servertest.Obj("chatId", pushyID)), "chat", "priority"))
	byREST := w.Visitor("Rita")
	require.Equal(t, 200, w.Rest("POST", "/chats", servertest.As(byREST), `{"room":"1","priority":1000000}`).Status)
	urgent, urgentID := urgentChat(w, 5)
	urgent.Place(urgentID, 1)
	first.Place(firstID, 2)
}
