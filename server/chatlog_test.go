package server_test

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/op"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Chats that the cache has dropped are read from the log again, also while they are
// in use.
func TestTinyCache(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{CachedChats: 1})
	var peers []*servertest.Peer
	var chats []string
	for range 4 {
		p := w.Open(t, w.Visitor("Vera"))
		peers, chats = append(peers, p), append(chats, p.NewChat())
	}
	var wg sync.WaitGroup
	for n, p := range peers {
		wg.Go(func() {
			for i := range 30 {
				p.PostAs(fmt.Sprint("twice", i/2), chat.EventMessage, servertest.Obj("chatId", chats[n], "message", fmt.Sprint(i/2)))
			}
			p.Say(chats[n], "last")
		})
	}
	wg.Wait()
	for n := range peers {
		a := w.Rest("GET", "/chats/"+chats[n]+"/messages", servertest.Secret(), "")
		require.Len(t, a.JSON["messages"], 16, "each once")
	}
}

// A user has one open chat, even if they ask for several at once.
func TestOneOpenChat(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	other := servertest.On(t, w.Engine, server.Limits{})
	vera := w.Visitor("Vera")
	var mu sync.Mutex
	made, refused := 0, 0
	var wg sync.WaitGroup
	for n := range 8 {
		p := []*servertest.World{w, other}[n%2].Open(t, vera)
		wg.Go(func() {
			f := p.Reply(p.Post(chat.EventCreate, servertest.Obj("room", "1")))
			mu.Lock()
			defer mu.Unlock()
			if f.Error == nil {
				made++
			} else if assert.Equal(t, "User already has a chat", f.Error.Message) {
				refused++
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 1, made)
	assert.Equal(t, 7, refused)
}

// If the server crashes before a new chat is in the log, its creator can make another
// one after a while.
func TestClaimLeftOver(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	m := roomsOf(w).Members
	gone := func(string) (exists, isOpen bool, err error) { return false, false, nil }
	require.NoError(t, m.Claim(t.Context(), "demo", "u", "first", gone))
	require.NoError(t, m.Claim(t.Context(), "demo", "u", "first", gone), "the same request again")
	require.ErrorIs(t, m.Claim(t.Context(), "demo", "u", "second", gone), index.ErrHasChat, "it may be under way")
	m.Patience = 0
	require.NoError(t, m.Claim(t.Context(), "demo", "u", "second", gone))
	open := func(string) (exists, isOpen bool, err error) { return true, true, nil }
	require.ErrorIs(t, m.Claim(t.Context(), "demo", "u", "third", open), index.ErrHasChat)
	closed := func(string) (exists, isOpen bool, err error) { return true, false, nil }
	require.NoError(t, m.Claim(t.Context(), "demo", "u", "third", closed))
}

func TestAppendRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	l := roomsOf(w).Log
	never := func(*chatstate.Folded) (wire.Raw, error) { t.Error("build was asked"); return nil, chatlog.ErrNothing }
	_, err := l.Append(t.Context(), ids.Key{App: "demo", ID: "none"}, chatlog.Act{Event: chat.EventMessage}, never)
	storetest.RequireCode(t, 404, err)
	_, _, err = l.View(t.Context(), ids.Key{App: "demo", ID: "none"}, 0)
	storetest.RequireCode(t, 404, err)

	over, stop := context.WithCancel(t.Context())
	stop()
	_, _, err = l.View(over, ids.Key{App: "demo", ID: "other"}, 0)
	storetest.RequireCode(t, 503, err)
}

// An entry that cannot be read keeps its position and breaks nothing else.
func TestNonsenseInTheLog(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	p := w.Open(t, w.Visitor("Vera"))
	id := p.NewChat()
	for _, data := range []string{`{"chatId":"` + id + `","user":5}`, `{"chatId":"` + id + `"}`} {
		_, err := roomsOf(w).Log.Append(t.Context(), ids.Key{App: "demo", ID: id}, chatlog.Act{By: chat.System, Event: chat.EventJoin}, func(*chatstate.Folded) (wire.Raw, error) {
			return wire.Raw(data), nil
		})
		require.NoError(t, err)
		p.NextFrame(chat.EventJoin)
	}
	p.Say(id, "goes on")
	other := servertest.On(t, w.Engine, server.Limits{})
	assert.Len(t, other.Rest("GET", "/chats/"+id+"/messages", servertest.Secret(), "").JSON["messages"], 1)
}

// A panic in one operation is an error for its caller alone.
func TestDefect(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	broken := roomsOf(w).Table.Event("chats:get")
	broken.Do = func(context.Context, *op.Call) (op.Result, error) { panic("defect") }
	p := w.Open(t, w.Visitor("Vera"))
	id := p.NewChat()
	w.Rest("GET", "/chats/"+id, servertest.As(p.Login), "").RequireRefused(500, "internal error")
	p.Refused(broken.Event, servertest.Obj("chatId", id), 500, "internal error")
	p.Ask(chat.EventClose, servertest.Obj("chatId", id))
	p.NewChat()
}

// With the store gone each request ends with an error, and the server can be
// closed.
func TestStoreGone(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	w := servertest.On(t, e, server.Limits{})
	p := w.Open(t, w.Visitor("Vera"))
	id := p.NewChat()
	e.NC.Close()
	f := p.Reply(p.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", "x")))
	require.NotNil(t, f.Error)
	assert.Equal(t, 503, f.Error.Code)
	assert.GreaterOrEqual(t, w.Rest("GET", "/chats", servertest.Secret(), "").Status, 500)
}

// A closed server leaves nothing running.
func TestCloseLeavesNothing(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	w := servertest.On(t, e, server.Limits{})
	agent, visitor := w.Open(t, w.Agent("agent1")).OnDuty(), w.Open(t, w.Visitor("Vera"))
	require.NotEmpty(t, search(visitor, visitor.NewChat()))
	agent.Leave()
	w.Close()
	visitor.Ended()
	ours := regexp.MustCompile(`parley/server\.\(\*(Server|conn|Log|mirror|timers|duty)\)`)
	stacks := make([]byte, 4<<20)
	assert.Eventually(t, func() bool {
		return !ours.Match(stacks[:runtime.Stack(stacks, true)])
	}, storetest.WaitFor, storetest.Tick)
	if t.Failed() {
		t.Logf("%s", stacks[:runtime.Stack(stacks, true)])
	}
}
