package limit

import "net/netip"

// Share is a network that counts as one caller, and how many times it may take what an
// address may.
type Share struct {
	Network netip.Prefix
	Times   int
}

// wideTimes is how many times a /56 may take what an address may. A household is given one
// or more (RFC 6177), and so 256 networks or more; mobile networks have 256 customers in it.
const wideTimes = 4

// SharesOf decides what a client counts as, the narrowest first: an IPv4 address, or of an
// IPv6 address the /64, which is one network of a household, and the /56, which is all of it.
// No address counts as the zero network.
func SharesOf(client netip.Addr) []Share {
	client = client.Unmap().WithZone("")
	if !client.Is6() {
		all, _ := client.Prefix(client.BitLen()) // the zero one of no address
		return []Share{{all, 1}}
	}
	one, _ := client.Prefix(64) // an IPv6 address has 128 bits
	all, _ := client.Prefix(56)
	return []Share{{one, 1}, {all, wideTimes}}
}

// Household is the widest network as which a client counts. Of what an address may have a
// great part of all, a household may have no more.
func Household(client netip.Addr) netip.Prefix {
	shares := SharesOf(client)
	return shares[len(shares)-1].Network
}

// Network is the narrowest one as an address, for those who show or store it.
func Network(client netip.Addr) netip.Addr { return SharesOf(client)[0].Network.Addr() }

// NetworkOf gives the network of a client for which something is counted. It is invalid for
// this machine: tests and programs of the operator call from there, and a proxy that does
// not say for whom it calls must not make all its clients one.
func NetworkOf(client netip.Addr) netip.Addr {
	if !client.IsValid() || client.IsLoopback() {
		return netip.Addr{}
	}
	return Network(client)
}
