package store

import (
	"net/url"
	"strings"
)

// Redacted gives the URLs without their passwords and tokens, for messages and logs.
func Redacted(urls string) string {
	parts := strings.Split(urls, ",")
	for n, part := range parts {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil || u.User != nil && u.Host == "" {
			parts[n] = "(an address that cannot be read)"
			continue
		}
		if _, password := u.User.Password(); u.User != nil && !password {
			u.User = url.User("xxxxx") // alone it is a token
		}
		parts[n] = u.Redacted()
	}
	return strings.Join(parts, ",")
}
