package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
)

// A history comes in frames of a bounded size before the reply with its chat, whole
// and in order; the readers of a message are with it.
func TestHistoryInParts(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	long := strings.Repeat("é", 9000) // longer than what the reply itself has
	var want []string
	for _, m := range dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "history").([]any) {
		want = append(want, dig(m, "message").(string))
	}
	say := func(text string) {
		message := agent.say(id, text)
		want = append(want, text)
		if text == "read" {
			visitor.ask(chat.EventRead, obj("messageId", dig(message, "message", "id")))
		}
	}
	// ask checks what comes, and gives how much of it the replies have.
	ask := func(t *testing.T) (inReply []int) {
		for name, request := range map[string]func(p *peer) any{
			wire.EventOpen: func(p *peer) any {
				p.l = visitor.l
				return dig(p.ask(wire.EventOpen, obj("appId", "demo", "token", visitor.l.token, "inParts", true)), "chats", id)
			},
			"chats:get": func(p *peer) any {
				p.openSession(visitor.l, nil)
				return dig(p.ask("chats:get", obj("chatId", id, "fields", "users,watchers,history", "inParts", true)), "chat")
			},
		} {
			t.Run(name, func(t *testing.T) {
				p := w.dial(t)
				c := request(p)
				var got []string
				p.mu.Lock()
				defer p.mu.Unlock()
				frames := 0
				for _, f := range p.frames {
					if f.Event != wire.EventHistory {
						continue
					}
					d := parsed(f.Data)
					assert.Equal(t, id, d["chatId"])
					assert.EqualValues(t, len(got), d["from"])
					frames++
					list := d["history"].([]any)
					if len(list) > 1 {
						assert.LessOrEqual(t, len(f.Data), chatstate.PartAtMost+1024)
					}
					for _, m := range list {
						got = append(got, dig(m, "message").(string))
						if got[len(got)-1] == "read" {
							assert.Equal(t, []any{visitor.l.id}, dig(m, "readBy"))
						}
					}
				}
				rest := dig(c, "history").([]any)
				require.NotEmpty(t, rest)
				for _, m := range rest {
					got = append(got, dig(m, "message").(string))
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
		a := w.rest("GET", "/chats/"+id+"?inParts=true", as(visitor.l), "")
		assert.Len(t, dig(a.json, "chat", "history"), len(want))
		assert.NotContains(t, dig(visitor.ask("chats:get", obj("chatId", id, "fields", "users", "inParts", true)), "chat"), "history")
	})
}
