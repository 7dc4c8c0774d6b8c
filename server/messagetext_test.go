package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// What a program or an agent says is HTML carries that wherever the message goes; all
// other text is plain, whoever wrote it.
func TestFormatOfMessages(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	target := servertest.NewTarget(t)
	w.Hook(target, chat.EventMessage)
	visitor, agent, id := w.Conversation(t)
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{
		servertest.Obj("sender", "assistant", "message", "<b>bot</b>", "format", "html", "created", 1700000000),
		servertest.Obj("sender", "assistant", "message", "<b>bot</b>", "format", "text", "created", 1700000001),
	}))
	agent.Ask(chat.EventMessage, servertest.Obj("chatId", id, "message", "<b>agent</b>", "format", "html"))
	agent.Ask(chat.EventMessage, servertest.Obj("chatId", id, "message", "Write to Desk <desk@example.test>", "format", "text"))
	path := "/chats/" + id + "/messages"
	posted := w.Rest("POST", path, servertest.Secret(), `{"message":"<i>program</i>","format":"html"}`)
	require.Equal(t, 200, posted.Status, posted.Body)
	assert.Equal(t, "html", posted.Text("message", "format"))

	formats := func(messages any) (list []any) {
		for _, m := range messages.([]any) {
			list = append(list, m.(servertest.Object)["format"])
		}
		return list
	}
	want := []any{"html", nil, "html", nil, "html"}
	assert.Equal(t, want, formats(w.Rest("GET", path, servertest.As(visitor.Login), "").JSON["messages"]))
	assert.Equal(t, want, formats(w.Rest("GET", "/chats/"+id+"/history.json", servertest.Secret(), "").JSON["history"]))
	var pushed []any
	for range 3 {
		pushed = append(pushed, servertest.Dig(visitor.Next(chat.EventMessage), "message", "format"))
	}
	assert.Equal(t, want[2:], pushed)
	var hooked []any
	for _, p := range target.Wait(chat.EventMessage, 3) {
		hooked = append(hooked, servertest.Dig(p.Data, "message", "format"))
	}
	assert.Equal(t, want[2:], hooked)

	visitor.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "<b>x</b>", "format", "html"), 403, "format")
	visitor.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "x", "format", "markdown"), 400, "format")
	w.Rest("POST", path, servertest.As(visitor.Login), `{"message":"x","format":"html"}`).RequireRefused(403, "format")
	w.Rest("POST", path, servertest.Secret(), `{"message":"x","format":5}`).RequireRefused(400, "format")
	visitor.Refused(chat.EventImport, servertest.Obj("chatId", id, "history", []any{
		servertest.Obj("sender", "assistant", "message", "x", "format", "rtf"),
	}), 400, "entry 0: format")
	visitor.Ask(chat.EventMessage, servertest.Obj("chatId", id, "message", "x", "format", "text"))
}

// A message that shows nothing is refused on the socket and by REST, and left out of a
// history that is imported.
func TestMessagesThatShowNothing(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, id := w.ChatIn(t)
	for _, text := range []string{" ", "\n\t", "\u200b", "\ufeff \u2800", "\u202e\u2069"} {
		visitor.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", text), 400, "message")
		w.Rest("POST", "/chats/"+id+"/messages", servertest.As(visitor.Login), string(servertest.JSON(servertest.Obj("message", text)))).
			RequireRefused(400, "message")
		w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), string(servertest.JSON(servertest.Obj("message", text)))).
			RequireRefused(400, "message")
	}
	for _, markup := range []string{"<b></b>", "<p> </p><br>", "&nbsp;", "<i>&#8203;</i>"} {
		w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), string(servertest.JSON(servertest.Obj("message", markup, "format", "html")))).
			RequireRefused(400, "message")
	}
	imported := visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "brief", true, "history", []any{
		servertest.Obj("sender", "assistant", "message", "\u200b"), servertest.Obj("sender", "assistant", "message", "<br>", "format", "html"),
		servertest.Obj("sender", "assistant", "message", "seen"),
		servertest.Obj("sender", "assistant"),
	}))
	require.Len(t, imported["history"], 1)
	assert.Equal(t, "seen", imported["history"].([]any)[0].(servertest.Object)["message"])
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "message", " ")}))
	visitor.Say(id, " \u200f👍\ufe0f ")
	assert.Equal(t, []any{" \u200f👍\ufe0f "}, visitor.Texts(id))
}
