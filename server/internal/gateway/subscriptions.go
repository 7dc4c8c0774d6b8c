package gateway

import (
	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// subscription is a chat that is live on a connection.
type subscription struct {
	cursor uint64 // position up to which the connection has it
	known  uint64 // position that the chat is known to have
	queued bool   // it stands in the connection's list of feeds with news
	left   bool   // at the cursor the user is not in the chat any more; used by the pump alone
}

// item is something to write that has its turn: a reply, or what is in no log.
type item struct {
	reply  *op.Result // nil for what is in no log
	id     string     // the request's
	err    *wire.Error
	frame  wire.Frame // with reply == nil
	chatID string     // entries of this chat that go first,
	upTo   uint64     // up to this position
}

// follow sets from where on a chat is delivered. The caller holds the hub's lock.
func (c *Conn) follow(chatID string, cursor uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.subscriptions[chatID]
	if f == nil {
		f = &subscription{}
		c.subscriptions[chatID] = f
	}
	f.cursor = cursor
	c.markDirty(chatID, f)
}

// followNew makes a chat live that is not yet.
func (c *Conn) followNew(chatID string, cursor uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subscriptions[chatID] == nil {
		c.subscriptions[chatID] = &subscription{cursor: cursor}
	}
}

// unfollow ends a feed; false means that there is news, so that it stays.
func (c *Conn) unfollow(chatID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.subscriptions[chatID]
	if f == nil || f.known > f.cursor {
		return false
	}
	delete(c.subscriptions, chatID)
	return true
}

// notify marks a feed that has news. It never waits.
func (c *Conn) notify(chatID string, seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.subscriptions[chatID]; f != nil && seq > f.known {
		f.known = seq
		c.markDirty(chatID, f)
	}
}

// markDirty puts a feed into the list of those to look at; c.mu is held.
func (c *Conn) markDirty(chatID string, f *subscription) {
	if !f.queued {
		f.queued = true
		c.dirty = append(c.dirty, chatID)
	}
	c.wakeUp()
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

// subscription gives the feed of a chat, nil if it is not live, and where it stands.
func (c *Conn) subscription(chatID string) (f *subscription, cursor, heard uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f = c.subscriptions[chatID]; f != nil {
		return f, f.cursor, f.known
	}
	return nil, 0, 0
}

// advance moves a feed's cursor, never back.
func (c *Conn) advance(f *subscription, seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.cursor = max(f.cursor, seq)
}

// queue adds an item to be written.
func (c *Conn) queue(it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, it)
	c.wakeUp()
}

// pushEphemeral adds what is in no log. A connection that lets too much of it pile up
// is too slow to be worth keeping: it will find everything else in the log.
func (c *Conn) pushEphemeral(it item) {
	c.mu.Lock()
	c.ephemerals++
	full := c.ephemerals > ephemeralsAtMost
	switch {
	case full:
	case c.opened || it.frame.Event == wire.EventPing || it.frame.Event == wire.EventPong:
		c.items = append(c.items, it)
	default:
		c.beforeOpen = append(c.beforeOpen, it)
	}
	c.wakeUp()
	c.mu.Unlock()
	if full {
		c.end(byeTooSlow, "too slow", 0)
	}
}

// begin makes the chats live with which the session opened, and lets through
// what came meanwhile.
func (c *Conn) begin(feeds []op.LiveFrom) {
	for _, f := range feeds {
		c.hub.follow(c, ids.Key{App: c.Actor.App.ID, ID: f.ChatID}, f.Cursor)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = true
	c.items, c.beforeOpen = append(c.items, c.beforeOpen...), nil
}

func (c *Conn) isOpen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

// expect notes that the reply to a request of this connection stands for the
// entry that the request makes, until answered is called.
func (c *Conn) expect(eventID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[eventID]++
}

func (c *Conn) answered(eventID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[eventID]--; c.pending[eventID] <= 0 {
		delete(c.pending, eventID)
	}
	c.items, c.afterReply = append(c.items, c.afterReply...), nil
}

func (c *Conn) expects(eventID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending[eventID] > 0
}

// next gives all items, and one feed to look at.
func (c *Conn) next() (items []item, chatID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	items, c.items = c.items, nil
	if len(items) > 0 || !c.opened {
		return items, ""
	}
	for len(c.dirty) > 0 {
		chatID, c.dirty = c.dirty[0], c.dirty[1:]
		if f := c.subscriptions[chatID]; f != nil {
			f.queued = false
			return nil, chatID
		}
	}
	return nil, ""
}

// again puts a feed back into the list.
func (c *Conn) again(chatID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.subscriptions[chatID]; f != nil {
		c.markDirty(chatID, f)
	}
}

func (c *Conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
