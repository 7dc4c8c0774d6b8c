package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

func texts(list any) (found []string) {
	for _, m := range list.([]any) {
		found = append(found, servertest.Dig(m, "message").(string))
	}
	return found
}

// An import is one entry of the log, and its messages stand in the conversation by
// their times. All members get it, and its messages are unread for nobody.
func TestImportHistory(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	tab := w.Open(t, visitor.Login)
	live := visitor.Say(id, "live")["message"]
	asked := visitor.Post(chat.EventImport, servertest.Obj("chatId", id, "history", []any{
		servertest.Obj("sender", "assistant", "message", "second", "created", 1700000002),
		servertest.Obj("sender", visitor.Login.ID, "message", "first", "created", 1700000001, "type", "object"),
	}))
	reply := servertest.Parsed(visitor.Reply(asked).Data)
	all := reply["history"].([]any)
	assert.Equal(t, []string{"first", "second", "live"}, texts(all))
	assert.Equal(t, live, all[2])
	assert.Equal(t, servertest.Obj("id", id+".3", "chat", id, "sender", visitor.Login.ID, "type", "object", "message", "first",
		"created", 1700000001.0, "imported", true), all[0])
	for p, eventID := range map[*servertest.Peer]string{agent: "", tab: asked} {
		f := p.NextFrame(chat.EventImport)
		assert.Equal(t, []string{"second", "first"}, texts(servertest.Parsed(f.Data)["history"]))
		assert.Equal(t, visitor.Login.ID, servertest.Parsed(f.Data)["userId"])
		assert.Equal(t, eventID, f.EventID)
		assert.EqualValues(t, reply["seq"], f.Seq)
	}

	visitor.PostAs(asked, chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "message", "again")}))
	found := visitor.Ask("chats:get", servertest.Obj("chatId", id))
	assert.Equal(t, []string{"live", "second", "first"}, texts(servertest.Dig(found, "chat", "history")), "a repeated request has its effect once")
	assert.Len(t, visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{}))["history"], 3)
	brief := visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "brief", true, "history", []any{servertest.Obj("sender", "assistant", "message", "third", "created", 1700000003)}))
	assert.Equal(t, []string{"third"}, texts(brief["history"]), "brief: what was imported now")

	a := w.Rest("POST", "/chats/"+id+"/history", servertest.As(agent.Login), `{"history":[{"sender":"assistant","message":"by REST","created":1}]}`)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Equal(t, "by REST", texts(a.JSON["history"])[0])
}

func TestImportHistoryRefused(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessageLength: 20})
	visitor, agent, id := w.Conversation(t)
	entry := func(kv ...any) []any {
		return []any{servertest.Obj("sender", "assistant", "message", "fine"), servertest.Obj(kv...)}
	}
	many := make([]any, server.ImportedAtMost+1)
	for i := range many {
		many[i] = servertest.Obj("sender", "assistant", "message", "x")
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
		{"text is no text", entry("sender", "a", "message", servertest.Obj("a", 1)), 400, "history: entry 1: message"},
		{"text too long", entry("sender", "a", "message", strings.Repeat("x", 21)), 413, "history: entry 1: message"},
		{"unknown type", entry("sender", "a", "message", "x", "type", "media"), 400, "history: entry 1: type"},
		{"created is no number", entry("sender", "a", "message", "x", "created", "now"), 400, "history: entry 1: created"},
		{"created before 1970", entry("sender", "a", "message", "x", "created", -1), 400, "history: entry 1: created"},
		{"created in milliseconds", entry("sender", "a", "message", "x", "created", 1700000000000), 400, "history: entry 1: created"},
		{"too many", many, 413, "more than 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			visitor.Refused(chat.EventImport, servertest.Obj("chatId", id, "history", c.history), c.code, c.about)
		})
	}
	stranger := w.Open(t, w.Visitor("Paul"))
	stranger.Refused(chat.EventImport, servertest.Obj("chatId", id, "history", entry("sender", "a", "message", "x")), 403, "not in chat")
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	visitor.Refused(chat.EventImport, servertest.Obj("chatId", id, "history", entry("sender", "a", "message", "x")), 410, "closed")
	visitor.Forget(id)
	assert.Empty(t, servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "history"))
}

