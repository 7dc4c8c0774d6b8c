package server_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Notes and tags are between those who work on the chat: the visitor does not get them by
// anything that shows the chat, nor by a push, a transcript, or a copy of their data.
func TestNotesAreForAgents(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	require.Equal(t, 200, w.Rest("PUT", "/settings", servertest.Secret(), `{"privacy":{"selfExport":true}}`).Status)
	target := servertest.NewTarget(t)
	w.Hook(target, chat.EventMessage, chat.EventClose)
	visitor, agent, id := w.Conversation(t)
	as, of := servertest.As(agent.Login), servertest.As(visitor.Login)
	lead := w.Open(t, w.Agent("lead"))
	lead.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", chat.ModeWatch))
	first := w.Rest("POST", "/chats/"+id+"/notes", as, `{"text":"Quince is the password","eventId":"n1"}`)
	require.Equal(t, 200, first.Status, first.Body)
	assert.Equal(t, []any{agent.Login.ID, "Agent 1", "Quince is the password", id}, []any{
		first.JSON["note"].(servertest.Object)["by"], first.Text("note", "byName"), first.Text("note", "text"), first.Text("note", "chatId"),
	})
	assert.Equal(t, id, lead.Next("chats:notes")["chatId"], "a watcher is told")
	again := w.Rest("POST", "/chats/"+id+"/notes", as, `{"text":"Quince is the password","eventId":"n1"}`)
	assert.Equal(t, first.Text("note", "id"), again.Text("note", "id"), "the same request adds it once")
	tagged := w.Rest("POST", "/chats/"+id+"/tags", as, `{"add":["  Quince   Jelly ","refund"]}`)
	assert.Equal(t, []any{"quince jelly", "refund"}, tagged.JSON["tags"], tagged.Body)

	visitor.Say(id, "hello")
	agent.Say(id, "good day")
	w.Rest("GET", "/chats/"+id+"/notes", of, "").RequireRefused(403, "agents")
	w.Rest("POST", "/chats/"+id+"/notes", of, `{"text":"x"}`).RequireRefused(403, "agents")
	w.Rest("POST", "/chats/"+id+"/tags", of, `{"add":["x"]}`).RequireRefused(403, "agents")
	w.Rest("POST", "/chats/"+id+"/notes", servertest.Secret(), `{"text":"x","userId":"`+visitor.Login.ID+`"}`).RequireRefused(403, "agent")
	other := servertest.As(w.Agent("agent2"))
	w.Rest("GET", "/chats/"+id+"/notes", other, "").RequireRefused(403, "agents")
	w.Rest("DELETE", "/chats/"+id, of, "").RequireDone()
	target.Wait(chat.EventClose, 1)
	visible := []string{}
	for _, p := range append(target.Of(chat.EventMessage), target.Of(chat.EventClose)...) {
		visible = append(visible, fmt.Sprint(p))
	}
	require.Contains(t, visible[0], "hello")
	for _, path := range []string{"/chats/" + id, "/chats/" + id + "/messages", "/chats/" + id + "/history", "/users/" + visitor.Login.ID + "/export"} {
		_, _, body := w.Download(path, of)
		visible = append(visible, string(body))
	}
	for _, format := range []string{"csv", "json", "text"} {
		status, _, body := w.Download("/chats/"+id+"/history."+format, of)
		require.Equal(t, 200, status)
		visible = append(visible, string(body))
	}
	for _, text := range visible {
		assert.NotContains(t, strings.ToLower(text), "quince")
	}
	assert.Zero(t, visitor.HowMany("chats:notes"))

	// Who was in it goes on after the end; others do not.
	closed := w.Rest("POST", "/chats/"+id+"/notes", as, `{"text":"was refunded"}`)
	require.Equal(t, 200, closed.Status, closed.Body)
	w.Rest("GET", "/chats/"+id+"/notes", other, "").RequireRefused(403, "agents")
	list := w.Rest("GET", "/chats/"+id+"/notes", servertest.As(lead.Login), "")
	require.Len(t, list.JSON["notes"], 2)
	assert.Equal(t, []any{"quince jelly", "refund"}, list.JSON["tags"])

	// The app's secret has them in a copy of the visitor's data, and of the agent's.
	for _, user := range []string{visitor.Login.ID, agent.Login.ID} {
		_, _, body := w.Download("/users/"+user+"/export", servertest.Secret())
		assert.Contains(t, string(body), "Quince is the password")
		assert.Contains(t, string(body), `"complete":true`)
	}

	// Somebody else's note is a supervisor's to remove, and nobody's while the chat is on hold.
	path := "/chats/" + id + "/notes/" + closed.Text("note", "id")
	require.Equal(t, 200, w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"case 7"}`).Status)
	w.Rest("DELETE", path, as, "").RequireRefused(423, "case 7")
	w.Rest("POST", "/chats/"+id+"/tags", as, `{"remove":["refund"]}`).RequireRefused(423, "case 7")
	require.Equal(t, 200, w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").Status)
	byLead := w.Rest("POST", "/chats/"+id+"/notes", servertest.As(lead.Login), `{"text":"well done"}`).Text("note", "id")
	w.Rest("DELETE", "/chats/"+id+"/notes/"+byLead, as, "").RequireRefused(403, "supervisors")
	w.Rest("DELETE", path, as, "").RequireDone()
	w.Rest("DELETE", path, as, "").RequireRefused(404, "note")
	w.Rest("DELETE", "/chats/"+id+"/notes/"+first.Text("note", "id"), servertest.As(lead.Login), "").RequireDone()

	// An agent who is erased leaves no notes, the chat's end none of anybody.
	a := w.Rest("DELETE", "/users/"+lead.Login.ID, servertest.Secret(), "")
	require.Equal(t, 200, a.Status, a.Body)
	assert.Empty(t, w.Rest("GET", "/chats/"+id+"/notes", as, "").JSON["notes"])
	require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/notes", as, `{"text":"one more"}`).Status)
	a = w.Rest("DELETE", "/chats/"+id+"/data", servertest.Secret(), "")
	assert.EqualValues(t, 1, servertest.Dig(a.JSON, "removed", "notes"), a.Body)
}

// Notes and tags have bounds, and what is written at the same time is all kept.
func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, agent, id := w.Conversation(t)
	as := servertest.As(agent.Login)
	notes, tags := "/chats/"+id+"/notes", "/chats/"+id+"/tags"
	for _, text := range []string{`""`, `"  "`, `"\u200b"`, `7`, `"` + strings.Repeat("x", 2001) + `"`} {
		w.Rest("POST", notes, as, `{"text":`+text+`}`).RequireRefused(400, "text")
	}
	for _, tag := range []string{`[""]`, `["a,b"]`, `["a\u202eb"]`, `["` + strings.Repeat("x", 41) + `"]`, `["1","2","3","4","5","6","7","8","9","10","11"]`} {
		w.Rest("POST", tags, as, `{"add":`+tag+`}`).RequireRefused(400, "add")
	}
	w.Rest("DELETE", notes+"/a.b", as, "").RequireRefused(404, "note")
	var together sync.WaitGroup
	for n := range 12 {
		together.Go(func() {
			assert.Equal(t, 200, w.Rest("POST", notes, as, fmt.Sprintf(`{"text":"note %d"}`, n)).Status)
			if n < 10 {
				assert.Equal(t, 200, w.Rest("POST", tags, as, fmt.Sprintf(`{"add":["tag %d"]}`, n)).Status)
			}
		})
	}
	together.Wait()
	now := w.Rest("GET", notes, as, "")
	assert.Len(t, now.JSON["notes"], 12)
	assert.Len(t, now.JSON["tags"], 10)
	w.Rest("POST", tags, as, `{"add":["one more"]}`).RequireRefused(400, "at most 10")
	for n := range 88 {
		require.Equal(t, 200, w.Rest("POST", notes, as, fmt.Sprintf(`{"text":"more %d"}`, n)).Status)
	}
	w.Rest("POST", notes, as, `{"text":"too many"}`).RequireRefused(429, "100 notes")
}
