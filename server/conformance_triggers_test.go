package server_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
	"parley/server/servertest"
)

// Table c.2: the triggers of webhooks.
func TestConformanceOfTriggers(t *testing.T) {
	t.Parallel()
	whole := t // clients stay connected from one row to the next
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g, advice := servertest.NewTarget(t), servertest.NewTarget(t)
	w.Hook(advice, chat.EventAssign) // so that g is no webhook that chooses agents
	w.Hook(g, webhook.Events...)
	last := func(trigger string, count int) servertest.Object {
		t.Helper()
		return g.Wait(trigger, count)[count-1].Data
	}

	t.Run("c.2 users:signup: {user} with what the visitor lacks as null", func(t *testing.T) {
		vera := w.Visitor("Vera")
		user := servertest.Dig(last("users:signup", 1), "user")
		assert.Equal(t, servertest.Obj("id", vera.ID, "name", "Vera", "nickname", nil, "contact", nil, "externalId", nil,
			"providerId", nil, "extraInfo", nil, "chats", []any{}), user)
	})

	t.Run("c.2 forever:alone: {chatId}, also when there was nobody to invite, which the page does not hear", func(t *testing.T) {
		visitor, id := w.ChatIn(whole)
		assert.Equal(t, servertest.Object{}, visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)))
		assert.Equal(t, servertest.Obj("chatId", id), last("forever:alone", 1))
		assert.NotContains(t, visitor.Events(), "forever:alone")
		assert.NotContains(t, w.Rest("GET", "/chats/"+id+"/assign", servertest.As(visitor.Login), "").JSON, "error")
		last("forever:alone", 2)
		refused := w.Rest("GET", "/chats/"+id+"/assign", servertest.Secret(), "")
		assert.Equal(t, 200, refused.Status)
		assert.Equal(t, servertest.Obj("code", 404.0, "message", "no agent is available for the chat", "reason", "no-agent"), refused.JSON["error"])
		last("forever:alone", 3)
		visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	})

	var agent, colleague *servertest.Peer
	t.Run("c.2 agents:login, agents:logout: {userId}", func(t *testing.T) {
		agent = w.Open(whole, w.Agent("agent1"))
		assert.Equal(t, servertest.Obj("userId", agent.Login.ID), last("agents:login", 1))
		gone := w.Agent("agent2")
		last("agents:login", 2)
		require.Equal(t, 200, w.Rest("POST", "/agents/logout", servertest.As(gone), "").Status)
		assert.Equal(t, servertest.Obj("userId", gone.ID), last("agents:logout", 1))
	})

	t.Run("c.2 rooms:join, rooms:leave: {userId, rooms}, null being all of the agent's", func(t *testing.T) {
		agent.OnDuty()
		assert.Equal(t, servertest.Obj("userId", agent.Login.ID, "rooms", nil), last("rooms:join", 1))
		agent.Ask("agents:available", servertest.Obj("available", false))
		assert.Equal(t, servertest.Obj("userId", agent.Login.ID, "rooms", nil), last("rooms:leave", 1))
		agent.Ask("agents:available", servertest.Obj("available", true, "rooms", []string{"1"}))
		assert.Equal(t, servertest.Obj("userId", agent.Login.ID, "rooms", []any{"1"}), last("rooms:join", 2))
		leave2 := `{"id":"` + agent.Login.ID + `","rooms":["2"]}`
		w.Rest("POST", "/agents/logout", servertest.Secret(), leave2).RequireDone() // they do not serve it
		agent.OnDuty()
		last("rooms:join", 3)
		w.Rest("POST", "/agents/logout", servertest.Secret(), leave2).RequireDone()
		assert.Equal(t, servertest.Obj("userId", agent.Login.ID, "rooms", []any{"2"}), last("rooms:leave", 2))
		agent.OnDuty()
		last("rooms:join", 4)
	})

	var visitor *servertest.Peer
	var id string
	t.Run("c.2 chats:create: {chatId, chat, user}, the chat with its external id or null", func(t *testing.T) {
		visitor, id = w.ChatIn(whole)
		created := last("chats:create", 2)
		assert.Equal(t, id, created["chatId"])
		assert.Equal(t, visitor.Login.ID, servertest.Dig(created, "chat", "creator"))
		assert.Contains(t, created["chat"], "externalId")
		assert.Equal(t, visitor.Login.ID, servertest.Dig(created, "user", "id"))
	})

	t.Run("c.2 chats:assign: one for each invitation", func(t *testing.T) {
		visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))
		assign := last("chats:assign", 1)
		assert.Equal(t, agent.Login.ID, servertest.Dig(assign, "agent", "id"))
		assert.Equal(t, 1.0, assign["attempt"])
	})

	t.Run("c.2 invitations:new: {chatId, userId} of the agent who is invited", func(t *testing.T) {
		assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID), last("invitations:new", 1))
	})

	t.Run("c.2 invitations:reject: {chatId, userId} of the agent", func(t *testing.T) {
		agent.Next("invitations:new")
		agent.Ask("invitations:reject", servertest.Obj("chatId", id))
		assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID), last("invitations:reject", 1))
		assert.Equal(t, servertest.Obj("chatId", id), last("forever:alone", 4), "nobody else could be invited")
		visitor.Next("forever:alone")
	})

	t.Run("c.2 invitations:accept: {chatId, userId} of the agent", func(t *testing.T) {
		visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))
		agent.Take(id)
		assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID), last("invitations:accept", 1))
	})

	t.Run("c.2 chats:join: {chat, user, sender, mode, transfer}", func(t *testing.T) {
		join := last("chats:join", 1)
		assert.Equal(t, id, join["chatId"])
		assert.Equal(t, agent.Login.ID, servertest.Dig(join, "user", "id"))
		for _, name := range []string{"chat", "sender", "mode", "transfer"} {
			assert.Contains(t, join, name)
		}
	})

	t.Run("c.2 messages:new: {message} with id, chat, sender, type, message and created", func(t *testing.T) {
		visitor.Say(id, "<hello>")
		message := servertest.Dig(last("messages:new", 1), "message").(servertest.Object)
		created := message["created"]
		assert.Equal(t, servertest.Obj("id", id+".1", "chat", id, "sender", visitor.Login.ID, "type", "text",
			"message", "<hello>", "created", created), message)
	})

	t.Run("c.2 messages:new of a file: message is {url, type, name, size, id}", func(t *testing.T) {
		sent := w.Upload(servertest.As(visitor.Login), servertest.File{
			Fields: map[string]string{"chatId": id}, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes),
		})
		require.Equal(t, 200, sent.Status, sent.Body)
		message := last("messages:new", 2)
		assert.Equal(t, "media", servertest.Dig(message, "message", "type"))
		assert.Equal(t, "/media/"+sent.Text("media", "id"), servertest.Dig(message, "message", "message", "url"))
		assert.Equal(t, "image/png", servertest.Dig(message, "message", "message", "type"))
	})

	t.Run("c.2 messages:read: {message, userId}", func(t *testing.T) {
		agent.Ask(chat.EventRead, servertest.Obj("chatId", id, "messageId", id+".1"))
		read := last("messages:read", 1)
		assert.Equal(t, id+".1", servertest.Dig(read, "message", "id"))
		assert.Equal(t, agent.Login.ID, read["userId"])
	})

	t.Run("c.2 users:activity: {chatId, userId, type}", func(t *testing.T) {
		agent.Ask(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"))
		assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID, "type", "writing"), last("users:activity", 1))
	})

	t.Run("c.2 chats:toinbox: {chatId, userId, room} of a chat that goes back to a room", func(t *testing.T) {
		colleague = w.Colleague(whole)
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/toinbox", servertest.As(agent.Login), "").Status)
		assert.Equal(t, servertest.Obj("chatId", id, "userId", agent.Login.ID, "room", "1"), last("chats:toinbox", 1))
	})

	t.Run("c.2 chats:leave: {chatId, userId, user}", func(t *testing.T) {
		left := last("chats:leave", 1)
		assert.Equal(t, id, left["chatId"])
		assert.Equal(t, agent.Login.ID, left["userId"])
		assert.Equal(t, agent.Login.ID, servertest.Dig(left, "user", "id"))
	})

	t.Run("c.2 invitations:new of a transfer: {chatId, userId} of the agent who is invited", func(t *testing.T) {
		transferred := w.Rest("POST", "/chats/"+id+"/transfer", servertest.Secret(), `{"agentId":"`+colleague.Login.ID+`"}`)
		require.Equal(t, 200, transferred.Status, transferred.Body)
		assert.Equal(t, servertest.Obj("chatId", id, "userId", colleague.Login.ID), last("invitations:new", len(g.Of("chats:assign"))+1))
	})

	t.Run("c.2 chats:close: {chatId, userId, extraData}", func(t *testing.T) {
		visitor.Ask(chat.EventClose, servertest.Obj("chatId", id, "extraData", servertest.Obj("reason", "done")))
		assert.Equal(t, servertest.Obj("chatId", id, "userId", visitor.Login.ID, "extraData", servertest.Obj("reason", "done")), last("chats:close", 2))
	})

	t.Run("c.2 system:info: {chatId, type, data: {ticketId}}", func(t *testing.T) {
		info := last("system:info", 2)
		assert.Equal(t, id, info["chatId"])
		assert.NotEmpty(t, servertest.Dig(info, "data", "ticketId"))
	})

	t.Run("c.2 queues:update: {chatId, userId, data: {queuePosition, waitingTime}}", func(t *testing.T) {
		agent.Ask("agents:available", servertest.Obj("available", false))
		w.Set(`{"queue":{"active":true}}`)
		waiting, id := w.ChatIn(whole)
		place := last("queues:update", 1)
		assert.Equal(t, id, place["chatId"])
		assert.Equal(t, waiting.Login.ID, place["userId"])
		assert.Equal(t, 1.0, servertest.Dig(place, "data", "queuePosition"))
		assert.Contains(t, place["data"], "waitingTime")
	})

	ours := []string{chat.EventIntervene, chat.EventTransfer, chat.EventRedact, chat.EventRemove}
	for _, event := range webhook.Events {
		if !slices.Contains(ours, event) {
			assert.NotEmpty(t, g.Of(event), "%s was never sent", event)
		}
	}
}
