package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// socketsOf counts the sockets of the server.
func socketsOf(w *servertest.World) int { return roomsOf(w).Hub.Sockets() }

// Tabs that share a socket are connections of their own: what one does, the others hear,
// and each hears what its user hears.
func TestTabsOnOneSocket(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	tab := visitor.OpenChannel(visitor.Login)
	another := visitor.OpenChannel(visitor.Login)
	assert.Equal(t, 4, connectionsTo(w))
	assert.Equal(t, 2, socketsOf(w), "the visitor's, and the agent's")

	tab.Say(id, "from a tab") // servertest.Peer holds that it does not come back
	for _, p := range []*servertest.Peer{visitor, another, agent} {
		assert.Equal(t, "from a tab", servertest.Dig(p.Next(chat.EventMessage), "message", "message"))
	}
	visitor.Say(id, "from the first")
	agent.Say(id, "from the agent")
	for _, p := range []*servertest.Peer{tab, another} {
		assert.Equal(t, "from the first", servertest.Dig(p.Next(chat.EventMessage), "message", "message"))
		assert.Equal(t, "from the agent", servertest.Dig(p.Next(chat.EventMessage), "message", "message"))
	}
	alive(tab)
}

// alive requires that a connection goes on.
func alive(p *servertest.Peer) {
	p.T.Helper()
	p.Raw([]byte(`{"event":"ping"}`))
	p.NextFrame(wire.EventPong)
}

// A channel that ends is a connection that ends: of a user's tabs the last one counts.
func TestATabIsClosed(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	carrier := w.Open(t, w.Visitor("Carl")) // users may be different ones
	visitor.Leave()
	agent.Activity(visitor.Login.ID, "leave")
	one, two := carrier.OpenChannel(visitor.Login), carrier.OpenChannel(visitor.Login)
	key := ids.Key{App: "demo", ID: visitor.Login.ID}
	one.Leave()
	require.Eventually(t, func() bool { return connectionsTo(w) == 3 }, storetest.WaitFor, storetest.Tick)
	assert.True(t, roomsOf(w).Hub.Connected(key))
	two.Say(id, "I am still here")
	agent.Next(chat.EventMessage)
	two.Leave()
	agent.Activity(visitor.Login.ID, "leave")
	assert.False(t, roomsOf(w).Hub.Connected(key))
	alive(carrier)

	again := carrier.OpenChannel(visitor.Login)
	again.Say(id, "and back")
	agent.Next(chat.EventMessage)
	carrier.Leave()
	agent.Activity(visitor.Login.ID, "leave")
	again.Ended()
	require.Eventually(t, func() bool { return connectionsTo(w) == 1 }, storetest.WaitFor, storetest.Tick, "channels end with their socket")
}

// Requests of several channels that arrive together, in whatever turn, keep the order of
// each.
func TestChannelsKeepTheirOrders(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessagesPerSecond: 100_000})
	first := w.Open(t, w.Visitor("Vera"))
	peers := []*servertest.Peer{first, first.OpenChannel(w.Visitor("Vic")), first.OpenChannel(w.Visitor("Val"))}
	var chats []string
	for _, p := range peers {
		chats = append(chats, p.NewChat())
	}
	const n = 300
	var want []string
	first.AtOnce(func() {
		for i := range n {
			want = append(want, fmt.Sprint(i))
			for of, p := range peers {
				p.PostAs(want[i], chat.EventMessage, servertest.Obj("chatId", chats[of], "message", want[i]))
			}
		}
	})
	for of, p := range peers {
		at := 0
		for _, id := range want {
			f := p.Find("reply to "+id, func(i int, f wire.Frame) bool { at = i; return f.ID == id })
			require.Nil(t, f.Error)
			p.Mu.Lock()
			p.Frames = p.Frames[at+1:] // the next reply comes later
			p.Mu.Unlock()
		}
		assert.Equal(t, strings.Join(want, " "), textsOf(w, chats[of]))
	}
}

// Tabs come, write and go at random, on one socket. What each has sent before its end is
// stored, in its order; servertest.Peer holds that each hears of all the others.
func TestTabsComeAndGo(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessagesPerSecond: 100_000})
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			vera := w.Visitor("Vera")
			first := w.Open(t, vera)
			id := first.NewChat()
			tabs, names, sent := []*servertest.Peer{first}, []string{"first"}, map[string]int{}
			for range 40 {
				n := random.IntN(len(tabs))
				switch act := random.IntN(6); {
				case act == 0:
					tabs, names = append(tabs, first.OpenChannel(vera)), append(names, fmt.Sprint("tab", len(sent)))
					sent[names[len(names)-1]] = 0
				case act == 1 && n > 0:
					tabs[n].Leave()
					tabs, names = slices.Delete(tabs, n, n+1), slices.Delete(names, n, n+1)
				default:
					first.AtOnce(func() {
						for range random.IntN(20) {
							n := random.IntN(len(tabs))
							tabs[n].Post(chat.EventMessage, servertest.Obj("chatId", id, "message", fmt.Sprint(names[n], ":", sent[names[n]])))
							sent[names[n]]++
						}
					})
				}
			}
			total := 0
			for _, n := range sent {
				total += n
			}
			var stored []string
			require.Eventually(t, func() bool {
				stored = strings.Fields(textsOf(w, id))
				return len(stored) == total
			}, storetest.WaitFor, storetest.Tick)
			next := map[string]int{}
			for _, text := range stored {
				name, number, _ := strings.Cut(text, ":")
				require.Equal(t, fmt.Sprint(next[name]), number, "%s sent in this order", name)
				next[name]++
			}
			last := stateOf(w, id).Chat.Seq
			for _, p := range tabs {
				require.Eventually(t, func() bool { return p.Position(id) == last }, storetest.WaitFor, storetest.Tick)
			}
		})
	}
}

