package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

func texts(list any) (found []string) {
	for _, m := range list.([]any) {
		found = append(found, dig(m, "message").(string))
	}
	return found
}

// What was said elsewhere comes into the log as one entry and into the
// conversation by its time; everybody in the chat gets it, and it is news to
// nobody.
func TestImportHistory(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	tab := w.open(t, visitor.l)
	live := visitor.say(id, "live")["message"]
	asked := visitor.post(chat.EventImport, obj("chatId", id, "history", []any{
		obj("sender", "assistant", "message", "second", "created", 1700000002),
		obj("sender", visitor.l.id, "message", "first", "created", 1700000001, "type", "object"),
	}))
	reply := parsed(visitor.reply(asked).Data)
	all := reply["history"].([]any)
	assert.Equal(t, []string{"first", "second", "live"}, texts(all))
	assert.Equal(t, live, all[2])
	assert.Equal(t, obj("id", id+".3", "chat", id, "sender", visitor.l.id, "type", "object", "message", "first",
		"created", 1700000001.0, "imported", true), all[0])
	for p, eventID := range map[*peer]string{agent: "", tab: asked} {
		f := p.nextFrame(chat.EventImport)
		assert.Equal(t, []string{"second", "first"}, texts(parsed(f.Data)["history"]))
		assert.Equal(t, visitor.l.id, parsed(f.Data)["userId"])
		assert.Equal(t, eventID, f.EventID)
		assert.EqualValues(t, reply["seq"], f.Seq)
	}

	visitor.postAs(asked, chat.EventImport, obj("chatId", id, "history", []any{obj("sender", "assistant", "message", "again")}))
	found := visitor.ask("chats:get", obj("chatId", id))
	assert.Equal(t, []string{"live", "second", "first"}, texts(dig(found, "chat", "history")), "a repeated request has its effect once")
	assert.Len(t, visitor.ask(chat.EventImport, obj("chatId", id, "history", []any{}))["history"], 3)
	brief := visitor.ask(chat.EventImport, obj("chatId", id, "brief", true, "history", []any{obj("sender", "assistant", "message", "third", "created", 1700000003)}))
	assert.Equal(t, []string{"third"}, texts(brief["history"]), "brief: what was imported now")

	a := w.rest("POST", "/chats/"+id+"/history", as(agent.l), `{"history":[{"sender":"assistant","message":"by REST","created":1}]}`)
	require.Equal(t, 200, a.status, a.body)
	assert.Equal(t, "by REST", texts(a.json["history"])[0])
}

func TestImportHistoryRefused(t *testing.T) {
	w := newWorld(t, Limits{MessageLength: 20})
	visitor, agent, id := w.conversation(t)
	entry := func(kv ...any) []any { return []any{obj("sender", "assistant", "message", "fine"), obj(kv...)} }
	many := make([]any, ImportedAtMost+1)
	for i := range many {
		many[i] = obj("sender", "assistant", "message", "x")
	}
	for _, c := range []struct {
		name    string
		history any
		code    int
		about   string
	}{
		{"missing", nil, 400, "history: must be given"},
		{"no list", "hello", 400, "history: "},
		{"an entry is no object", []any{7}, 400, "history: entry 0: "},
		{"no sender", entry("message", "x"), 400, "history: entry 1: sender"},
		{"sender too long", entry("sender", strings.Repeat("s", 129), "message", "x"), 400, "history: entry 1: sender"},
		{"text is no text", entry("sender", "a", "message", obj("a", 1)), 400, "history: entry 1: message"},
		{"text too long", entry("sender", "a", "message", strings.Repeat("x", 21)), 413, "history: entry 1: message"},
		{"unknown type", entry("sender", "a", "message", "x", "type", "media"), 400, "history: entry 1: type"},
		{"created is no number", entry("sender", "a", "message", "x", "created", "now"), 400, "history: entry 1: created"},
		{"created in the future", entry("sender", "a", "message", "x", "created", ids.Unix(time.Now().Add(time.Hour))), 400, "future"},
		{"created in milliseconds", entry("sender", "a", "message", "x", "created", 1700000000000), 400, "history: entry 1: created"},
		{"too many", many, 413, "more than 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			visitor.refused(chat.EventImport, obj("chatId", id, "history", c.history), c.code, c.about)
		})
	}
	stranger := w.open(t, w.visitor("Paul"))
	stranger.refused(chat.EventImport, obj("chatId", id, "history", entry("sender", "a", "message", "x")), 403, "not in chat")
	agent.ask(chat.EventClose, obj("chatId", id))
	visitor.refused(chat.EventImport, obj("chatId", id, "history", entry("sender", "a", "message", "x")), 410, "closed")
	visitor.forget(id)
	assert.Empty(t, dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "history"))
}

// Who has read a message is told in every history, also after a restart.
func TestReadersInHistory(t *testing.T) {
	dir := t.TempDir()
	w := worldOn(t, storetest.Engine(t, dir), Limits{})
	visitor, agent, id := w.conversation(t)
	for n := range 3 {
		visitor.say(id, fmt.Sprint("message ", n))
	}
	agent.ask(chat.EventRead, obj("messageId", id+".2"))
	readers := func(list any) (found []any) {
		for _, m := range list.([]any) {
			found = append(found, dig(m, "readBy"))
		}
		return found
	}
	want := []any{nil, []any{agent.l.id}, nil}
	other := worldOn(t, w.engine, Limits{}) // folds the log anew
	for _, w := range []*world{w, other} {
		assert.Equal(t, want, readers(w.rest("GET", "/chats/"+id+"/messages", as(visitor.l), "").json["messages"]))
		assert.Equal(t, want, readers(dig(w.dial(t).openSession(visitor.l, nil), "chats", id, "history")))
	}
	visitor.ask(chat.EventRead, obj("messageId", id+".2"))
	assert.Equal(t, []any{nil, []any{agent.l.id, visitor.l.id}, nil}, readers(dig(agent.ask("chats:get", obj("chatId", id)), "chat", "history")))
}

// One request marks all that others wrote before a message, and what is imported
// is nobody's to read.
func TestReadUpTo(t *testing.T) {
	w := newWorld(t, Limits{})
	visitor, agent, id := w.conversation(t)
	agent.say(id, "one")
	visitor.say(id, "two")
	visitor.ask(chat.EventImport, obj("chatId", id, "history", []any{obj("sender", "assistant", "message", "three")}))
	agent.say(id, "four")
	agent.say(id, "five")
	reply := visitor.ask(chat.EventRead, obj("messageId", id+".4", "upTo", true))
	assert.Equal(t, "four", dig(reply, "message", "message"))
	push := parsed(agent.nextFrame(chat.EventRead).Data)
	assert.Equal(t, []any{true, visitor.l.id, "four"}, []any{push["upTo"], push["userId"], dig(push, "message", "message")})
	again := visitor.ask(chat.EventRead, obj("messageId", id+".4", "upTo", true))
	assert.Nil(t, again["seq"], "once is enough")
	visitor.refused(chat.EventRead, obj("messageId", id+".4", "upTo", 7), 400, "upTo")
	var readers []any
	for _, m := range dig(visitor.ask("chats:get", obj("chatId", id)), "chat", "history").([]any) {
		readers = append(readers, dig(m, "readBy"))
	}
	mine := []any{visitor.l.id}
	assert.Equal(t, []any{mine, nil, nil, mine, nil}, readers)
}
