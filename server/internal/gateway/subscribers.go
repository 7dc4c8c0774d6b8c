package gateway

import (
	"parley/core/wire"
	"parley/server/internal/ids"
)

// enter makes a connection its user's; first tells that it is the only one here.
func (h *Hub) enter(c *Conn) (first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	put(h.users, c.UserKey(), c)
	return len(h.users[c.UserKey()]) == 1
}

// leave forgets a connection; last tells that it was its user's only one here.
func (h *Hub) leave(c *Conn) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range c.live() {
		drop(h.chats, key, c)
	}
	drop(h.users, c.UserKey(), c)
	return len(h.users[c.UserKey()]) == 0
}

// Connected tells whether the user has a connection here.
func (h *Hub) Connected(user ids.Key) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.users[user]) > 0
}

// follow makes the chat live on the connection: what comes after the cursor is
// delivered.
func (h *Hub) follow(c *Conn, key ids.Key, cursor uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	put(h.chats, key, c)
	c.follow(key.ID, cursor)
}

// unfollow ends that, unless there is news that was not delivered yet: it may
// bring the user back in.
func (h *Hub) unfollow(c *Conn, key ids.Key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.unfollow(key.ID) {
		drop(h.chats, key, c)
	}
}

// NotifyEntry tells who must know of an entry of a chat. The user whom it brings in
// gets the chat live on all connections.
func (h *Hub) NotifyEntry(key ids.Key, seq uint64, joins string) {
	if joins != "" {
		h.mu.Lock()
		for c := range h.users[ids.Key{App: key.App, ID: joins}] {
			put(h.chats, key, c)
			c.followNew(key.ID, seq-1)
		}
		h.mu.Unlock()
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.chats[key] {
		c.notify(key.ID, seq)
	}
}

// chatConns and userConns visit the connections that something is for.
func (h *Hub) chatConns(key ids.Key, visit func(*Conn)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.chats[key] {
		visit(c)
	}
}

func (h *Hub) userConns(user ids.Key, visit func(*Conn)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.users[user] {
		visit(c)
	}
}

func put(m map[ids.Key]map[*Conn]struct{}, key ids.Key, c *Conn) {
	if m[key] == nil {
		m[key] = map[*Conn]struct{}{}
	}
	m[key][c] = struct{}{}
}

func drop(m map[ids.Key]map[*Conn]struct{}, key ids.Key, c *Conn) {
	delete(m[key], c)
	if len(m[key]) == 0 {
		delete(m, key)
	}
}

// PushLocal sends the connections that a user has to this node what is in no log.
// With a chat it goes behind the chat's entries up to a position.
func (h *Hub) PushLocal(user ids.Key, f wire.Frame, chatID string, upTo uint64) {
	h.userConns(user, func(c *Conn) { c.pushEphemeral(item{frame: f, chatID: chatID, upTo: upTo}) })
}