// A refused session ends its channel alone. The client ends the channel after bye; the
// server does if the client does not.
func TestRefusedChannel(t *testing.T) {
	t.Parallel()
	for _, rude := range []bool{false, true} {
		w := servertest.New(t, server.Limits{Bye: 20 * time.Millisecond})
		vera := w.Visitor("Vera")
		first := w.Open(t, vera)
		other, tab := first.OpenChannel(vera), first.Channel()
		tab.Rude = rude
		tab.Refused(wire.EventOpen, servertest.Obj("appId", "demo", "token", "nonsense"), 401, "token")
		assert.EqualValues(t, 4001, tab.Next(wire.EventBye)["code"])
		require.Eventually(t, func() bool { return connectionsTo(w) == 2 }, storetest.WaitFor, storetest.Tick)
		if rude {
			tab.Ended()
			assert.ErrorIs(t, tab.Err, servertest.ErrChannelEnded)
		}
		alive(other)
		alive(first)
	}
}

// A channel on which no session is opened is ended alone.
func TestChannelWithoutSession(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{OpenWithin: 3 * time.Second, Bye: 20 * time.Millisecond})
	first := w.Open(t, w.Visitor("Vera"))
	tab := first.Channel()
	tab.Rude = true
	alive(tab)
	assert.EqualValues(t, 4002, tab.Next(wire.EventBye)["code"])
	tab.Ended()
	assert.ErrorIs(t, tab.Err, servertest.ErrChannelEnded)
	alive(first)
}

// A channel that is silent is ended alone.
func TestSilentChannel(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{IdleAfter: 3 * time.Second})
	vera := w.Visitor("Vera")
	first := w.Open(t, vera)
	frozen := first.OpenChannel(vera)
	for connectionsTo(w) > 1 {
		first.NextFrame(wire.EventPing)
		first.Raw([]byte(`{"event":"pong"}`))
	}
	frozen.Ended()
	assert.ErrorIs(t, frozen.Err, servertest.ErrChannelEnded)
	alive(first)
}

// A session that is closed ends on all tabs; the closing one gets its reply.
func TestLogoutOnAChannel(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	first := w.Open(t, w.Visitor("Carl"))
	one, two := first.OpenChannel(vera), first.OpenChannel(vera)
	one.Ask(wire.EventClose, nil)
	one.Next(wire.EventBye)
	assert.EqualValues(t, 4001, two.Next(wire.EventBye)["code"])
	require.Eventually(t, func() bool { return connectionsTo(w) == 1 }, storetest.WaitFor, storetest.Tick)
	alive(first)
}

// A server that goes away says bye on every channel, and then to the first connection, after
// whose bye a client closes the socket. It waits for that.
func TestServerGoesAwayFromChannels(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Bye: 20 * time.Millisecond})
	vera := w.Visitor("Vera")
	rude := []*servertest.Peer{w.Open(t, vera)}
	for range 3 {
		rude = append(rude, rude[0].OpenChannel(vera))
	}
	for _, p := range rude {
		p.Rude = true
	}
	polite := w.Open(t, vera)
	tab := polite.OpenChannel(vera)
	tab.Rude = true
	closed := make(chan error, 1)
	go func() {
		ctx, stop := servertest.ContextWithin(storetest.WaitFor)
		defer stop()
		closed <- w.Server.Close(ctx)
	}()
	assert.EqualValues(t, 1001, rude[0].Next(wire.EventBye)["code"])
	polite.Next(wire.EventBye)
	for _, p := range append(rude, tab) { // nobody answers any more, so what has come is looked at
		p.Mu.Lock()
		assert.True(t, slices.ContainsFunc(p.Frames, func(f wire.Frame) bool { return f.Event == wire.EventBye }))
		p.Mu.Unlock()
	}
	require.NoError(t, <-closed)
	for _, p := range append(rude, polite, tab) {
		p.Ended()
	}
}

// A crash of the server leaves nothing running.
func TestChannelsAreCut(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	first := w.Open(t, vera)
	tab := first.OpenChannel(vera)
	roomsOf(w).Hub.CutAll()
	first.Ended()
	tab.Ended()
	require.Eventually(t, func() bool { return connectionsTo(w) == 0 }, storetest.WaitFor, storetest.Tick)
}
