package limit

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// opened accepts connections from the given addresses on this machine, and counts those
// that are not closed at once.
func opened(t *testing.T, c Connections, from ...string) (kept []net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	bounded := c.Bounded().Listener(inner, false)
	t.Cleanup(func() { _ = bounded.Close() })
	accepted := make(chan net.Conn, len(from))
	go func() {
		for {
			conn, err := bounded.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "in")
			accepted <- conn
		}
	}()
	for _, address := range from {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: 5 * time.Second}
		conn, err := dialer.Dial("tcp", inner.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		said := make([]byte, 2)
		_, err = io.ReadFull(conn, said)
		require.NoError(t, err)
		if string(said) == "in" {
			kept = append(kept, <-accepted)
			continue
		}
		rest, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix("HT"+string(rest), "HTTP/1.1 503 "), string(rest))
	}
	return kept
}

func nobody(netip.Addr) bool { return false }

func TestConnectionsAreBounded(t *testing.T) {
	a, b := "127.0.0.2", "127.0.0.3"
	assert.Len(t, opened(t, Connections{Most: 3, PerAddress: 3, Exempt: nobody}, a, b, a, b), 3, "in all")
	assert.Len(t, opened(t, Connections{Most: 9, PerAddress: 2, Exempt: nobody}, a, a, a, b, b), 4, "from one address")
	proxy := func(from netip.Addr) bool { return from.String() == a }
	assert.Len(t, opened(t, Connections{Most: 5, PerAddress: 1, Exempt: proxy}, a, a, a, b, b), 4, "a proxy has those of many")
	assert.Len(t, opened(t, Connections{Most: 3, PerAddress: 1, Exempt: proxy}, a, a, a, a), 3, "but not more than all")
}

func TestConnectionsThatEndMakeRoom(t *testing.T) {
	l := Connections{Most: 1, PerAddress: 1, Exempt: nobody}.Bounded()
	from := netip.MustParseAddr("2001:db8::")
	for range 3 {
		require.True(t, l.held.Take(from))
		require.False(t, l.held.Take(from))
		l.held.Give(from)
	}
	assert.Empty(t, l.held.byNetwork, "nothing is remembered of who has left")
}

// Of IPv6 the network counts, but a proxy is exempt by its own address.
func TestConnectionsByIPv6(t *testing.T) {
	proxies := map[netip.Addr]bool{netip.MustParseAddr("2001:db8::1"): true, netip.MustParseAddr("192.0.2.7"): true}
	l := Connections{Most: 9, PerAddress: 1, Exempt: func(from netip.Addr) bool { return proxies[from] }}.Bounded()
	var entered []netip.Addr
	for _, tc := range []struct {
		from string
		ok   bool
	}{
		{"2001:db8::2", true}, {"2001:db8::3", false}, {"2001:db8:0:1::3", true}, {"fe80::1%eth0", true}, {"fe80::1%eth1", false},
		{"2001:db8::1", true}, {"2001:db8::1", true}, {"::ffff:192.0.2.7", true}, {"::ffff:192.0.2.7", true},
	} {
		client := l.clientOf(net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(tc.from), 4711)))
		if assert.Equal(t, tc.ok, l.held.Take(client), tc.from); tc.ok {
			entered = append(entered, client)
		}
	}
	for _, client := range entered {
		l.held.Give(client)
	}
	assert.Empty(t, l.held.byNetwork)
	assert.Zero(t, l.held.Total())
}

// Requests that share connections are bounded as connections are, and apart from them.
func TestRequestsAreBounded(t *testing.T) {
	a, b, proxy := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.9")
	l := Connections{Most: 4, PerAddress: 2, Exempt: func(from netip.Addr) bool { return from == proxy }}.Bounded()
	var ends []func()
	for n, client := range []netip.Addr{a, a, a, netip.MustParseAddr("::ffff:192.0.2.7"), b, proxy, proxy} {
		end, ok := l.BeginRequest(client)
		assert.Equal(t, n != 2 && n != 3 && n != 6, ok, n)
		if ok {
			ends = append(ends, end)
		}
	}
	assert.True(t, l.held.HasRoom(a))
	for _, end := range ends {
		end()
	}
	assert.Empty(t, l.requests.byNetwork)
	assert.Zero(t, l.requests.Total())
}
