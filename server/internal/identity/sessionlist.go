package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Client is where a session begins. The zero Client is unknown.
type Client struct {
	Address   netip.Addr
	UserAgent string // of the request's header
	By        string // how an agent has logged in, as SessionInfo has it
}

// How agents log in.
const (
	ByPassword = "password" // with the second factor, if they have one
	ByPasskey  = "passkey"
	ByProvider = "oidc" // of OpenID Connect
)

// Network is the client's network, which is enough to recognise where one was: the first
// three bytes of an address, or the first six of IPv6.
func (c Client) Network() string {
	address, bits := c.Address.Unmap(), 48
	if !address.IsValid() {
		return ""
	}
	if address.Is4() {
		bits = 24
	}
	network, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

// userAgent is what the browser calls itself, without what is not seen, cut to 120
// characters.
func (c Client) userAgent() string {
	seen := strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(c.UserAgent, ""))
	letters := []rune(seen)
	return strings.TrimSpace(string(letters[:min(len(letters), 120)]))
}

// SessionInfo is a session as its user sees it.
type SessionInfo struct {
	ID        string  `json:"id"`      // digest of its token
	Created   float64 `json:"created"` // this and the next two: unix seconds
	Used      float64 `json:"used"`
	Expires   float64 `json:"expires"` // if it is not used until then; at the latest however it is used
	Network   string  `json:"network,omitempty"`
	UserAgent string  `json:"userAgent,omitempty"`
	By        string  `json:"by,omitempty"`      // how an agent has logged in, such as ByPassword
	Current   bool    `json:"current,omitempty"` // it makes the request
}

// Sessions gives the sessions of a user that have not ended, the last used first.
func (i *Store) Sessions(ctx context.Context, appID string, u User) ([]SessionInfo, error) {
	list := []SessionInfo{}
	now := ids.Unix(i.now())
	var unreadable error
	err := store.Each(ctx, i.engine, i.sessions, sessionKey(ids.Key{App: appID, ID: u.ID}, "*"), func(entry jetstream.KeyValueEntry) {
		var s session
		if err := json.Unmarshal(entry.Value(), &s); err != nil {
			unreadable = err
			return
		}
		life := i.lifeOf(u, s)
		id := entry.Key()[strings.LastIndexByte(entry.Key(), '.')+1:]
		if s.Ended != 0 || u.hasEnded(s.Epoch, id) || now >= s.end(life) {
			return
		}
		list = append(list, SessionInfo{ID: id, Created: s.Began, Used: s.Used, Expires: s.end(life),
			Network: u.Unseal(s.Network), UserAgent: u.Unseal(s.UserAgent), By: s.By})
	})
	slices.SortFunc(list, func(a, b SessionInfo) int {
		return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(b.Created, a.Created))
	})
	return list, cmp.Or(err, unreadable)
}

// Revoke ends a session for good: its token reads nothing, not even for a while. An
// unknown session is a 404.
func (i *Store) Revoke(ctx context.Context, user ids.Key, sessionID string) error {
	if ids.Check("", sessionID) != nil || !i.HasSession(ctx, user, sessionID) {
		return wire.Errorf(wire.UnknownSession, "the user has no session %q", sessionID)
	}
	return i.sessions.Purge(ctx, sessionKey(user, sessionID))
}
