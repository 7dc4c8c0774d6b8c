package server

import (
	"context"
	"errors"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// pump writes to the client until the connection is given up: first what has its
// turn, then the chats that have news, a few entries of each at a time. A client
// that reads slowly only lags behind in the log.
func (c *conn) pump() {
	beat := time.NewTicker(c.hub.options.IdleAfter / 3)
	defer beat.Stop()
	open := time.NewTimer(c.hub.options.OpenWithin)
	defer open.Stop()
	for {
		err := c.writeAll()
		if err == nil && c.goodbye() != nil {
			c.leaveTheClosing()
			return
		}
		if err != nil {
			c.socket.discard()
			c.cut()
			return
		}
		select {
		case <-c.wake:
		case <-beat.C:
			c.heartbeat()
		case <-open.C:
			if !c.isOpen() {
				c.end(byeNotOpened, "no "+wire.EventOpen+" in time", 0)
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// leaveTheClosing sends bye and gives the client the time to close.
func (c *conn) leaveTheClosing() {
	if c.write(c.goodbye()) != nil {
		c.socket.discard()
		c.cut()
		return
	}
	select {
	case <-c.ctx.Done(): // the client has closed
	case <-time.After(c.hub.options.Bye):
		c.socket.discard()
	}
}

// heartbeat asks a silent client for a sign of life, in a frame for scripts and
// on the level of WebSockets for those who answer no frame.
func (c *conn) heartbeat() {
	idle := c.hub.options.IdleAfter
	switch silent := c.silence(); {
	case silent > idle:
		c.socket.discard()
		c.cut()
	case silent > idle/4:
		c.whisper(item{frame: wire.Frame{Event: wire.EventPing}})
		go func() {
			ctx, stop := context.WithTimeout(c.ctx, idle)
			defer stop()
			if c.socket.ping(ctx) == nil {
				c.alive()
			}
		}()
	}
}

// writeAll writes until there is nothing more to write.
func (c *conn) writeAll() error {
	for {
		items, chatID := c.take()
		if len(items) == 0 && chatID == "" {
			return nil
		}
		for _, it := range items {
			write := c.writeReply
			if it.reply == nil {
				write = c.writeWhisper
			}
			if err := write(it); err != nil {
				return err
			}
		}
		if chatID != "" {
			more, err := c.deliver(chatID, 0, 0)
			if err != nil {
				return err
			}
			if more {
				c.again(chatID)
			}
		}
	}
}

// writeReply writes a reply at its place among the entries of its chat.
func (c *conn) writeReply(it item) error {
	defer func() {
		c.answered(it.id)
		<-c.slots
		c.again(it.reply.chatID) // what stands behind the reply could not go before
	}()
	f := wire.Frame{ID: it.id, Error: it.err}
	if it.err == nil {
		if _, err := c.deliver(it.reply.chatID, it.reply.upTo, it.reply.place.Seq); err != nil {
			return err
		}
		for _, e := range it.reply.before {
			if err := e.write(c.write); err != nil {
				return err
			}
		}
		f.Data = it.reply.data(c.audience())
	}
	if err := c.write(&f); err != nil {
		return err
	}
	if it.err == nil && it.reply.opens {
		c.begin(it.reply.feeds)
	}
	return nil
}

// writeWhisper writes what is in no log, after what its sender had seen. If that
// includes an entry for which a reply stands that is still to come, it waits.
func (c *conn) writeWhisper(it item) error {
	if _, err := c.deliver(it.chatID, it.upTo, 0); err != nil {
		return err
	}
	if c.hold(it) {
		return nil
	}
	return c.write(&it.frame)
}

// hold puts a whisper aside until the next reply is written, if it has to wait.
func (c *conn) hold(it item) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.feeds[it.chatID]; f != nil && f.cursor < it.upTo && len(c.pending) > 0 {
		c.held = append(c.held, it)
		return true
	}
	c.whispers--
	return false
}

// deliver writes the entries of a live chat that the client does not have yet:
// up to a position, or with upTo 0 a few of them, and then tells whether there
// are more. The entry at own is left out, as the reply stands for it; one whose
// reply is still to come ends the delivery until then.
func (c *conn) deliver(chatID string, upTo, own uint64) (more bool, err error) {
	f, cursor, heard := c.feed(chatID)
	if f == nil || upTo != 0 && cursor >= upTo {
		return false, nil
	}
	key := chatKey{c.actor.App.ID, chatID}
	ctx, stop := context.WithTimeout(c.ctx, operationWithin)
	defer stop()
	_, s, err := c.hub.log.View(ctx, key, max(heard, upTo))
	if err != nil { // the log has logged why
		time.AfterFunc(time.Second, func() { c.again(chatID) })
		return false, nil
	}
	me, to := c.actor.User.ID, c.audience()
	for n, r := range s.after(cursor) {
		if upTo != 0 && r.Seq > upTo {
			return true, nil
		}
		if upTo == 0 && n == feedTurn {
			return true, nil
		}
		mine := r.EventID != "" && r.By == me
		if mine && r.Seq != own && c.expects(r.EventID) {
			return false, nil
		}
		if f.out && joining(r.Entry) == me {
			f.out = false
		}
		if r.Seq != own && r.sees[to] && !f.out {
			push := wire.Frame{Seq: r.Seq, Prev: r.prev[to], Event: r.Event, Data: r.Data}
			if mine {
				push.EventID = r.EventID
			}
			if err := c.write(&push); err != nil {
				return false, err
			}
		}
		c.advance(f, r.Seq)
		f.out = f.out || removes(r.Entry, me)
	}
	if s.away && s.chat.Creator == me && s.chat.Status != chat.Closed { // and is here all the same
		c.hub.running.Go(func() { c.hub.service.Back(key, c.actor.User) })
	}
	if f.out || s.chat.Status == chat.Closed && s.ticketed { // nothing more will come
		c.hub.unfollow(c, key)
	}
	return false, nil
}

// write sends one frame; the client has WriteWithin to take it. One who does not
// can be told no more: what it misses it finds in the log.
func (c *conn) write(f *wire.Frame) error {
	within := c.hub.options.WriteWithin
	ctx, stop := context.WithTimeout(c.ctx, within)
	defer stop()
	err := c.socket.write(ctx, f.Append(nil))
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.hub.options.Logger.Info("a client is cut off, as it does not read what it is sent", "app", c.actor.App.ID, "user", c.actor.User.ID, "within", within)
	}
	return err
}
