package address

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// PublicURL is an http or https URL of a host, with or without a path, and without a slash
// at the end. It is empty where no URL is set. Like all values here, it can be the value of
// a flag.
type PublicURL string

// UnmarshalText takes a URL. The error says what is wrong with it.
func (p *PublicURL) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = ""
		return nil
	}
	u, err := url.Parse(string(text))
	switch {
	case err != nil:
		return fmt.Errorf("%q is no URL; write it like https://example.com/chat", text)
	case u.Scheme != "http" && u.Scheme != "https" || !hostPattern.MatchString(u.Host):
		return fmt.Errorf("%q must be http:// or https:// and a host, like https://example.com/chat", text)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(string(text), "#"):
		return fmt.Errorf("%q must have nothing but a host and a path, like https://example.com/chat", text)
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%q has a port that does not exist; write it like https://example.com:8443/chat", text)
		}
	}
	var path Path
	if err := path.UnmarshalText([]byte(u.EscapedPath())); err != nil {
		return err
	}
	*p = PublicURL(u.Scheme + "://" + u.Host + string(path))
	return nil
}

// MarshalText gives the URL.
func (p PublicURL) MarshalText() ([]byte, error) { return []byte(p), nil }

// Origin gives the origin of pages below the URL. An empty URL gives "".
func (p PublicURL) Origin() string {
	u, err := url.Parse(string(p))
	if err != nil || p == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Host gives the host of the URL, without a port. An empty URL gives "".
func (p PublicURL) Host() string {
	u, err := url.Parse(string(p))
	if err != nil {
		return ""
	}
	return hostname(u.Host)
}

// Path is a path without a slash at the end, such as /chat; "" is the root.
type Path string

// pathPattern has no characters that mean something in a URL, in HTML or in a header.
var pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*/?$`)

// UnmarshalText takes a path. The error says what is wrong with it.
func (p *Path) UnmarshalText(text []byte) error {
	path := string(text)
	dots := strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../")
	if dots || !pathPattern.MatchString(path) {
		return fmt.Errorf("the path %q must begin with a slash and have letters, digits and - . _ ~ only, like /chat", path)
	}
	*p = Path(strings.TrimSuffix(path, "/"))
	return nil
}

// MarshalText gives the path.
func (p Path) MarshalText() ([]byte, error) { return []byte(p), nil }

// Networks are networks of IP addresses.
type Networks []netip.Prefix

// UnmarshalText takes a list of addresses and networks, separated by commas; "none" is an
// empty list. The error names the entry that is neither.
func (n *Networks) UnmarshalText(text []byte) error {
	list := Networks{}
	entries := strings.FieldsFunc(string(text), func(r rune) bool { return r == ',' || r == ' ' })
	if len(entries) == 1 && entries[0] == "none" {
		entries = nil
	}
	for _, entry := range entries {
		network, err := netip.ParsePrefix(entry)
		if address, wrong := netip.ParseAddr(entry); wrong == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network; write 192.0.2.7 or 10.0.0.0/8, or none", entry)
		}
		list = append(list, network.Masked())
	}
	*n = list
	return nil
}

// MarshalText gives the list.
func (n Networks) MarshalText() ([]byte, error) {
	if len(n) == 0 {
		return []byte("none"), nil
	}
	texts := make([]string, len(n))
	for i, network := range n {
		texts[i] = network.String()
	}
	return []byte(strings.Join(texts, ",")), nil
}

// Hosts are names or addresses of hosts, without ports.
type Hosts []string

// UnmarshalText takes a list of hosts, separated by commas. The error names the
// entry that is not a host.
func (h *Hosts) UnmarshalText(text []byte) error {
	list := Hosts{}
	for _, entry := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ',' || r == ' ' }) {
		if !hostPattern.MatchString(entry) || hostname(entry) != strings.ToLower(entry) {
			return fmt.Errorf("%q is no host; write chat.example.com, 192.0.2.7 or [2001:db8::7], without a port", entry)
		}
		list = append(list, strings.ToLower(entry))
	}
	*h = list
	return nil
}

// MarshalText gives the list.
func (h Hosts) MarshalText() ([]byte, error) { return []byte(strings.Join(h, ",")), nil }

// has tells whether a host with or without a port is one of these; all are of none.
func (h Hosts) has(host string) bool { return len(h) == 0 || slices.Contains(h, hostname(host)) }

// hostname gives a host without its port and the dot of a full name, in lower case.
func hostname(host string) string {
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
