package address

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

type clientKey struct{}

// Contradictory stands for every client whose proxy passes on two lists of addresses that
// disagree: the client itself has written one of them. They share one address, so that
// such a list gains nothing.
var Contradictory = netip.IPv6Unspecified()

// Sender is who sends a request, as far as the request itself shows.
type Sender struct {
	Origin string       // of the page, "" if the client is no page
	Host   string       // to which the request was sent
	Client netip.Addr   // as Client gives it
	Rivals []netip.Addr // as Rivals gives them
}

// SenderOf reads the sender of a request.
func SenderOf(r *http.Request) Sender {
	return Sender{r.Header.Get("Origin"), r.Host, Client(r), Rivals(r)}
}

// Client is the address of a request's client: that of the peer, or, if the peer is a
// trusted proxy, the last one in Forwarded (RFC 7239) or X-Forwarded-For that is not a
// trusted proxy's. The zero Addr means that it is unknown.
func Client(r *http.Request) netip.Addr {
	if found, ok := r.Context().Value(clientKey{}).(found); ok {
		return found.client
	}
	return peer(r)
}

// Rivals are the addresses that a request's headers name, if these contradict each other
// and Client is Contradictory. The client's is among them.
func Rivals(r *http.Request) []netip.Addr {
	found, _ := r.Context().Value(clientKey{}).(found)
	return found.rivals
}

// found is what Client and Rivals give.
type found struct {
	client netip.Addr
	rivals []netip.Addr
}

func withClient(ctx context.Context, f found) context.Context {
	return context.WithValue(ctx, clientKey{}, f)
}

// peer is who the connection of a request is with.
func peer(r *http.Request) netip.Addr {
	from, _ := netip.ParseAddrPort(r.RemoteAddr) // an address that cannot be read is the zero one
	return plain(from.Addr())
}

// plain gives one form to each address: an IPv4 address in IPv6 counts as IPv4, and a zone
// says nothing about who it is.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// Has tells whether an address is in one of the networks.
func (n Networks) Has(a netip.Addr) bool {
	for _, network := range n {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

func (o Options) clientOf(r *http.Request) found {
	from := peer(r)
	if !o.TrustedProxies.Has(from) {
		return found{client: from}
	}
	standard, custom := forwardedFor(r), elements(r, "X-Forwarded-For")
	byStandard, byCustom := o.TrustedProxies.lastStranger(from, standard), o.TrustedProxies.lastStranger(from, custom)
	switch {
	case len(standard) == 0:
		return found{client: byCustom}
	case len(custom) == 0 || byStandard == byCustom:
		return found{client: byStandard}
	}
	return found{Contradictory, []netip.Addr{byStandard, byCustom}}
}

// elements gives the elements of a list in a header, which may have several lines. Empty
// ones do not count (RFC 9110, section 5.6.1.2).
func elements(r *http.Request, header string) (list []string) {
	for element := range strings.SplitSeq(strings.Join(r.Header.Values(header), ","), ",") {
		if element = strings.TrimSpace(element); element != "" {
			list = append(list, element)
		}
	}
	return list
}

// lastStranger gives the last address of a list that is not a trusted proxy's. Before an
// entry that is no address nothing is believed.
func (n Networks) lastStranger(from netip.Addr, list []string) netip.Addr {
	for i := len(list) - 1; i >= 0 && n.Has(from); i-- {
		before, err := addressOf(list[i])
		if err != nil {
			break
		}
		from = before
	}
	return from
}

// addressOf reads an address with or without a port.
func addressOf(text string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return plain(withPort.Addr()), nil
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return plain(a), err
}

// forwardedFor gives the values of for in Forwarded, "" where an element has none. Its
// quoted values hold addresses, in which there are neither commas nor semicolons.
func forwardedFor(r *http.Request) []string {
	var list []string
	for _, element := range elements(r, "Forwarded") {
		address := ""
		for pair := range strings.SplitSeq(element, ";") {
			if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(strings.TrimSpace(name), "for") {
				address = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
		list = append(list, address)
	}
	return list
}

// Forwarded tells whether a request says that a proxy has passed it on, and for whom.
func Forwarded(r *http.Request) (saysForWhom, proxied bool) {
	saysForWhom = len(elements(r, "Forwarded")) > 0 || len(elements(r, "X-Forwarded-For")) > 0
	return saysForWhom, saysForWhom || r.Header.Get("X-Forwarded-Proto") != "" || r.Header.Get("X-Forwarded-Host") != ""
}

// IsPeer tells whether the client is who the connection is with, as far as is known.
func IsPeer(r *http.Request) bool { return Client(r) == peer(r) }
