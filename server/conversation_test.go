package server

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
)

func TestConversation(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent := w.open(t, w.visitor("Vera")), w.open(t, w.agent("agent1"))
	agent.onDuty()

	created := visitor.ask(chat.EventCreate, obj("room", "1", "lang", "en", "source", "3"))
	c := created["chat"].(object)
	id := c["id"].(string)
	assert.EqualValues(t, 0, created["prev"])
	assert.Equal(t, created["seq"], c["seq"])
	want := object{
		"status": "waiting", "closed": false, "creator": visitor.l.id, "room": "1", "lang": "en", "source": 3.0, "inQueue": false,
		"history": []any{}, "watchers": []any{},
	}
	for name := range want {
		assert.Equal(t, want[name], c[name], name)
	}
	assert.Equal(t, []string{visitor.l.id}, idsOf(c["users"]))

	first := visitor.say(id, "is <b>anybody</b> there?\n")
	message := first["message"].(object)
	assert.Equal(t, object{
		"id": id + ".1", "chat": id, "sender": visitor.l.id, "type": "text", "message": "is <b>anybody</b> there?\n", "created": message["created"],
	}, message)
	assert.Equal(t, created["seq"], first["prev"])

	found := visitor.ask(chat.EventAssign, obj("chatId", id))
	assert.Equal(t, agent.l.id, dig(found, "agent", "id"))
	assert.NotEmpty(t, dig(found, "agent", "providerId"))
	assert.Contains(t, found["agent"], "nickname")
	assert.Equal(t, found, visitor.ask(chat.EventAssign, obj("chatId", id)), "the invitation that is out")

	invitation := agent.next("invitations:new")
	assert.Equal(t, id, invitation["chatId"])
	assert.Equal(t, "waiting", dig(invitation, "chat", "status"))
	assert.Equal(t, visitor.l.id, dig(invitation, "user", "id"))
	assert.Greater(t, invitation["expiresAt"], 1e9)
	assert.Equal(t, []any{message}, dig(agent.ask("chats:get", obj("chatId", id, "fields", "users,watchers,history")), "chat", "history"))

	accepted := agent.ask("invitations:accept", obj("chatId", id))
	assert.Equal(t, true, accepted["success"])
	join := visitor.next(chat.EventJoin)
	assert.Equal(t, agent.l.id, dig(join, "user", "id"))
	assert.Equal(t, agent.l.id, join["sender"])
	assert.Equal(t, "", join["mode"])
	assert.Equal(t, false, join["transfer"])
	assert.Equal(t, id, join["chatId"])
	assert.Equal(t, "active", dig(join, "chat", "status"))
	assert.Equal(t, []string{visitor.l.id, agent.l.id}, idsOf(dig(join, "chat", "users")))

	agent.ask(chat.EventActivity, obj("chatId", id, "type", "writing"))
	assert.Equal(t, object{"chatId": id, "userId": agent.l.id, "type": "writing"}, visitor.next(chat.EventActivity))

	answer := agent.say(id, "yes")
	pushed := visitor.nextFrame(chat.EventMessage)
	assert.Equal(t, object{"chatId": id, "userId": agent.l.id, "message": answer["message"]}, parsed(pushed.Data))
	assert.EqualValues(t, answer["seq"], pushed.Seq)

	read := visitor.ask(chat.EventRead, obj("messageId", dig(answer, "message", "id")))
	assert.Equal(t, true, read["success"])
	assert.Equal(t, visitor.l.id, read["userId"])
	assert.Equal(t, answer["message"], read["message"])
	assert.Equal(t, object{"chatId": id, "userId": visitor.l.id, "message": answer["message"]}, agent.next(chat.EventRead))
	again := visitor.ask(chat.EventRead, obj("messageId", dig(answer, "message", "id"), "chatId", id))
	assert.NotContains(t, again, "seq", "nothing is appended for the second time")

	visitor.ask(chat.EventClose, obj("chatId", id, "extraData", obj("reason", "done")))
	assert.Equal(t, object{"chatId": id, "userId": visitor.l.id, "extraData": object{"reason": "done"}}, agent.next(chat.EventClose))
	for _, p := range []*peer{visitor, agent} {
		info := p.next(chat.EventInfo)
		assert.Equal(t, id, info["chatId"])
		assert.NotEmpty(t, dig(info, "data", "ticketId"))
	}
	visitor.refused(chat.EventMessage, obj("chatId", id, "message", "too late"), 410, "closed")
	visitor.refused(chat.EventClose, obj("chatId", id), 410, "closed")
	assert.NotEqual(t, id, visitor.newChat(), "the next chat may begin")
}
