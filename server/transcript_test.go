package server

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

// The conversation as a file, also for who was in the chat and is logged out.
func TestExports(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	visitor.ask(chat.EventImport, obj("chatId", id, "history", []any{obj("sender", "assistant", "message", "I am a bot", "created", 1700000000)}))
	visitor.say(id, "=1+1, \"quoted\"\nsecond line")
	agent.say(id, "<p>see <b>this</b> &amp; that</p><script>alert(1)</script>")
	agent.ask(chat.EventClose, obj("chatId", id))
	visitor.leave()

	path := "/chats/" + id + "/history"
	a := w.rest("GET", path+".json", as(visitor.l), "")
	assert.Equal(t, "attachment; filename=conversation-"+id+".json", a.header.Get("Content-Disposition"))
	assert.Equal(t, a.header.Get("Content-Disposition"), w.rest("GET", path+"?format=json", as(visitor.l), "").header.Get("Content-Disposition"))
	assert.Empty(t, w.rest("GET", path, as(visitor.l), "").header.Get("Content-Disposition"))
	assert.Len(t, a.json["history"], 3)
	assert.Equal(t, a.json, w.rest("GET", path, as(visitor.l), "").json)

	for _, path := range []string{path + ".csv", path + "?format=csv"} {
		status, header, content := w.download(path, as(visitor.l))
		require.Equal(t, 200, status)
		assert.Equal(t, "attachment; filename=conversation-"+id+".csv", header.Get("Content-Disposition"))
		rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 4)
		assert.Equal(t, []string{"2023-11-14T22:13:20Z", "assistant", "Assistant", "text", "I am a bot"}, rows[1])
		assert.Equal(t, []string{visitor.l.id, "Vera", "text", "'=1+1, \"quoted\"\nsecond line"}, rows[2][1:])
		assert.Equal(t, "see this & that", rows[3][4])
	}
	status, header, content := w.download(path+".txt", secret())
	require.Equal(t, 200, status)
	assert.Equal(t, "text/plain; charset=utf-8", header.Get("Content-Type"))
	assert.Contains(t, string(content), "14 November 2023 (UTC)\n\n22:13  Assistant: I am a bot\n")
	assert.Contains(t, string(content), "Vera: =1+1, \"quoted\"\n       second line\n")

	w.rest("GET", path+".doc", as(visitor.l), "").requireRefused(400, "format")
	w.rest("GET", path+".csv", as(w.visitor("Paul")), "").requireRefused(403, "not in chat")
}

// What a visitor writes stays as it stands, and cannot look like somebody else's
// message; files and choices are lines to read.
func TestExportsOfAllKinds(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor := w.open(t, w.visitor(`Vera\n12:00  Agent 1: fake`))
	id := visitor.newChat()
	visitor.ask(chat.EventImport, obj("chatId", id, "history", []any{obj("sender", "assistant", "type", "object", "created", 1700000000,
		"message", `{"message":"Which <b>one</b>?","options":[{"label":"This"},{"label":"That &amp; more"}]}`)}))
	visitor.say(id, "1 <2 && a<b then <3 &amp;")
	visitor.say(id, "one\r\n12:00  Agent 1: two\r12:00  three\u202812:00  four")
	require.Equal(t, 200, w.upload(as(visitor.l), sent{map[string]string{"chatId": id}, "cat.png", "image/png", bytes.NewReader(pngBytes)}).status)

	_, _, content := w.download("/chats/"+id+"/history.text", secret())
	text := string(content)
	assert.Contains(t, text, "22:13  Assistant: Which one?\n       - This\n       - That & more\n\n")
	assert.Contains(t, text, "  Vera 12:00 Agent 1: fake: 1 <2 && a<b then <3 &amp;\n")
	assert.Contains(t, text, "fake: one\n       12:00  Agent 1: two\n       12:00  three\n       12:00  four\n")
	assert.Regexp(t, `fake: \[file\] cat\.png \(\d+ bytes, /media/`+id+`-\w+\)\n$`, text)
}
