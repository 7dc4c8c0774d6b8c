package limit

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The one decision what counts as one caller.
func TestSharesOf(t *testing.T) {
	of := func(network string, times int) Share { return Share{netip.MustParsePrefix(network), times} }
	for client, want := range map[string][]Share{
		"192.0.2.1":             {of("192.0.2.1/32", 1)},
		"::ffff:192.0.2.1":      {of("192.0.2.1/32", 1)},
		"2001:db8:0:1ff:2::3":   {of("2001:db8:0:1ff::/64", 1), of("2001:db8:0:100::/56", 4)},
		"fe80::1%eth0":          {of("fe80::/64", 1), of("fe80::/56", 4)},
		"2001:db8:0:100::%eth0": {of("2001:db8:0:100::/64", 1), of("2001:db8:0:100::/56", 4)},
	} {
		a := netip.MustParseAddr(client)
		assert.Equal(t, want, SharesOf(a), client)
		assert.Equal(t, want[0].Network.Addr(), Network(a), client)
		assert.Equal(t, want[len(want)-1].Network, Household(a), client)
	}
	assert.Equal(t, []Share{{netip.Prefix{}, 1}}, SharesOf(netip.Addr{}))
	assert.False(t, Household(netip.Addr{}).IsValid())
	assert.False(t, Network(netip.Addr{}).IsValid())
	assert.False(t, NetworkOf(netip.MustParseAddr("::1")).IsValid())
}
