package limit

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The meter counts a request for the user, then for their address, then for the app. A request that one of them
// refuses is not counted for those that follow.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(Table{{Chats, Address}: {1, 5}, {Chats, Visitor}: {1, 2}, {Chats, Agent}: {1, 2}, {Chats, App}: {1, 10}, {Chats, Secret}: {1, 3}})
		take := func(c Caller) (refusedBy Scope) {
			if r := m.Take(Chats, c); r != nil {
				return r.Count.Scope
			}
			return ""
		}
		caller := func(address, user string) Caller {
			return Caller{Network: NetworkOf(netip.MustParseAddr(address)), App: "a", User: user, Scope: Visitor}
		}
		agent := caller("192.0.2.1", "a")
		agent.Scope = Agent
		for _, tc := range []struct {
			name string
			Caller
			refusedBy Scope
		}{
			{"the first", caller("192.0.2.1", "v"), ""},
			{"the second", caller("192.0.2.1", "v"), ""},
			{"a visitor's third", caller("192.0.2.1", "v"), Visitor},
			{"a visitor's fourth", caller("192.0.2.1", "v"), Visitor},
			{"another visitor", caller("192.0.2.1", "w"), ""},
			{"the second of another", caller("192.0.2.1", "w"), ""},
			{"what was refused is left at the address", caller("192.0.2.1", "x"), ""},
			{"the address has no more", caller("192.0.2.1", "y"), Address},
			{"an agent behind it", agent, ""},
			{"the agent's second", agent, ""},
			{"the agent's third", agent, Agent},
			{"another network", caller("2001:db8::1", "n"), ""},
			{"the same network", caller("2001:db8::2", "n"), ""},
			{"this machine", caller("127.0.0.1", "m"), ""},
			{"the app has no more", caller("127.0.0.1", "z"), App},
			{"another app", Caller{App: "b", Scope: Visitor}, ""},
			{"the secret", Caller{App: "a", Scope: Secret, Network: netip.MustParseAddr("192.0.2.1")}, ""},
		} {
			assert.Equal(t, tc.refusedBy, take(tc.Caller), tc.name)
		}
		<-time.After(time.Second)
		assert.Empty(t, take(caller("127.0.0.1", "z")), "a second later there is one again")
		lower := caller("127.0.0.1", "lower")
		lower.App, lower.Own = "c", Table{{Chats, Visitor}: {1, 1}, {Chats, App}: {100, 100}}
		assert.Empty(t, take(lower))
		assert.Equal(t, Visitor, take(lower), "the app's own rate, which is lower")
	})
}

// household gives the n-th network of a /56.
func household(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:0:%x::1", n)) }

// A household has 256 networks, and the share of four.
func TestNetworksOfAHousehold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := Count{Visitors, Address}
		m, taken := NewMeter(Table{count: {1, 30}}), 0
		for n := range 256 * 30 {
			c := Caller{Network: NetworkOf(household(n % 256))}
			looked := m.Look(count, c)
			if m.TakeFor(count, c) == nil {
				taken++
				assert.Nil(t, looked)
			}
		}
		t.Logf("%d of %d were taken", taken, 256*30)
		assert.Equal(t, 120, taken)
		assert.Nil(t, m.TakeFor(count, Caller{Network: NetworkOf(household(256))}), "another household")
		assert.Nil(t, m.TakeFor(count, Caller{Network: netip.MustParseAddr("192.0.2.1")}))
		held, sockets := NewHeld(2, 20), 0
		for n := range 20 {
			if room := held.HasRoom(household(n)); held.Take(household(n)) {
				sockets++
				assert.True(t, room)
			}
		}
		assert.Equal(t, 8, sockets)
		held.Give(household(3))
		assert.True(t, held.Take(household(9)))
		assert.True(t, held.Take(household(256)))
	})
}

// What is larger than the burst waits until all of it is there, and takes it.
func TestTakeMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		volume := Count{Volume, Address}
		m := NewMeter(Table{volume: {100, 1000}})
		from := func(address string) Caller { return Caller{Network: NetworkOf(netip.MustParseAddr(address))} }
		assert.Nil(t, m.TakeMany(volume, from("192.0.2.1"), 600))
		refused := m.TakeMany(volume, from("192.0.2.1"), 600)
		require.NotNil(t, refused)
		assert.Equal(t, 2*time.Second, refused.Wait)
		assert.Nil(t, m.TakeMany(volume, from("192.0.2.1"), 400), "what was refused took nothing")
		assert.Nil(t, m.TakeMany(volume, from("192.0.2.2"), 5000))
		assert.Equal(t, 10*time.Second, m.TakeMany(volume, from("192.0.2.2"), 5000).Wait)
		assert.Nil(t, m.TakeMany(volume, from("127.0.0.1"), 5000))
		assert.Nil(t, m.TakeMany(volume, from("127.0.0.1"), 5000))
	})
}

func TestTable(t *testing.T) {
	var table Table
	require.NoError(t, table.UnmarshalText([]byte("chats/visitor=0.1:5, uploads/app=2:20")))
	assert.Equal(t, Table{{Chats, Visitor}: {0.1, 5}, {Uploads, App}: {2, 20}}, table)
	text, err := table.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "chats/visitor=0.1:5,uploads/app=2:20", string(text))
	for entry, about := range map[string]string{
		"chats/all=1:1": `no rate "chats/all"`, "chats=1:1": `no rate "chats"`, "chats/visitor=0:5": "chats/visitor: the rate must be from",
		"chats/visitor=NaN:5": "the rate must be", "chats/visitor=1e10:5": "the rate must be", "chats/visitor=-1:5": "the rate must be",
		"chats/visitor=1:0": "the burst must be", "chats/visitor=1:3000000000": "the burst must be", "chats/visitor=1": "must be like chats/visitor=",
		"chats/visitor": "must be like", "chats/visitor=many:1": "must be like",
	} {
		assert.ErrorContains(t, table.UnmarshalText([]byte(entry)), about, entry)
	}
}

func TestHeld(t *testing.T) {
	h := NewHeld(2, 4)
	a, b, none := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), netip.Addr{}
	for _, tc := range []struct {
		client netip.Addr
		ok     bool
	}{{a, true}, {a, true}, {a, false}, {none, true}, {none, true}, {b, false}} {
		assert.Equal(t, tc.ok, h.HasRoom(tc.client), tc.client)
		assert.Equal(t, tc.ok, h.Take(tc.client), tc.client)
	}
	h.Give(a)
	h.Give(none)
	assert.True(t, h.Take(b))
	assert.Equal(t, 3, h.Total())
	for _, client := range []netip.Addr{a, b, none} {
		h.Give(client)
	}
	assert.Empty(t, h.byNetwork)
}

// What a request of one of 100,000 addresses costs, and the memory of all.
func BenchmarkMeter(b *testing.B) {
	m := NewMeter(nil)
	networks := make([]Caller, maxKeys)
	for i := range networks {
		networks[i] = Caller{Network: netip.AddrFrom4([4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)}), App: "demo", User: netip.AddrFrom4([4]byte{1, byte(i >> 16), byte(i >> 8), byte(i)}).String(), Scope: Visitor}
	}
	before := heap()
	for _, c := range networks {
		m.Take(Chats, c)
	}
	memory := float64(heap()-before) / (1 << 20)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		m.Take(Chats, networks[i*7919%len(networks)])
	}
	b.ReportMetric(memory, "MiB/100k")
}
