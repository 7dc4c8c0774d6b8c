package gateway

import (
	"parley/server/internal/identity"
	"parley/server/internal/ids"
)

// session is one that has connections to this node.
type session struct {
	user   ids.Key
	digest string // of its token
}

// Recheck ends the connections of agents, or of visitors, to this node whose session is
// over, and those that have other rights than their user has by now. look is asked once for
// each session, and gives the user as they are.
func (h *Hub) Recheck(agents bool, look func(user ids.Key, digest string) (now identity.User, over bool, err error)) {
	for of, conns := range h.sessions(agents) {
		now, over, err := look(of.user, of.digest)
		if err != nil {
			continue // it is asked again the next time
		}
		for c := range conns {
			switch {
			case over:
				c.end(byeSession, "the session is over", 0)
			case !now.SameRights(c.Actor.User):
				c.end(byeSession, accountChanged, 0)
			}
		}
	}
}

func (h *Hub) sessions(agents bool) map[session]connSet {
	open := map[session]connSet{}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for user, conns := range h.byUser {
		for c := range conns {
			if c.Actor.User.IsAgent() == agents {
				add(open, session{user, c.session}, c)
			}
		}
	}
	return open
}
