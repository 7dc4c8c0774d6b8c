package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// Who answers an invitation is judged where all is: neither the chat's visitor nor an agent of
// another room hears of it, or of who has the chat. Who was invited hears that it is over.
func TestAnswersToInvitationsOfOthers(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	about := servertest.Obj("chatId", id)
	elsewhere := w.Open(t, w.NewAgent("elsewhere"))
	require.Equal(t, 200, w.Rest("PUT", "/agents/"+elsewhere.Login.ID, servertest.Secret(), `{"rooms":["2"]}`).Status)
	elsewhere = w.Open(t, elsewhere.Login).OnDuty()
	for _, event := range []string{"invitations:accept", "invitations:reject"} {
		for _, p := range []*servertest.Peer{visitor, elsewhere} {
			p.Refused(event, about, 403, "only agents who were invited")
		}
		a := w.Rest("POST", "/invitations/"+event[len("invitations:"):], servertest.As(elsewhere.Login), string(servertest.JSON(about)))
		assert.NotContains(t, a.Body, "Agent 1")
		a.RequireRefused(403, "only agents who were invited")
	}
	w.Rest("POST", "/invitations", servertest.As(agent.Login), `{"chatId":"`+id+`","agentId":"`+elsewhere.Login.ID+`"}`).RequireDone()
	elsewhere.Next("invitations:new")
	elsewhere.Ask("invitations:reject", about)
	elsewhere.Refused("invitations:accept", about, 409, "the invitation is over")

	agent.Ask(chat.EventTransfer, servertest.Obj("chatId", id, "agentId", elsewhere.Login.ID))
	elsewhere.Next("invitations:new")
	elsewhere.Ask("invitations:accept", about)
	visitor.Next(chat.EventJoin)
}
