package server

import (
	"parley/core/wire"
)

// feed is a chat that is live on a connection.
type feed struct {
	cursor uint64 // position up to which the connection has it
	heard  uint64 // position that the chat is known to have
	queued bool   // it stands in the connection's list of feeds with news
	out    bool   // at the cursor the user is not in the chat any more; used by the pump alone
}

// item is something to write that has its turn: a reply, or what is in no log.
type item struct {
	reply  *result // nil for what is in no log
	id     string  // the request's
	err    *wire.Error
	frame  wire.Frame // with reply == nil
	chatID string     // entries of this chat that go first,
	upTo   uint64     // up to this position
}

// follow sets from where on a chat is delivered. The caller holds the hub's lock.
func (c *conn) follow(chatID string, cursor uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.feeds[chatID]
	if f == nil {
		f = &feed{}
		c.feeds[chatID] = f
	}
	f.cursor = cursor
	c.news(chatID, f)
}

// followNew makes a chat live that is not yet.
func (c *conn) followNew(chatID string, cursor uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.feeds[chatID] == nil {
		c.feeds[chatID] = &feed{cursor: cursor}
	}
}

// unfollow ends a feed; false means that there is news, so that it stays.
func (c *conn) unfollow(chatID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.feeds[chatID]
	if f == nil || f.heard > f.cursor {
		return false
	}
	delete(c.feeds, chatID)
	return true
}

// hear marks a feed that has news. It never waits.
func (c *conn) hear(chatID string, seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.feeds[chatID]; f != nil && seq > f.heard {
		f.heard = seq
		c.news(chatID, f)
	}
}

// news puts a feed into the list of those to look at; c.mu is held.
func (c *conn) news(chatID string, f *feed) {
	if !f.queued {
		f.queued = true
		c.fresh = append(c.fresh, chatID)
	}
	c.wakeUp()
}

// live lists the chats that are live here.
func (c *conn) live() []chatKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]chatKey, 0, len(c.feeds))
	for id := range c.feeds {
		keys = append(keys, chatKey{c.actor.App.ID, id})
	}
	return keys
}

// feed gives the feed of a chat, nil if it is not live, and where it stands.
func (c *conn) feed(chatID string) (f *feed, cursor, heard uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f = c.feeds[chatID]; f != nil {
		return f, f.cursor, f.heard
	}
	return nil, 0, 0
}

// advance moves a feed's cursor, never back.
func (c *conn) advance(f *feed, seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.cursor = max(f.cursor, seq)
}

// queue adds an item to be written.
func (c *conn) queue(it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, it)
	c.wakeUp()
}

// whisper adds what is in no log. A connection that lets too much of it pile up
// is too slow to be worth keeping: it will find everything else in the log.
func (c *conn) whisper(it item) {
	c.mu.Lock()
	c.whispers++
	full := c.whispers > whispersAtMost
	switch {
	case full:
	case c.opened || it.frame.Event == wire.EventPing || it.frame.Event == wire.EventPong:
		c.items = append(c.items, it)
	default:
		c.early = append(c.early, it)
	}
	c.wakeUp()
	c.mu.Unlock()
	if full {
		c.end(byeTooSlow, "too slow", 0)
	}
}

// begin makes the chats live with which the session opened, and lets through
// what came meanwhile.
func (c *conn) begin(feeds []start) {
	for _, f := range feeds {
		c.hub.follow(c, chatKey{c.actor.App.ID, f.chatID}, f.cursor)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = true
	c.items, c.early = append(c.items, c.early...), nil
}

func (c *conn) isOpen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened
}

// expect notes that the reply to a request of this connection stands for the
// entry that the request makes, until answered is called.
func (c *conn) expect(eventID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[eventID]++
}

func (c *conn) answered(eventID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[eventID]--; c.pending[eventID] <= 0 {
		delete(c.pending, eventID)
	}
	c.items, c.held = append(c.items, c.held...), nil
}

func (c *conn) expects(eventID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending[eventID] > 0
}

// take gives all items, and one feed to look at.
func (c *conn) take() (items []item, chatID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	items, c.items = c.items, nil
	if len(items) > 0 || !c.opened {
		return items, ""
	}
	for len(c.fresh) > 0 {
		chatID, c.fresh = c.fresh[0], c.fresh[1:]
		if f := c.feeds[chatID]; f != nil {
			f.queued = false
			return nil, chatID
		}
	}
	return nil, ""
}

// again puts a feed back into the list.
func (c *conn) again(chatID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.feeds[chatID]; f != nil {
		c.news(chatID, f)
	}
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
