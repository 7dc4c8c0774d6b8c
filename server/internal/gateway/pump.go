package gateway

import (
	"context"
	"errors"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// pump writes to the client until the connection is given up: first what has its
// turn, then the chats that have news, a few entries of each at a time. A client
// that reads slowly only lags behind in the log.
func (c *Conn) pump() {
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
			c.Socket.Discard()
			c.cut()
			return
		}
		select {
		case <-c.wake:
		case <-beat.C:
			c.heartbeat()
		case <-open.C:
			if !c.isOpen() {
				c.end(ByeNotOpened, "no "+wire.EventOpen+" in time", 0)
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// leaveTheClosing sends bye and gives the client the time to close.
func (c *Conn) leaveTheClosing() {
	if c.write(c.goodbye()) != nil {
		c.Socket.Discard()
		c.cut()
		return
	}
	select {
	case <-c.ctx.Done(): // the client has closed
	case <-time.After(c.hub.options.Bye):
		c.Socket.Discard()
	}
}

// heartbeat asks a silent client for a sign of life, in a frame for scripts and
// on the level of WebSockets for those who answer no frame.
func (c *Conn) heartbeat() {
	idle := c.hub.options.IdleAfter
	switch silent := c.silence(); {
	case silent > idle:
		c.Socket.Discard()
		c.cut()
	case silent > idle/4:
		c.pushEphemeral(item{frame: wire.Frame{Event: wire.EventPing}})
		go func() {
			ctx, stop := context.WithTimeout(c.ctx, idle)
			defer stop()
			if c.Socket.ping(ctx) == nil {
				c.alive()
			}
		}()
	}
}

// writeAll writes until there is nothing more to write.
func (c *Conn) writeAll() error {
	for {
		items, chatID := c.next()
		if len(items) == 0 && chatID == "" {
			return nil
		}
		for _, it := range items {
			write := c.writeReply
			if it.reply == nil {
				write = c.writePush
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
func (c *Conn) writeReply(it item) error {
	defer func() {
		c.answered(it.id)
		<-c.slots
		c.again(it.reply.ChatID) // what stands behind the reply could not go before
	}()
	f := wire.Frame{ID: it.id, Error: it.err}
	if it.err == nil {
		if _, err := c.deliver(it.reply.ChatID, it.reply.UpTo, it.reply.Record.Seq); err != nil {
			return err
		}
		for _, e := range it.reply.Before {
			if err := e.Write(c.write); err != nil {
				return err
			}
		}
		f.Data = it.reply.Data(c.audience())
	}
	if err := c.write(&f); err != nil {
		return err
	}
	if it.err == nil && it.reply.Opens {
		c.begin(it.reply.Live)
	}
	return nil
}

// writePush writes what is in no log, after what its sender had seen. If that
// includes an entry for which a reply stands that is still to come, it waits.
func (c *Conn) writePush(it item) error {
	if _, err := c.deliver(it.chatID, it.upTo, 0); err != nil {
		return err
	}
	if c.defers(it) {
		return nil
	}
	return c.write(&it.frame)
}

// defers puts a whisper aside until the next reply is written, if it has to wait.
func (c *Conn) defers(it item) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.subscriptions[it.chatID]; f != nil && f.cursor < it.upTo && len(c.pending) > 0 {
		c.afterReply = append(c.afterReply, it)
		return true
	}
	c.ephemerals--
	return false
}

// deliver writes the entries of a live chat that the client does not have yet:
// up to a position, or with upTo 0 a few of them, and then tells whether there
// are more. The entry at own is left out, as the reply stands for it; one whose
// reply is still to come ends the delivery until then.
func (c *Conn) deliver(chatID string, upTo, own uint64) (more bool, err error) {
	f, cursor, heard := c.subscription(chatID)
	if f == nil || upTo != 0 && cursor >= upTo {
		return false, nil
	}
	key := ids.Key{App: c.Actor.App.ID, ID: chatID}
	ctx, stop := context.WithTimeout(c.ctx, ids.OperationWithin)
	defer stop()
	_, s, err := c.hub.log.View(ctx, key, max(heard, upTo))
	if err != nil { // the log has logged why
		time.AfterFunc(time.Second, func() { c.again(chatID) })
		return false, nil
	}
	me, to := c.Actor.User.ID, c.audience()
	for n, r := range s.RecordsAfter(cursor) {
		if upTo != 0 && r.Seq > upTo {
			return true, nil
		}
		if upTo == 0 && n == entriesInARow {
			return true, nil
		}
		mine := r.EventID != "" && r.By == me
		if mine && r.Seq != own && c.expects(r.EventID) {
			return false, nil
		}
		if f.left && chatstate.JoiningUser(r.Entry) == me {
			f.left = false
		}
		if r.Seq != own && r.VisibleTo[to] && !f.left {
			push := wire.Frame{Seq: r.Seq, Prev: r.Prev[to], Event: r.Event, Data: r.Data}
			if mine {
				push.EventID = r.EventID
			}
			if err := c.write(&push); err != nil {
				return false, err
			}
		}
		c.advance(f, r.Seq)
		f.left = f.left || chatstate.Removes(r.Entry, me)
	}
	if s.Away && s.Chat.Creator == me && s.Chat.Status != chat.Closed { // and is here all the same
		c.hub.running.Go(func() { c.hub.service.VisitorReturned(key, c.Actor.User) })
	}
	if f.left || s.Chat.Status == chat.Closed && s.Ticketed { // nothing more will come
		c.hub.unfollow(c, key)
	}
	return false, nil
}

// write sends one frame; the client has WriteWithin to take it. One who does not
// can be told no more: what it misses it finds in the log.
func (c *Conn) write(f *wire.Frame) error {
	within := c.hub.options.WriteWithin
	ctx, stop := context.WithTimeout(c.ctx, within)
	defer stop()
	err := c.Socket.write(ctx, f.Append(nil))
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.hub.options.Logger.Info("a client is cut off, as it does not read what it is sent", "app", c.Actor.App.ID, "user", c.Actor.User.ID, "within", within)
	}
	return err
}
