package certificate

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// Hosts are names of hosts for which an authority gives certificates by ACME.
type Hosts []string

var namePattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// UnmarshalText takes a list of names, separated by commas. The error says what is wrong
// with one.
func (h *Hosts) UnmarshalText(text []byte) error {
	var list Hosts
	for _, entry := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ',' || r == ' ' }) {
		name := strings.ToLower(entry)
		_, notAddress := netip.ParseAddr(strings.Trim(name, "[]"))
		switch {
		case notAddress == nil:
			return fmt.Errorf("%q is an address, and certificates by ACME are for names; use -tls-cert for it", entry)
		case strings.Contains(name, "*"):
			return fmt.Errorf("%q stands for many names, which need another challenge than those that this server answers; list them, or use -tls-cert", entry)
		case !namePattern.MatchString(name):
			return fmt.Errorf("%q is not the full name of a host; write chat.example.com, without a port; international names begin with xn--", entry)
		}
		list = append(list, name)
	}
	*h = list
	return nil
}

// MarshalText gives the list.
func (h Hosts) MarshalText() ([]byte, error) { return []byte(strings.Join(h, ",")), nil }
