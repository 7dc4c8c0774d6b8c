package main

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCautions(t *testing.T) {
	t.Parallel()
	here, everywhere := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.TCPAddr{IP: net.IPv6zero}
	for _, tc := range []struct {
		args []string
		at   net.Addr
		says []string
	}{
		{nil, everywhere, nil},
		{[]string{"-demo"}, here, nil},
		{[]string{"-demo"}, everywhere, []string{"-demo: "}},
		{[]string{"-trusted-proxies", "10.0.0.0/8,192.0.2.1"}, everywhere, nil},
		{[]string{"-trusted-proxies", "10.0.0.1,0.0.0.0/0"}, everywhere, []string{"-trusted-proxies: "}},
		{[]string{"-trusted-proxies", "::/1"}, everywhere, []string{"-trusted-proxies: "}},
		{[]string{"-origins", "https://a.example,*"}, everywhere, []string{"-origins: "}},
		{[]string{"-origins", "https://*.a.example"}, everywhere, nil},
	} {
		c, err := parse(tc.args, environment(nil), io.Discard)
		require.NoError(t, err)
		list := c.cautions(tc.at, nil)
		require.Len(t, list, len(tc.says), "%v: %v", tc.args, list)
		for i, begin := range tc.says {
			assert.Contains(t, list[i], begin)
		}
	}
}

// addressed is a listener of an address, which takes no connection.
type addressed struct {
	net.Listener
	at net.Addr
}

func (a addressed) Addr() net.Addr { return a.at }

func TestPrivateCautions(t *testing.T) {
	t.Parallel()
	assert.Empty(t, privateCautions(nil))
	for ip, warned := range map[string]bool{"127.0.0.1": false, "::1": false, "10.1.2.3": false, "fd00::1": false, "0.0.0.0": true, "::": true, "192.0.2.1": true} {
		list := privateCautions(addressed{at: &net.TCPAddr{IP: net.ParseIP(ip)}})
		assert.Equal(t, warned, len(list) > 0, ip)
	}
}
