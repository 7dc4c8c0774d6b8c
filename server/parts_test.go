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

// A history comes in frames of a bounded size before the reply with its chat, whole
// and in order; the readers of a message are with it.
func TestHistoryInParts(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	long := strings.Repeat("é", 9000) // longer than what the reply itself has
	var want []string
	for _, m := range servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "history").([]any) {
		want = append(want, servertest.Dig(m, "message").(string))
	}
	say := func(text string) {
		message := agent.Say(id, text)
		want = append(want, text)
		if text == "read" {
			visitor.Ask(chat.EventRead, servertest.Obj("messageId", servertest.Dig(message, "message", "id")))
		}
	}
	// ask checks what comes, and gives how much of it the replies have.
	ask := func(t *testing.T) (inReply []int) {
		for name, request := range map[string]func(p *servertest.Peer) any{
			wire.EventOpen: func(p *servertest.Peer) any {
				p.Login = visitor.Login
				return servertest.Dig(p.Ask(wire.EventOpen, servertest.Obj("appId", "demo", "token", visitor.Login.Token, "inParts", true)), "chats", id)
			},
			"chats:get": func(p *servertest.Peer) any {
				p.OpenSession(visitor.Login, nil)
				return servertest.Dig(p.Ask("chats:get", servertest.Obj("chatId", id, "fields", "users,watchers,history", "inParts", true)), "chat")
			},
		} {
			t.Run(name, func(t *testing.T) {
				p := w.Dial(t)
				c := request(p)
				var got []string
				p.Mu.Lock()
				defer p.Mu.Unlock()
				frames := 0
				for _, f := range p.Frames {
					if f.Event != wire.EventHistory {
						continue
					}
					d := servertest.Parsed(f.Data)
					assert.Equal(t, id, d["chatId"])
					assert.EqualValues(t, len(got), d["from"])
					frames++
					list := d["history"].([]any)
					if len(list) > 1 {
						assert.LessOrEqual(t, len(f.Data), (32<<10)+1024)
					}
					for _, m := range list {
						got = append(got, servertest.Dig(m, "message").(string))
						if got[len(got)-1] == "read" {
							assert.Equal(t, []any{visitor.Login.ID}, servertest.Dig(m, "readBy"))
						}
					}
				}
				rest := servertest.Dig(c, "history").([]any)
				require.NotEmpty(t, rest)
				for _, m := range rest {
					got = append(got, servertest.Dig(m, "message").(string))
				}
				assert.Equal(t, want, got)
				assert.Equal(t, len(want) > 200, frames > 1)
				inReply = append(inReply, len(rest))
			})
		}
		return inReply
	}
	say("short")
	t.Run("a short one has none", func(t *testing.T) {
		assert.Equal(t, []int{len(want), len(want)}, ask(t))
	})
	say("read")
	say(long)
	for i := range 400 {
		say(fmt.Sprintf("%d %s", i, strings.Repeat("x", i)))
	}
	say(long)
	t.Run("a long one", func(t *testing.T) {
		assert.Equal(t, []int{1, 1}, ask(t), "the newest is always in the reply")
	})
	t.Run("not over REST, nor where no history is asked for", func(t *testing.T) {
		a := w.Rest("GET", "/chats/"+id+"?inParts=true", servertest.As(visitor.Login), "")
		assert.Len(t, servertest.Dig(a.JSON, "chat", "history"), len(want))
		assert.NotContains(t, servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id, "fields", "users", "inParts", true)), "chat"), "history")
	})
}
