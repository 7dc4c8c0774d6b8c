package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

func TestConversation(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent := w.Open(t, w.Visitor("Vera")), w.Open(t, w.Agent("agent1"))
	agent.OnDuty()

	created := visitor.Ask(chat.EventCreate, servertest.Obj("room", "1", "lang", "en", "source", "3"))
	c := created["chat"].(servertest.Object)
	id := c["id"].(string)
	assert.EqualValues(t, 0, created["prev"])
	assert.Equal(t, created["seq"], c["seq"])
	want := servertest.Object{
		"status": "waiting", "closed": false, "creator": visitor.Login.ID, "room": "1", "lang": "en", "source": 3.0, "inQueue": false,
		"history": []any{}, "watchers": []any{},
	}
	for name := range want {
		assert.Equal(t, want[name], c[name], name)
	}
	assert.Equal(t, []string{visitor.Login.ID}, servertest.IDs(c["users"]))

	first := visitor.Say(id, "is <b>anybody</b> there?\n")
	message := first["message"].(servertest.Object)
	assert.Equal(t, servertest.Object{
		"id": id + ".1", "chat": id, "sender": visitor.Login.ID, "type": "text", "message": "is <b>anybody</b> there?\n", "created": message["created"],
	}, message)
	assert.Equal(t, created["seq"], first["prev"])

	found := visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))
	assert.Equal(t, agent.Login.ID, servertest.Dig(found, "agent", "id"))
	assert.NotEmpty(t, servertest.Dig(found, "agent", "providerId"))
	assert.Contains(t, found["agent"], "nickname")
	assert.Equal(t, found, visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id)), "the invitation that is out")

	invitation := agent.Next("invitations:new")
	assert.Equal(t, id, invitation["chatId"])
	assert.Equal(t, "waiting", servertest.Dig(invitation, "chat", "status"))
	assert.Equal(t, visitor.Login.ID, servertest.Dig(invitation, "user", "id"))
	assert.Greater(t, invitation["expiresAt"], 1e9)
	assert.Equal(t, []any{message}, servertest.Dig(agent.Ask("chats:get", servertest.Obj("chatId", id, "fields", "users,watchers,history")), "chat", "history"))

	accepted := agent.Ask("invitations:accept", servertest.Obj("chatId", id))
	assert.Equal(t, true, accepted["success"])
	join := visitor.Next(chat.EventJoin)
	assert.Equal(t, agent.Login.ID, servertest.Dig(join, "user", "id"))
	assert.Equal(t, agent.Login.ID, join["sender"])
	assert.Equal(t, "", join["mode"])
	assert.Equal(t, false, join["transfer"])
	assert.Equal(t, id, join["chatId"])
	assert.Equal(t, "active", servertest.Dig(join, "chat", "status"))
	assert.Equal(t, []string{visitor.Login.ID, agent.Login.ID}, servertest.IDs(servertest.Dig(join, "chat", "users")))

	agent.Ask(chat.EventActivity, servertest.Obj("chatId", id, "type", "writing"))
	assert.Equal(t, servertest.Object{"chatId": id, "userId": agent.Login.ID, "type": "writing"}, visitor.Next(chat.EventActivity))

	answer := agent.Say(id, "yes")
	pushed := visitor.NextFrame(chat.EventMessage)
	assert.Equal(t, servertest.Object{"chatId": id, "userId": agent.Login.ID, "message": answer["message"]}, servertest.Parsed(pushed.Data))
	assert.EqualValues(t, answer["seq"], pushed.Seq)

	read := visitor.Ask(chat.EventRead, servertest.Obj("messageId", servertest.Dig(answer, "message", "id")))
	assert.Equal(t, true, read["success"])
	assert.Equal(t, visitor.Login.ID, read["userId"])
	assert.Equal(t, answer["message"], read["message"])
	assert.Equal(t, servertest.Object{"chatId": id, "userId": visitor.Login.ID, "message": answer["message"]}, agent.Next(chat.EventRead))
	again := visitor.Ask(chat.EventRead, servertest.Obj("messageId", servertest.Dig(answer, "message", "id"), "chatId", id))
	assert.NotContains(t, again, "seq", "nothing is appended for the second time")

	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id, "extraData", servertest.Obj("reason", "done")))
	assert.Equal(t, servertest.Object{"chatId": id, "userId": visitor.Login.ID, "extraData": servertest.Object{"reason": "done"}}, agent.Next(chat.EventClose))
	for _, p := range []*servertest.Peer{visitor, agent} {
		info := p.Next(chat.EventInfo)
		assert.Equal(t, id, info["chatId"])
		assert.NotEmpty(t, servertest.Dig(info, "data", "ticketId"))
		number := servertest.Dig(info, "data", "ticketNumber")
		assert.Len(t, number, 9, "for people, beside the id")
		assert.Equal(t, number, servertest.Dig(w.Rest("GET", "/chats/"+id, servertest.As(agent.Login), "").JSON, "chat", "ticketNumber"))
		_, _, transcript := w.Download("/chats/"+id+"/history?format=txt", servertest.As(p.Login))
		assert.Contains(t, string(transcript), "Ticket "+number.(string))
	}
	closed := w.Rest("GET", "/chats?status=closed&limit=1", servertest.As(w.Agent("lead")), "")
	assert.Len(t, servertest.Dig(closed.JSON["chats"].([]any)[0], "ticketNumber"), 9)
	visitor.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "too late"), 410, "closed")
	visitor.Refused(chat.EventClose, servertest.Obj("chatId", id), 410, "closed")
	assert.NotEqual(t, id, visitor.NewChat(), "the next chat may begin")
}
