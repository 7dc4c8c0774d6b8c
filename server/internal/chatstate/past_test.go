package chatstate

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

// saidOf is a message of a chat at an index.
func saidOf(n int, sender string) chat.Entry {
	message := MessageJSON("c", n, sender, "text", "hello", float64(1000+n)).Done()
	return fact(chat.EventMessage, `{"chatId":"c","userId":"`+sender+`","message":`+string(message)+`}`)
}

// fileOf is the message about a file at an index.
func fileOf(n int, id string) chat.Entry {
	return fact(chat.EventMessage, fmt.Sprintf(`{"chatId":"c","message":{"id":"c.%d","chat":"c","sender":"v","type":"media","message":{"id":%q,"size":%d},"created":%d}}`,
		n+1, id, 100+n, 1000+n))
}

func agentReads(n int) chat.Entry { return fact(chat.EventRead, string(ReadData("c", "a", n, true))) }

// everything is a chat in which all happens that a chat is folded from.
func everything(t *testing.T) *Folded {
	t.Helper()
	imported := string(ImportedJSON("c", 1, []Imported{{Sender: "v", Kind: "text", Text: "before"}}, 900))
	return foldOf(t, `{}`,
		saidOf(0, "bot"), fact(chat.EventImport, `{"chatId":"c","userId":"v","history":`+imported+`}`), saidOf(2, "v"),
		fact(chat.EventAssign, `{"attempt":1,"agent":`+agent+`}`), fact(EventReject, `{"userId":"a"}`), fact(chat.EventJoin, `{"user":`+agent+`}`),
		fileOf(3, "c-one"), agentReads(3), fact(EventUpdate, `{"changes":{"lang":"de"}}`),
		fact(chat.EventExpiryAlert, `{}`), saidOf(4, "a"), fact(chat.EventJoin, `{"user":`+lead+`,"mode":"watch"}`), fileOf(5, "c-two"),
		fact(chat.EventLeave, `{"userId":"a","inQueue":true}`), agentReads(5), saidOf(6, "v"), fact(chat.EventExpiryAlert, `{}`),
		fact(chat.EventClose, `{}`), fact(chat.EventInfo, `{"data":{"ticketId":"c-t","ticketNumber":"7"}}`))
}

// The past of a chat is what folding the entries up to there gives.
func TestThePast(t *testing.T) {
	now := everything(t).Snapshot()
	require.Len(t, now.Messages, 7)
	require.Len(t, now.Log, 20)
	fold := NewFolded(ids.Key{ID: "c"})
	for n, r := range now.Log {
		require.NoError(t, fold.Apply(fold.Next(r.Entry), r.Seq, time.Unix(0, 0)))
		for _, seq := range []uint64{r.Seq, r.Seq + 5} {
			assert.Equal(t, fold.Snapshot(), filled(now.Until(seq)), "after entry %d", n)
		}
		past := now.At(r.Seq)
		assert.Equal(t, fold.Chat, past.Chat, "after entry %d", n)
		assert.Equal(t, fold.last, past.last)
		assert.Equal(t, fold.Seq, past.Seq)
		assert.Equal(t, fold.Queue.Enqueued, past.Queue.Enqueued)
	}
	assert.Zero(t, now.Until(9).Seq)
	assert.Zero(t, now.At(9).Seq)
}

// filled has nil in the place of slices that are empty, as a chat has that was folded.
func filled(s State) State {
	if len(s.Messages) == 0 {
		s.Messages = nil
	}
	if len(s.reads) == 0 {
		s.reads = nil
	}
	if len(s.files) == 0 {
		s.files = nil
	}
	return s
}

func TestFileMessage(t *testing.T) {
	now := everything(t).Snapshot()
	for id, want := range map[string]string{"c-one": `"c.4"`, "c-two": `"c.6"`, "c-three": "", "": ""} {
		assert.Equal(t, want, string(wire.Member(now.FileMessage(id), "id")), id)
	}
	then := now.Until(100)
	assert.NotNil(t, then.FileMessage("c-one"))
	assert.Nil(t, then.FileMessage("c-two"))
}

// What is asked for of a part of a chat costs by that part, however much was said in it.
func TestLongChatsCostByWhatIsAskedFor(t *testing.T) {
	const messages = 5000
	entries := []chat.Entry{fact(chat.EventJoin, `{"user":`+agent+`}`)}
	for n := range messages {
		entries = append(entries, saidOf(n, "v"))
	}
	f := foldOf(t, `{}`, append(entries, agentReads(messages-1), fileOf(messages, "c-one"))...)
	now := f.Snapshot()
	require.Len(t, now.reads, messages)
	for name, ask := range map[string]func(){
		"a file":             func() { now.FileMessage("c-one") },
		"no file":            func() { now.FileMessage("c-none") },
		"the chat until now": func() { now.Until(now.Seq) },
		"the chat as it was": func() { now.At(now.Seq) },
		"the last message": func() {
			for range now.Conversation().Between(messages, messages+1).Each() {
			}
		},
	} {
		assert.Less(t, testing.AllocsPerRun(3, ask), 100.0, name)
	}
}
