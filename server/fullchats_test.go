package server_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatlog"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Of the full chats of one address. The node keeps one chat in memory.
const (
	fullChats    = 12
	fullMessages = 40
	fullMessage  = 400_000
)

// withFullChats makes a world with waiting chats of strangers, half as long as chats get.
func withFullChats(t *testing.T) (w *servertest.World, strangers []servertest.Login, chats []string) {
	t.Helper()
	w = servertest.New(t, server.Limits{CachedChats: 1})
	w.HTTP.Config.Handler = server.AddressOptions{}.Handler(w.Server.Handler()) // Described is slower than the server
	for range fullChats {
		stranger := w.Visitor("Stranger")
		id := w.Rest("POST", "/chats", servertest.As(stranger), `{"room":"1"}`).Text("chat", "id")
		floodChat(w, id, stranger.ID, fullMessages, fullMessage)
		strangers, chats = append(strangers, stranger), append(chats, id)
	}
	return w, strangers, chats
}

// statusOf asks from an address, and gives 0 without an answer.
func statusOf(ctx context.Context, w *servertest.World, method, path string, as http.Header, body string) int {
	r, err := http.NewRequestWithContext(ctx, method, w.HTTP.URL+"/v1"+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header = as
	r.Header.Set("Content-Type", "application/json")
	a, err := w.Client.Do(r)
	if err != nil {
		return 0
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, a.Body)
	return a.StatusCode
}

// Whoever asks for many long chats at once, however little of each, waits for their own: the
// messages of others do not wait for these, and few of them are in memory.
func TestFullChatsHoldUpNobodyElse(t *testing.T) {
	w, strangers, chats := withFullChats(t)
	vera := w.Visitor("Vera")
	id := w.Rest("POST", "/chats", from(servertest.As(vera), "203.0.113.5"), `{"room":"1"}`).Text("chat", "id")
	say := func() time.Duration {
		began := time.Now()
		require.Equal(t, 200, statusOf(t.Context(), w, "POST", "/chats/"+id+"/messages", from(servertest.As(vera), "203.0.113.5"), `{"message":"hi"}`))
		return time.Since(began)
	}
	median := func() time.Duration {
		var took []time.Duration
		next := time.NewTicker(50 * time.Millisecond) // as people write, not as fast as possible
		defer next.Stop()
		for range 15 {
			took = append(took, say())
			<-next.C
		}
		return slices.Sorted(slices.Values(took))[len(took)/2]
	}
	usual, before := median(), used()
	var asking sync.WaitGroup
	var answered atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	for n := range fullChats {
		asking.Go(func() {
			for ctx.Err() == nil {
				if statusOf(ctx, w, "GET", "/chats/"+chats[n]+"?fields=users", from(servertest.As(strangers[n]), "198.51.100.9"), "") == 200 {
					answered.Add(1)
				}
			}
		})
	}
	require.Eventually(t, func() bool { return answered.Load() > 0 }, 10*time.Second, time.Millisecond)
	flooded, most := median(), used()-before
	t.Logf("a message takes %s, and %s beside %d readings; %d MB", usual, flooded, answered.Load(), most>>20)
	stop()
	asking.Wait()
	assert.Less(t, flooded, 2*usual+50*time.Millisecond)
	assert.Less(t, most, int64(4*fullMessages*fullMessage))
}

// The list of those who wait does not depend on how long their chats are, and has also one
// that cannot be read.
func TestFullChatsHideNobody(t *testing.T) {
	w, _, chats := withFullChats(t)
	chats = append(chats, w.Rest("POST", "/chats", servertest.As(w.Visitor("Vera")), `{"room":"1"}`).Text("chat", "id"))
	agent := w.Agent("agent1")
	list := func(w *servertest.World) {
		began := time.Now()
		listed := w.Listed(agent, "status=waiting")
		took := time.Since(began)
		t.Logf("%d chats listed in %s", len(listed), took)
		assert.ElementsMatch(t, chats, listed)
		assert.Less(t, took, 4*time.Second)
	}
	list(w)
	_, err := w.Engine.JS.Publish(t.Context(), chatlog.SubjectPrefix+"demo."+chats[1], []byte("damaged"))
	require.NoError(t, err)
	_, _, err = roomsOf(w).Log.ViewLatest(t.Context(), ids.Key{App: "demo", ID: chats[1]})
	storetest.RequireCode(t, wire.CodeUnavailable, err)
	list(w)
	crash(w)
	list(servertest.On(t, w.Engine, server.Limits{CachedChats: 1}))
}
