package server_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Who may join a chat that an agent has, and what the others are told.
func TestJoiningAnAttendedChat(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		who     string
		invited bool
		more    []any
		refused int
		about   string
	}{
		"an agent":                     {"agent2", false, nil, 409, "Agent 1 has the chat already"},
		"an agent who takes it":        {"agent2", false, []any{"take", true}, 409, "Agent 1 has the chat already"},
		"an agent who assists":         {"agent2", false, []any{"assist", true}, 0, ""},
		"an invited agent":             {"agent2", true, nil, 0, ""},
		"an invited agent who takes":   {"agent2", true, []any{"take", true}, 409, "Agent 1 has the chat already"},
		"a supervisor":                 {"lead", false, nil, 0, ""},
		"a supervisor who takes it":    {"lead", false, []any{"take", true}, 409, "Agent 1 has the chat already"},
		"a supervisor who reads along": {"lead", false, []any{"mode", "watch"}, 0, ""},
		"both at once":                 {"agent2", false, []any{"take", true, "assist", true}, 400, "take, assist, mode"},
		"taking to read along":         {"lead", false, []any{"take", true, "mode", "watch"}, 400, "take, assist, mode"},
		"no flag":                      {"agent2", false, []any{"take", "maybe"}, 400, "take"},
	} {
		t.Run(name, func(t *testing.T) {
			w := servertest.New(t, server.Limits{})
			_, agent, id := w.Conversation(t)
			p := w.Open(t, w.Agent(tc.who))
			if tc.invited {
				p.OnDuty()
				w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"chatId":"`+id+`","agentId":"`+p.Login.ID+`"}`).RequireDone()
				p.Next("invitations:new")
			}
			ask := servertest.Obj(append([]any{"chatId", id}, tc.more...)...)
			if tc.refused == 0 {
				p.Ask(chat.EventJoin, ask)
				assert.True(t, isIndexed(w, p.Login, true, id))
				return
			}
			p.Refused(chat.EventJoin, ask, tc.refused, tc.about)
			w.Rest("POST", "/chats/"+id+"/join", servertest.As(p.Login), string(servertest.JSON(ask))).RequireRefused(tc.refused, tc.about)
			assert.False(t, hasUser(w, id, p.Login))
		})
	}
}

// Agents who take, join and accept a waiting chat at the same time, on two nodes: one has
// it, the others are told who.
func TestOneOfManyTakesAChat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	node := servertest.On(t, w.Engine, server.Limits{})
	var agents []*servertest.Peer
	for n := range 6 {
		on := []*servertest.World{w, node}[n%2]
		agents = append(agents, on.Open(t, w.NewAgent(fmt.Sprintf("taker%d", n))))
	}
	for round := range 10 {
		visitor, id := w.ChatIn(t)
		invited := agents[round%len(agents)]
		invited.OnDuty()
		require.Eventually(t, func() bool { // the other node may not know yet that they are on duty
			return search(visitor, id) == invited.Login.ID
		}, storetest.WaitFor, storetest.Tick)
		invited.Next("invitations:new")
		replies := make([]wire.Frame, len(agents))
		var wg sync.WaitGroup
		for n, p := range agents {
			wg.Go(func() {
				event, ask := chat.EventJoin, servertest.Obj("chatId", id, "take", n%2 == 0)
				if p == invited && round%2 == 0 {
					event = "invitations:accept"
				}
				replies[n] = p.Reply(p.Post(event, ask))
			})
		}
		wg.Wait()
		now := stateOf(w, id)
		owner := now.Owner()
		require.Len(t, now.Chat.Users, 2)
		for n, p := range agents {
			if p.Login.ID == owner.ID {
				assert.Nil(t, replies[n].Error)
				continue
			}
			require.NotNil(t, replies[n].Error)
			assert.Equal(t, wire.CodeConflict, replies[n].Error.Code)
			assert.Contains(t, replies[n].Error.Message, owner.Nickname+" has the chat already")
		}
		if invited.Login.ID != owner.ID {
			assert.Equal(t, "taken", invited.Next("invitations:end")["reason"])
		}
		invited.Ask("agents:available", servertest.Obj("available", false))
		agents[slices.IndexFunc(agents, func(p *servertest.Peer) bool { return p.Login.ID == owner.ID })].
			Ask(chat.EventClose, servertest.Obj("chatId", id))
	}
}

// What one connection of an agent does, the agent's other ones get, with the chat; one
// that is opened later has it in the answer.
func TestAnAgentsOtherConnectionHasTheChat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	node := servertest.On(t, w.Engine, server.Limits{})
	visitor, id := w.ChatIn(t)
	agent := w.Agent("agent1")
	first, second := w.Open(t, agent), node.Open(t, agent)
	first.Ask(chat.EventJoin, servertest.Obj("chatId", id, "take", true))
	joined := second.Next(chat.EventJoin)
	assert.Equal(t, agent.ID, servertest.Dig(joined, "user", "id"))
	assert.Equal(t, id, servertest.Dig(joined, "chat", "id"))
	assert.Equal(t, []string{visitor.Login.ID, agent.ID}, servertest.IDs(servertest.Dig(joined, "chat", "users")))
	visitor.Say(id, "hello")
	second.Next(chat.EventMessage)
	third := w.Dial(t)
	c := servertest.Dig(third.OpenSession(agent, nil), "chats", id)
	assert.Equal(t, []string{visitor.Login.ID, agent.ID}, servertest.IDs(servertest.Dig(c, "users")))
	first.Ask(chat.EventLeave, servertest.Obj("chatId", id))
	assert.Equal(t, agent.ID, second.Next(chat.EventLeave)["userId"])
}