// The clock of whoever imports may be wrong by years. No entry is later than now, or
// refused for its time; those without a time keep their place.
func TestImportedTimes(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	const year = 365 * 24 * time.Hour
	began := ids.Unix(time.Now())
	at := func(d time.Duration) float64 { return began + d.Seconds() }
	entry := func(text string, created ...any) map[string]any {
		e := servertest.Obj("sender", "assistant", "message", text)
		for _, c := range created {
			e["created"] = c
		}
		return e
	}
	const now = -1 // the time of the import
	for _, c := range []struct {
		name    string
		entries []any
		want    []float64 // in the order of the conversation, which is that of the entries
	}{
		{"none is given", []any{entry("a"), entry("b")}, []float64{now, now}},
		{"in the past", []any{entry("a", at(-10*year)), entry("b", at(-time.Hour)), entry("c", at(-7*time.Minute))},
			[]float64{at(-10 * year), at(-time.Hour), at(-7 * time.Minute)}},
		{"in the future", []any{entry("a", at(7*time.Minute)), entry("b", at(3*time.Hour)), entry("c", at(2*24*time.Hour)), entry("d", at(10*year))},
			[]float64{now, now, now, now}},
		{"both", []any{entry("a", at(-time.Hour)), entry("b", at(time.Hour))}, []float64{at(-time.Hour), now}},
		{"some are given", []any{entry("a"), entry("b", at(-time.Hour)), entry("c"), entry("d", at(-time.Minute)), entry("e")},
			[]float64{at(-time.Hour), at(-time.Hour), at(-time.Minute), at(-time.Minute), now}},
		{"the epoch", []any{entry("a", 0), entry("b")}, []float64{0, now}},
	} {
		t.Run(c.name, func(t *testing.T) {
			visitor := w.Open(t, w.Visitor("Vera"))
			chatID := servertest.Dig(visitor.Ask(chat.EventCreate, servertest.Obj("room", "1", "history", c.entries)), "chat", "id").(string)
			imports := w.Open(t, w.Visitor("Ina"))
			other := servertest.Dig(imports.Ask(chat.EventCreate, servertest.Obj("room", "1")), "chat", "id").(string)
			imports.Ask(chat.EventImport, servertest.Obj("chatId", other, "history", c.entries))
			for p, id := range map[*servertest.Peer]string{visitor: chatID, imports: other} {
				p.Say(id, "live")
				list := p.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{}))["history"].([]any)
				require.Len(t, list, len(c.want)+1)
				for i, want := range c.want {
					created := servertest.Dig(list[i], "created").(float64)
					assert.Equal(t, servertest.Dig(c.entries[i], "message"), servertest.Dig(list[i], "message"))
					if want == now {
						assert.GreaterOrEqual(t, created, began)
						assert.LessOrEqual(t, created, ids.Unix(time.Now()))
					} else {
						assert.InDelta(t, want, created, 0.001)
					}
				}
				assert.Equal(t, "live", servertest.Dig(list[len(c.want)], "message"), "what is said later stands below")
			}
		})
	}
}

// Every history has the readers of each message, also after a restart.
func TestReadersInHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	visitor, agent, id := w.Conversation(t)
	for n := range 3 {
		visitor.Say(id, fmt.Sprint("message ", n))
	}
	agent.Ask(chat.EventRead, servertest.Obj("messageId", id+".2"))
	readers := func(list any) (found []any) {
		for _, m := range list.([]any) {
			found = append(found, servertest.Dig(m, "readBy"))
		}
		return found
	}
	want := []any{nil, []any{agent.Login.ID}, nil}
	other := servertest.On(t, w.Engine, server.Limits{}) // folds the log anew
	for _, w := range []*servertest.World{w, other} {
		assert.Equal(t, want, readers(w.Rest("GET", "/chats/"+id+"/messages", servertest.As(visitor.Login), "").JSON["messages"]))
		assert.Equal(t, want, readers(servertest.Dig(w.Dial(t).OpenSession(visitor.Login, nil), "chats", id, "history")))
	}
	visitor.Ask(chat.EventRead, servertest.Obj("messageId", id+".2"))
	assert.Equal(t, []any{nil, []any{agent.Login.ID, visitor.Login.ID}, nil}, readers(servertest.Dig(agent.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "history")))
}

// One request marks as read all that others wrote up to a message. Imported messages
// are not marked.
func TestReadUpTo(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	agent.Say(id, "one")
	visitor.Say(id, "two")
	visitor.Ask(chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "message", "three")}))
	agent.Say(id, "four")
	agent.Say(id, "five")
	reply := visitor.Ask(chat.EventRead, servertest.Obj("messageId", id+".4", "upTo", true))
	assert.Equal(t, "four", servertest.Dig(reply, "message", "message"))
	push := servertest.Parsed(agent.NextFrame(chat.EventRead).Data)
	assert.Equal(t, []any{true, visitor.Login.ID, "four"}, []any{push["upTo"], push["userId"], servertest.Dig(push, "message", "message")})
	again := visitor.Ask(chat.EventRead, servertest.Obj("messageId", id+".4", "upTo", true))
	assert.Nil(t, again["seq"], "once is enough")
	visitor.Refused(chat.EventRead, servertest.Obj("messageId", id+".4", "upTo", 7), 400, "upTo")
	var readers []any
	for _, m := range servertest.Dig(visitor.Ask("chats:get", servertest.Obj("chatId", id)), "chat", "history").([]any) {
		readers = append(readers, servertest.Dig(m, "readBy"))
	}
	mine := []any{visitor.Login.ID}
	assert.Equal(t, []any{mine, nil, nil, mine, nil}, readers)
}
