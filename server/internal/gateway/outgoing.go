package gateway

import (
	"slices"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// subscription is a chat that is live on a connection.
type subscription struct {
	cursor  uint64 // position up to which the client has the chat
	known   uint64 // position that the log is known to have
	dirty   bool   // it stands in Conn.dirty
	removed bool   // at the cursor the user is out of the chat; used by the pump alone
}

// item is a reply or an ephemeral push, to be written in its turn.
type item struct {
	reply    *op.Result  // nil for an ephemeral push
	id       string      // of the request, for a reply
	err      *wire.Error // the request was refused, for a reply
	frame    wire.Frame  // the ephemeral push
	chatID   string      // it follows the entries of this chat,
	upTo     uint64      // up to this position
	replaces string      // an ephemeral push of the same name about this chat that is not written
}

// follow delivers a chat from a cursor on. The caller holds the hub's lock.
func (c *Conn) follow(chatID string, cursor uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.subscriptions[chatID]
	if s == nil {
		s = &subscription{}
		c.subscriptions[chatID] = s
	}
	s.cursor = cursor
	c.markDirty(chatID, s)
}

// followNew delivers a chat from a cursor on, unless it is live already.
func (c *Conn) followNew(chatID string, cursor uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subscriptions[chatID] == nil {
		c.subscriptions[chatID] = &subscription{cursor: cursor}
	}
}

// unfollow ends a subscription; false means that it has entries to deliver and stays.
func (c *Conn) unfollow(chatID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.subscriptions[chatID]
	if s == nil || s.known > s.cursor {
		return false
	}
	delete(c.subscriptions, chatID)
	return true
}

// notify notes that the log has an entry at seq. It never waits.
func (c *Conn) notify(chatID string, seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.subscriptions[chatID]; s != nil && seq > s.known {
		s.known = seq
		c.markDirty(chatID, s)
	}
}

// requeue has the pump come back to a chat.
func (c *Conn) requeue(chatID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.subscriptions[chatID]; s != nil {
		c.markDirty(chatID, s)
	}
}

// markDirty adds a chat to those that the pump looks at; c.mu is held.
func (c *Conn) markDirty(chatID string, s *subscription) {
	if !s.dirty {
		s.dirty = true
		c.dirty = append(c.dirty, chatID)
	}
	c.wakePump()
}

// live lists the chats that are live here.
func (c *Conn) live() []ids.Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]ids.Key, 0, len(c.subscriptions))
	for id := range c.subscriptions {
		keys = append(keys, ids.Key{App: c.Actor.App.ID, ID: id})
	}
	return keys
}

// subscription gives the subscription of a chat and its two positions; nil if the
// chat is not live.
func (c *Conn) subscription(chatID string) (s *subscription, cursor, known uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s = c.subscriptions[chatID]; s != nil {
		return s, s.cursor, s.known
	}
	return nil, 0, 0
}

// advance moves a subscription's cursor, never back.
func (c *Conn) advance(s *subscription, seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.cursor = max(s.cursor, seq)
}

// queue adds replies to be written.
func (c *Conn) queue(replies ...item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, replies...)
	c.wakePump()
}

// pushEphemeral adds an ephemeral push to be written. When too many are waiting the
// connection ends: its client finds everything else in the log.
func (c *Conn) pushEphemeral(it item) {
	c.mu.Lock()
	if it.replaces != "" && (replace(c.items, it) || replace(c.beforeOpen, it)) {
		c.mu.Unlock()
		return
	}
	c.ephemerals++
	full := c.ephemerals > maxEphemerals
	switch {
	case full:
	case c.opened || it.frame.Event == wire.EventPing || it.frame.Event == wire.EventPong:
		c.items = append(c.items, it)
	default:
		c.beforeOpen = append(c.beforeOpen, it)
	}
	c.wakePump()
	c.mu.Unlock()
	if full {
		c.end(byeTooSlow, "too slow", 0)
	}
}

// replace puts a push into the place of one that waits and that it replaces, if there is one.
func replace(waiting []item, it item) bool {
	i := slices.IndexFunc(waiting, func(w item) bool { return w.replaces == it.replaces && w.chatID == it.chatID })
	if i < 0 {
		return false
	}
	waiting[i] = it
	return true
}

// deferPush puts an ephemeral push off until the next reply is written, if it has to
// wait for one.
func (c *Conn) deferPush(it item) (deferred bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.subscriptions[it.chatID]; s != nil && s.cursor < it.upTo && len(c.pending) > 0 {
		c.afterReply = append(c.afterReply, it)
		return true
	}
	c.ephemerals--
	return false
}

// open is called when the reply to session:open is written: the session's chats
// become live, and the ephemeral pushes that came meanwhile are written.
func (c *Conn) open(chats []op.LiveFrom) {
	for _, chat := range chats {
		c.hub.follow(c, ids.Key{App: c.Actor.App.ID, ID: chat.ChatID}, chat.Cursor)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = true
	c.items, c.beforeOpen = append(c.items, c.beforeOpen...), nil
}

// isOpen tells whether the reply to session:open is written.
func (c *Conn) isOpen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

// addPending notes a request, before it is carried out. Until removePending its entry
// is not written as a push: the reply will stand in the entry's place.
func (c *Conn) addPending(eventID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[eventID]++
}

// removePending notes that the reply is written, and lets the pushes go that were put
// off for one. They go first: what is in items came after them.
func (c *Conn) removePending(eventID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[eventID]--; c.pending[eventID] <= 0 {
		delete(c.pending, eventID)
	}
	if len(c.afterReply) > 0 {
		c.items, c.afterReply = append(c.afterReply, c.items...), nil
	}
}

// isPending tells whether the reply to a request is still to be written.
func (c *Conn) isPending(eventID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending[eventID] > 0
}

// next takes the next item, or else one chat to look at. Both are empty when there
// is nothing to write.
func (c *Conn) next() (it *item, chatID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.items) > 0 {
		it, c.items = &c.items[0], c.items[1:]
		return it, ""
	}
	for c.opened && len(c.dirty) > 0 {
		chatID, c.dirty = c.dirty[0], c.dirty[1:]
		if s := c.subscriptions[chatID]; s != nil {
			s.dirty = false
			return nil, chatID
		}
	}
	return nil, ""
}

// wakePump has the pump look for what there is to write.
func (c *Conn) wakePump() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
