package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/op"
)

// Who may do what, in one table: no level gains or loses a relation unseen.
func TestRules(t *testing.T) {
	want := map[op.Access][]string{
		op.AdminSecret:             {"the admin secret"},
		op.AnyApp:                  {"anybody"},
		op.AppSecret:               {"the app's secret"},
		op.SettingsSecret:          {"the app's secret"},
		op.AppSecretForChat:        {"the app's secret"},
		op.SignedAddress:           {"anybody"},
		op.SurveyLink:              {"anybody"},
		op.AnySession:              {"anybody"},
		op.UserOrSupervisor:        {"anybody"},
		op.AnyAgent:                {"the app's secret", "an agent"},
		op.OwnAccount:              {"an agent by their session"},
		op.AnySupervisor:           {"the app's secret", "a supervisor"},
		op.ChatReader:              {"the app's secret", "a supervisor", "the invited agent", "the chat's visitor", "a participant", "a watcher"},
		op.ChatVisitor:             {"the app's secret", "the chat's visitor"},
		op.ChatMember:              {"the app's secret", "the chat's visitor", "a participant", "a watcher"},
		op.ChatBlocker:             {"the app's secret", "an agent in the chat", "a supervisor", "an agent for whom it waits"},
		op.ChatCloser:              {"the app's secret", "the chat's visitor", "a participant", "a supervisor", "an agent for whom it waits"},
		op.AgentForChat:            {"the app's secret", "the chat's visitor", "a participant", "an agent"},
		op.Invitee:                 {"the app's secret", "an agent of its room", "an agent in the chat", "a supervisor", "an agent who was ever invited"},
		op.ChatJoiner:              {"the app's secret", "the chat's visitor", "a participant", "the invited agent", "an agent of its room", "a supervisor"},
		op.AgentInChatOrSupervisor: {"the app's secret", "an agent in the chat", "a supervisor"},
		op.ChatStaff:               {"the app's secret", "an agent in the chat", "a supervisor", "an agent who was in it, if it is closed"},
		op.Supervisor:              {"a supervisor"},
	}
	require.Len(t, rules, len(want))
	for access, names := range want {
		allowed := []string{}
		for _, of := range rules[access].allowed {
			allowed = append(allowed, of.name)
		}
		assert.Equal(t, names, allowed, "access %d", access)
		assert.Equal(t, access == op.ChatReader, rules[access].former, "access %d", access)
	}
}

// Every operation has a rule, and what a session may still do after its end writes nothing.
func TestEveryOperationHasARule(t *testing.T) {
	for _, operation := range (&Server{}).operations().List {
		name := operation.Event + " " + operation.Method + " " + operation.Path
		r, known := rules[operation.Access]
		assert.True(t, known, name)
		assert.False(t, r.afterLogout && operation.Writes, name)
		assert.True(t, r.refusal != "" || r.allows(&facts{Call: &op.Call{}}), "%s: a refusal says why", name)
	}
}

func TestRelations(t *testing.T) {
	call := func(change func(*op.Call)) *op.Call {
		c := &op.Call{User: identity.User{ID: "u"}}
		change(c)
		return c
	}
	inChat := func(c *op.Call) { c.State.Chat.Users = chat.Users{{ID: "u"}} }
	for _, tc := range []struct {
		name string
		of   relation
		yes  bool
		call *op.Call
	}{
		{"the admin's credentials", adminSecret, true, call(func(c *op.Call) { c.Actor.Admin = true })},
		{"the app's credentials", appSecret, true, call(func(c *op.Call) { c.Actor.Secret = true })},
		{"the app's are not the admin's", adminSecret, false, call(func(c *op.Call) { c.Actor.Secret = true })},
		{"an agent", agent, true, call(func(c *op.Call) { c.User.ProviderID, c.User.Role = "p", identity.RoleAgent })},
		{"a visitor", agent, false, call(func(*op.Call) {})},
		{"an agent is no supervisor", supervisor, false, call(func(c *op.Call) { c.User.ProviderID, c.User.Role = "p", identity.RoleAgent })},
		{"a supervisor is an agent", agent, true, call(func(c *op.Call) { c.User.ProviderID, c.User.Role = "p", identity.RoleSupervisor })},
		{"the creator, who has left", creator, true, call(func(c *op.Call) { c.State.Chat.Creator = "u" })},
		{"another user's chat", creator, false, call(func(c *op.Call) { c.State.Chat.Creator = "v" })},
		{"in the chat", participant, true, call(inChat)},
		{"a watcher takes no part", participant, false, call(func(c *op.Call) { c.State.Chat.Watchers = chat.Users{{ID: "u"}} })},
		{"a visitor in the chat is no agent", agentInChat, false, call(inChat)},
		{"an agent in the chat", agentInChat, true, call(func(c *op.Call) { inChat(c); c.User.ProviderID, c.User.Role = "p", identity.RoleAgent })},
		{"invited", invited, true, call(func(c *op.Call) {
			c.State.Round = chatstate.Round{Pending: true, Invited: chatstate.Invitation{Agent: chatstate.AgentBrief{ID: "u"}}}
		})},
		{"the invitation is over", invited, false, call(func(c *op.Call) {
			c.State.Round = chatstate.Round{Invited: chatstate.Invitation{Agent: chatstate.AgentBrief{ID: "u"}}}
		})},
	} {
		t.Run(tc.name, func(t *testing.T) { assert.Equal(t, tc.yes, tc.of.holds(&facts{Call: tc.call})) })
	}
}
