package server_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// Closed chats are found by the visitor's name, by tag, by words of their messages, by agent
// and by time; agents find among those that they were in, and not what was said afterwards.
func TestClosedChatsAreFound(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agents := map[string]*servertest.Peer{}
	for _, name := range []string{"agent1", "agent2"} {
		agents[name] = w.Open(t, w.Agent(name))
	}
	lead := w.Agent("lead")
	had := map[string]string{}
	for _, one := range []struct{ visitor, agent, says string }{
		{"Ada Quince", "agent1", "My Parcel is blue"}, {"Bo", "agent2", "a parcel is lost"}, {"Ada Plum", "agent2", "nothing"},
	} {
		visitor := w.Open(t, w.Visitor(one.visitor))
		id := visitor.NewChat()
		agents[one.agent].Ask(chat.EventJoin, servertest.Obj("chatId", id))
		visitor.Say(id, one.says)
		agents[one.agent].Say(id, "it is Green")
		had[one.visitor] = id
	}
	require.Equal(t, 200, w.Rest("POST", "/chats/"+had["Bo"]+"/tags", servertest.As(agents["agent2"].Login), `{"add":["Lost"]}`).Status)
	agents["agent1"].Ask(chat.EventLeave, servertest.Obj("chatId", had["Ada Quince"]))
	require.Equal(t, 200, w.Rest("POST", "/chats/"+had["Ada Quince"]+"/messages", servertest.Secret(), `{"message":"afterwards"}`).Status)
	for _, name := range []string{"Ada Quince", "Bo", "Ada Plum"} {
		w.Rest("DELETE", "/chats/"+had[name], servertest.Secret(), "").RequireDone()
	}
	quince, bo, plum := had["Ada Quince"], had["Bo"], had["Ada Plum"]
	for _, search := range []struct {
		by     servertest.Login
		query  string
		wanted []string
	}{
		{lead, "", []string{plum, bo, quince}},
		{lead, "&name=ada", []string{plum, quince}},
		{lead, "&tag=LOST", []string{bo}},
		{lead, "&tag=found", []string{}},
		{lead, "&words=" + url.QueryEscape("PARCEL green"), []string{bo, quince}},
		{lead, "&words=" + url.QueryEscape("parcel blue") + "&name=ada", []string{quince}},
		{lead, "&words=afterwards", []string{quince}},
		{lead, "&agentId=" + agents["agent1"].Login.ID, []string{quince}},
		{lead, "&until=1000", []string{}},
		{lead, "&since=99999999999", []string{}},
		{lead, "&since=1000", []string{plum, bo, quince}},
		{agents["agent1"].Login, "&words=parcel", []string{quince}},
		{agents["agent1"].Login, "&words=afterwards", []string{}},
		{agents["agent2"].Login, "&name=a", []string{plum}},
	} {
		assert.Equal(t, search.wanted, w.Listed(search.by, "status=closed"+search.query), search.query)
	}
	answer := w.Rest("GET", "/chats?status=closed&tag=lost", servertest.As(lead), "")
	assert.Equal(t, []any{"lost"}, servertest.Dig(answer.JSON["chats"].([]any)[0], "tags"))
	assert.EqualValues(t, 3, servertest.Dig(answer.JSON, "searched", "chats"))
	as := servertest.As(agents["agent1"].Login)
	w.Rest("GET", "/chats?status=closed&agentId="+agents["agent2"].Login.ID, as, "").RequireRefused(403, "supervisors")
	w.Rest("GET", "/chats?status=closed&agentId=a.b", servertest.As(lead), "").RequireRefused(400, "agentId")
	w.Rest("GET", "/chats?status=closed&words=1+2+3+4+5+6+7+8+9+10+11", as, "").RequireRefused(400, "words")
	w.Rest("GET", "/chats?status=closed&tag=,", as, "").RequireRefused(400, "tag")
}

// A search for words reads a bounded number of chats for one page, says how far it has looked,
// and goes on from there.
func TestSearchForWordsIsBounded(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	for n := range 103 {
		made := w.Rest("POST", "/chats", servertest.Secret(), fmt.Sprintf(`{"room":"1","creator":%q}`, w.Visitor("Vera").ID))
		require.Equal(t, 200, made.Status, made.Body)
		id := made.Text("chat", "id")
		if n == 0 {
			require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"message":"a needle"}`).Status)
		}
		w.Rest("DELETE", "/chats/"+id, servertest.Secret(), "").RequireDone()
	}
	first := w.Rest("GET", "/chats?status=closed&words=needle", servertest.Secret(), "")
	assert.Empty(t, first.JSON["chats"])
	assert.EqualValues(t, 100, servertest.Dig(first.JSON, "searched", "chats"))
	require.NotNil(t, first.JSON["next"])
	then := w.Rest("GET", fmt.Sprintf("/chats?status=closed&words=needle&before=%v", first.JSON["next"]), servertest.Secret(), "")
	assert.Len(t, then.JSON["chats"], 1)
	assert.Nil(t, then.JSON["next"])
}
