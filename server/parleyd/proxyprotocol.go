package main

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyHeaderWithin is how long a proxy has for its header, which it sends before all else.
const proxyHeaderWithin = 5 * time.Second

// checkProxyProtocol refuses the option where nobody may use it.
func (c *config) checkProxyProtocol() []error {
	if c.proxyProtocol && len(c.address.WithDefaults().TrustedProxies) == 0 {
		return []error{errors.New("-proxy-protocol: nobody's is believed, as -trusted-proxies is none; name the proxy's address there")}
	}
	return nil
}

// byProxies takes the client's address of a connection with a trusted proxy from the PROXY
// protocol, which each of these begins with. Those of others are left as they are: what they
// say of themselves is not believed.
func (c *config) byProxies(l net.Listener) net.Listener {
	if !c.proxyProtocol {
		return l
	}
	trusted := c.address.WithDefaults().TrustedProxies
	return &proxyproto.Listener{
		Listener: l, ReadHeaderTimeout: proxyHeaderWithin,
		ConnPolicy: func(of proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			peer, _ := netip.ParseAddrPort(of.Upstream.String()) // of TCP it always is one
			if trusted.Has(peer.Addr().Unmap().WithZone("")) {
				return proxyproto.REQUIRE, nil
			}
			return proxyproto.SKIP, nil
		},
	}
}
