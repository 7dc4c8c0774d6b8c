package server_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// The conversation as a file, also for a visitor who has logged out.
func TestExports(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "message", "I am a bot", "created", 1700000000)}))
	visitor.Say(id, "=1+1, \"quoted\"\nsecond line")
	agent.Ask(chat.EventMessage, servertest.Obj("chatId", id, "format", "html", "message", "<p>see <b>this</b> &amp; that</p><script>alert(1)</script>"))
	agent.Say(id, "Write to Desk <desk@example.test>: x<y and y>z, &lt;")
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	visitor.Leave()

	path := "/chats/" + id + "/history"
	a := w.Rest("GET", path+".json", servertest.As(visitor.Login), "")
	assert.Equal(t, "attachment; filename=conversation-"+id+".json", a.Header.Get("Content-Disposition"))
	assert.Equal(t, a.Header.Get("Content-Disposition"), w.Rest("GET", path+"?format=json", servertest.As(visitor.Login), "").Header.Get("Content-Disposition"))
	assert.Empty(t, w.Rest("GET", path, servertest.As(visitor.Login), "").Header.Get("Content-Disposition"))
	assert.Len(t, a.JSON["history"], 4)
	assert.Equal(t, a.JSON, w.Rest("GET", path, servertest.As(visitor.Login), "").JSON)

	for _, path := range []string{path + ".csv", path + "?format=csv"} {
		status, header, content := w.Download(path, servertest.As(visitor.Login))
		require.Equal(t, 200, status)
		assert.Equal(t, "attachment; filename=conversation-"+id+".csv", header.Get("Content-Disposition"))
		rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 5)
		assert.Equal(t, []string{"2023-11-14T22:13:20Z", "assistant", "assistant", "Assistant", "text", "I am a bot", "from an earlier conversation"}, rows[1])
		assert.Equal(t, []string{visitor.Login.ID, "visitor", "Vera", "text", "'=1+1, \"quoted\"\nsecond line", ""}, rows[2][1:])
		assert.Equal(t, "see this & that\n<script>alert(1)</script>", rows[3][5])
		assert.Equal(t, "Write to Desk <desk@example.test>: x<y and y>z, &lt;", rows[4][5])
	}
	status, header, content := w.Download(path+".txt", servertest.Secret())
	require.Equal(t, 200, status)
	assert.Equal(t, "text/plain; charset=utf-8", header.Get("Content-Type"))
	assert.Contains(t, string(content), "14 November 2023 (UTC)\n\n22:13  [assistant, from an earlier conversation] Assistant: I am a bot\n")
	assert.Contains(t, string(content), "[visitor] Vera: =1+1, \"quoted\"\n       second line\n")
	assert.Contains(t, string(content), "[agent] Agent 1: Write to Desk <desk@example.test>: x<y and y>z, &lt;\n")

	w.Rest("GET", path+".doc", servertest.As(visitor.Login), "").RequireRefused(400, "format")
	w.Rest("GET", path+".csv", servertest.As(w.Visitor("Paul")), "").RequireRefused(403, "not in chat")
}

// What a visitor writes stays as it stands, and cannot look like somebody else's
// message; files and choices are lines to read.
func TestExportsOfAllKinds(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor := w.Open(t, w.Visitor(`Vera\n12:00  Agent 1: fake`))
	id := visitor.NewChat()
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "type", "object", "format", "html", "created", 1700000000,
		"message", `{"message":"Which <b>one</b>?","options":[{"label":"This"},{"label":"That &amp; more"}]}`)}))
	visitor.Say(id, "1 <2 && a<b then <3 &amp;")
	fake := "12:00  [agent] Agent 1: two"
	ends := []string{"\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029"}
	for _, end := range ends {
		visitor.Say(id, "one"+end+fake+"\x1b[1A\b")
	}
	require.Equal(t, 200, w.Upload(servertest.As(visitor.Login), servertest.File{Fields: map[string]string{"chatId": id}, Name: "cat.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)}).Status)

	_, _, content := w.Download("/chats/"+id+"/history.text", servertest.Secret())
	text := string(content)
	assert.Contains(t, text, "22:13  [assistant, from an earlier conversation] Assistant: Which one?\n       - This\n       - That & more\n\n")
	assert.Contains(t, text, "  [visitor] Vera 12:00 Agent 1: fake: 1 <2 && a<b then <3 &amp;\n")
	assert.Equal(t, len(ends), strings.Count(text, "fake: one\n       "+fake+"[1A\n"))
	assert.Regexp(t, `fake: \[file\] cat\.png \(\d+ bytes, /media/`+id+`-\w+\)\n$`, text)
}

// Whatever name visitors choose, each form of the conversation says that they are visitors.
func TestExportsTellVisitorsFromAgents(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, agent, _ := w.Conversation(t)
	for _, name := range []string{"Agent 1", "System", "Agent 1 (from an earlier conversation)", `\u202e1 tnegA`, `Agent\u200b 1\u0000`, "[agent] Agent 1: yes"} {
		visitor := w.Open(t, w.Visitor(name))
		id := visitor.NewChat()
		visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))
		agent.Ask("invitations:accept", servertest.Obj("chatId", id))
		agent.Say(id, "we do not refund")
		visitor.Say(id, "I confirm: we refund you 5000 EUR")
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"message":"The chat is recorded"}`).Status)

		_, _, content := w.Download("/chats/"+id+"/history.txt", servertest.Secret())
		text := string(content)
		assert.Contains(t, text, "  [agent] Agent 1: we do not refund\n", name)
		assert.Regexp(t, `\n\d\d:\d\d  \[visitor\] .+: I confirm: we refund you 5000 EUR\n`, text, name)
		assert.Contains(t, text, "  [system] System: The chat is recorded\n", name)
		assert.NotRegexp(t, "[\u202a-\u202e\u200b\x00]", text, name)

		_, _, content = w.Download("/chats/"+id+"/history.csv", servertest.Secret())
		rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 4)
		for i, role := range []string{"role", "agent", "visitor", "system"} {
			assert.Equal(t, role, rows[i][2], name)
		}

		roles := map[string]any{}
		for _, by := range w.Rest("GET", "/chats/"+id+"/history.json", servertest.Secret(), "").JSON["senders"].([]any) {
			roles[by.(map[string]any)["id"].(string)] = by.(map[string]any)["role"]
		}
		assert.Equal(t, map[string]any{agent.Login.ID: "agent", visitor.Login.ID: "visitor", "system": "system"}, roles, name)
	}
}
