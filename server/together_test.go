package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/servertest"
)

// request is one of several that arrive together, and what its reply says.
type request struct {
	id, event string
	data      servertest.Object
	refused   string // part of the error's message, "" for a request that is carried out
}

// askAtOnce sends requests that arrive together. The replies must come in their order, and
// say what the requests expect. It gives the data of those.
func askAtOnce(p *servertest.Peer, requests ...request) (replies []servertest.Object) {
	p.T.Helper()
	p.Mu.Lock()
	at := len(p.Frames)
	p.Mu.Unlock()
	p.AtOnce(func() {
		for _, r := range requests {
			p.PostAs(r.id, r.event, r.data)
		}
	})
	for _, r := range requests {
		f := p.Find("reply to "+r.id, func(i int, f wire.Frame) bool {
			if i < at || !f.IsReply() {
				return false
			}
			at = i + 1
			return true
		})
		require.Equal(p.T, r.id, f.ID, "replies come in the order of the requests")
		if r.refused != "" {
			require.NotNil(p.T, f.Error, r.id)
			assert.Contains(p.T, f.Error.Message, r.refused)
		} else {
			require.Nil(p.T, f.Error, "%s: %v", r.id, f.Error)
		}
		replies = append(replies, servertest.Parsed(f.Data))
	}
	return replies
}

func message(chatID, id, text, refused string) request {
	return request{id, chat.EventMessage, servertest.Obj("chatId", chatID, "message", text), refused}
}

// textsOf gives the texts of a chat's log.
func textsOf(w *servertest.World, chatID string) string {
	var texts []string
	for _, m := range w.Rest("GET", "/chats/"+chatID+"/messages", servertest.Secret(), "").JSON["messages"].([]any) {
		texts = append(texts, fmt.Sprint(servertest.Dig(m, "message")))
	}
	return strings.Join(texts, " ")
}

// Requests that arrive together have the effects and the replies of requests that arrive
// one after the other. The others in the chat get each message once, in order.
func TestRequestsThatArriveTogether(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	_, other := w.ChatIn(t)
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", other))
	replies := askAtOnce(agent,
		message(id, "r1", "1", ""), message(id, "r2", "2", ""), message(id, "r3", " ", "must show something"),
		message(id, "r4", "3", ""), message(id, "r2", "again", ""), message(id, "r5", "4", ""),
		message(other, "o1", "a", ""), message(other, "o2", "b", ""), message(id, "r6", "5", ""),
		message("unknown", "u", "x", "unknown chat"), request{"f", "user:focus", nil, ""}, message(id, "r7", "6", ""), message(id, "r8", "7", ""),
		request{"close", chat.EventClose, servertest.Obj("chatId", id), ""}, message(id, "r9", "late", "closed"), message(other, "o3", "c", ""))
	assert.Equal(t, replies[1], replies[4], "a repeated request gets the first reply")
	assert.Equal(t, "1 2 3 4 5 6 7", textsOf(w, id))
	assert.Equal(t, "a b c", textsOf(w, other))
	for n := range 7 {
		assert.Equal(t, fmt.Sprint(n+1), servertest.Dig(visitor.Next(chat.EventMessage), "message", "message"))
	}
	visitor.Next(chat.EventClose)

	var many []request
	third := visitor.NewChat()
	for n := range 200 {
		many = append(many, message(third, fmt.Sprint("m", n), fmt.Sprint(n), ""))
	}
	for n, reply := range askAtOnce(visitor, many...) {
		assert.Equal(t, fmt.Sprint(third, ".", n+1), servertest.Dig(reply, "message", "id"))
	}
}

// Of messages that arrive together while the store is full, none gets past the first.
func TestTogetherAcrossAFullStore(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	p := w.Open(t, w.Visitor("Vera"))
	id := p.NewChat()
	askAtOnce(p, message(id, "r1", "1", ""), message(id, "r2", "2", ""))
	setRoom(w, true)
	askAtOnce(p, message(id, "r3", "3", "cannot be written"), message(id, "r4", "4", "r3"), message(id, "r5", "5", "r3"))
	askAtOnce(p, message(id, "r3", "3", "cannot be written"), message(id, "r3", "3", "cannot be written"), message(id, "r4", "4", "r3"))
	askAtOnce(p, message(id, "r3", "3", "cannot be written"), message(id, "r3", " ", "cannot be written"), message(id, "r4", "4", "r3"))
	setRoom(w, false)
	askAtOnce(p, message(id, "r5", "5", "r3"), message(id, "r3", "3", ""), message(id, "r4", "4", ""), message(id, "r5", "5", ""))
	assert.Equal(t, "1 2 3 4 5", textsOf(w, id))
}
