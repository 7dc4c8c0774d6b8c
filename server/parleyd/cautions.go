package main

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// widestProxies is the least bits of a network of trusted proxies that is no mistake: the
// largest of one owner, such as 10.0.0.0/8, have as many.
const widestProxies = 8

// cautions says what settings mean that work, and are seldom meant in public.
func (c config) cautions(listening net.Addr, of certificates) (list []string) {
	if slices.ContainsFunc(c.address.TrustedProxies, func(n netip.Prefix) bool { return n.Bits() < widestProxies }) {
		list = append(list, "-trusted-proxies: clients are trusted as proxies, and so choose their own addresses: no limit and no block by address holds; "+
			"list your proxies alone")
	}
	if slices.Contains(c.originList(), "*") {
		list = append(list, "-origins: pages of every site may use every app, with visitors and conversations of their own")
	}
	if at, ok := listening.(*net.TCPAddr); c.demo && ok && !at.IP.IsLoopback() {
		list = append(list, "-demo: the demo's passwords and its app's secret are public, and others than this machine can reach this address: "+
			"whoever does can read all of it, and have webhooks reach into this network")
	}
	for _, host := range c.address.Hosts {
		if of == nil {
			break
		}
		if err := of.Covers(strings.Trim(host, "[]")); err != nil {
			list = append(list, "-hosts: browsers refuse a host without a certificate: "+err.Error())
		}
	}
	if of == nil {
		return list
	}
	ends := of.Ends()
	for _, name := range slices.Sorted(maps.Keys(ends)) {
		if time.Until(ends[name]) < endsSoon {
			list = append(list, fmt.Sprintf("the certificate of %s ends at %s: browsers refuse it from then on; renew it", name, ends[name].UTC().Format(time.RFC3339)))
		}
	}
	return list
}

// endsSoon is the time before its end in which a certificate should have been renewed.
const endsSoon = 14 * day

// privateCautions is cautions of the private listener, nil if there is none.
func privateCautions(listener net.Listener) []string {
	if listener == nil || isPrivate(listener.Addr()) {
		return nil
	}
	return []string{"-admin-addr: the numbers and the profiles of this server can be read by whoever reaches this address; " +
		"listen on this machine or in a private network alone"}
}

// isPrivate tells whether an address is of this machine or of a private network.
func isPrivate(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && (tcp.IP.IsLoopback() || tcp.IP.IsPrivate())
}
