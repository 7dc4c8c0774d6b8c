package server

import (
	"parley/core/wire"
)

// enter makes a connection its user's; first tells that it is the only one here.
func (h *hub) enter(c *conn) (first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	put(h.users, c.userKey(), c)
	return len(h.users[c.userKey()]) == 1
}

// leave forgets a connection; last tells that it was its user's only one here.
func (h *hub) leave(c *conn) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range c.live() {
		drop(h.chats, key, c)
	}
	drop(h.users, c.userKey(), c)
	return len(h.users[c.userKey()]) == 0
}

// connected tells whether the user has a connection here.
func (h *hub) connected(user chatKey) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.users[user]) > 0
}

// follow makes the chat live on the connection: what comes after the cursor is
// delivered.
func (h *hub) follow(c *conn, key chatKey, cursor uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	put(h.chats, key, c)
	c.follow(key.id, cursor)
}

// unfollow ends that, unless there is news that was not delivered yet: it may
// bring the user back in.
func (h *hub) unfollow(c *conn, key chatKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.unfollow(key.id) {
		drop(h.chats, key, c)
	}
}

// entry tells who must know of an entry of a chat. The user whom it brings in
// gets the chat live on all connections.
func (h *hub) entry(key chatKey, seq uint64, joins string) {
	if joins != "" {
		h.mu.Lock()
		for c := range h.users[chatKey{key.app, joins}] {
			put(h.chats, key, c)
			c.followNew(key.id, seq-1)
		}
		h.mu.Unlock()
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.chats[key] {
		c.hear(key.id, seq)
	}
}

// chatConns and userConns visit the connections that something is for.
func (h *hub) chatConns(key chatKey, visit func(*conn)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.chats[key] {
		visit(c)
	}
}

func (h *hub) userConns(user chatKey, visit func(*conn)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.users[user] {
		visit(c)
	}
}

func put(m map[chatKey]map[*conn]struct{}, key chatKey, c *conn) {
	if m[key] == nil {
		m[key] = map[*conn]struct{}{}
	}
	m[key][c] = struct{}{}
}

func drop(m map[chatKey]map[*conn]struct{}, key chatKey, c *conn) {
	delete(m[key], c)
	if len(m[key]) == 0 {
		delete(m, key)
	}
}

// pushToUser sends the connections that a user has to this node what is in no log.
// With a chat it goes behind the chat's entries up to a position.
func (h *hub) pushToUser(user chatKey, f wire.Frame, chatID string, upTo uint64) {
	h.userConns(user, func(c *conn) { c.whisper(item{frame: f, chatID: chatID, upTo: upTo}) })
}
