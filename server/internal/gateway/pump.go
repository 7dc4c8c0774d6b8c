package gateway

import (
	"context"
	"errors"
	"os"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// pump writes to the client until the connection ends: first the items, then the
// chats that have new entries, a few of each in turn.
func (c *Conn) pump() {
	heartbeat := time.NewTicker(c.hub.options.IdleAfter / 3)
	defer heartbeat.Stop()
	openDeadline := time.NewTimer(c.hub.options.OpenWithin)
	defer openDeadline.Stop()
	for {
		ending := c.byeFrame() != nil // then what goes before bye is there
		err := c.writeAll()
		if err == nil {
			err = c.flush()
		}
		if err == nil && ending {
			c.sayBye()
			return
		}
		if err != nil {
			c.abort()
			return
		}
		select {
		case <-c.wake:
		case <-heartbeat.C:
			c.checkAlive()
		case <-openDeadline.C:
			if !c.isOpen() {
				c.end(byeNotOpened, "no "+wire.EventOpen+" in time", 0)
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// sayBye writes bye and gives the client the time to close.
func (c *Conn) sayBye() {
	err := c.write(c.byeFrame())
	if err == nil {
		err = c.flush()
	}
	if err != nil {
		c.abort()
		return
	}
	close(c.saidBye)
	select {
	case <-c.ctx.Done(): // the client has closed
	case <-time.After(c.hub.options.Bye):
		c.socket.discard()
	}
}

// checkAlive asks a silent client for a sign of life, by a frame. A ping of the WebSocket
// would be answered by a browser also for a page that it has frozen, whose user is gone.
func (c *Conn) checkAlive() {
	within := c.hub.options.IdleAfter
	switch idle := c.idle(); {
	case idle > within:
		c.abort()
	case idle > within/4:
		c.pushEphemeral(item{frame: wire.Frame{Event: wire.EventPing}})
	}
}

// writeAll writes until there is nothing more to write.
func (c *Conn) writeAll() error {
	for {
		it, chatID := c.next()
		switch {
		case it != nil:
			if err := c.writeItem(*it); err != nil {
				return err
			}
			continue
		case chatID == "":
			return nil
		}
		more, err := c.deliver(chatID, 0, 0)
		if err != nil {
			return err
		}
		if more {
			c.requeue(chatID)
		}
	}
}

func (c *Conn) writeItem(it item) error {
	if it.reply != nil {
		return c.writeReply(it)
	}
	return c.writePush(it)
}

// writeReply writes a reply in its place among the entries of its chat.
func (c *Conn) writeReply(it item) error {
	defer func() {
		c.removePending(it.id)
		<-c.slots
		c.requeue(it.reply.ChatID) // entries behind the reply had to wait for it
	}()
	f := wire.Frame{ID: it.id, Error: it.err}
	if it.err == nil {
		if _, err := c.deliver(it.reply.ChatID, it.reply.UpTo, it.reply.Record.Seq); err != nil {
			return err
		}
		if it.reply.Memory > op.ShortReply {
			return c.writeLong(it, f)
		}
	}
	return c.writeReplyTo(it, f)
}

// writeLong is writeReplyTo once there is room for a reply that is not short, which is refused if there is
// none for long. When others need the room of a slow client its connection ends.
func (c *Conn) writeLong(it item, f wire.Frame) error {
	if err := c.flush(); err != nil { // what is written does not wait for room
		return err
	}
	reading, end, err := c.hub.service.BeginReading(c, it.reply.Memory)
	if err != nil {
		it.err = op.Refusal(c.hub.options.Logger, err, "reading")
		f.Error = it.err
		if it.reply.Opens {
			defer c.end(byeSession, it.err.Message, float64(it.err.RetryAfter))
		}
		return c.writeReplyTo(it, f)
	}
	defer end()
	defer context.AfterFunc(reading, c.cut)()
	if err := c.writeReplyTo(it, f); err != nil {
		return err
	}
	return c.flush()
}

// writeReplyTo writes the reply to a request as it is due now.
func (c *Conn) writeReplyTo(it item, f wire.Frame) error {
	if it.err == nil {
		for _, e := range it.reply.Before {
			if err := e.Write(c.write); err != nil {
				return err
			}
		}
		f.Data = it.reply.Data(c.audience)
	}
	if err := c.write(&f); err != nil {
		return err
	}
	if it.err == nil && it.reply.Opens {
		c.open(it.reply.Live)
	}
	return nil
}

// writePush writes an ephemeral push after the entries that its sender had seen. If
// one of these is an entry whose reply is still to be written, the push waits for it.
func (c *Conn) writePush(it item) error {
	if _, err := c.deliver(it.chatID, it.upTo, 0); err != nil {
		return err
	}
	if c.deferPush(it) {
		return nil
	}
	return c.write(&it.frame)
}

// stop says where writing the entries of a chat stopped.
type stop int

const (
	atEnd   stop = iota // the client has all entries of the chat
	atLimit             // more may be written at once
	atReply             // the next entry waits: the reply will stand in its place
)

// deliver writes the entries of a live chat that the client does not have yet: those
// up to a position, or with upTo 0 a limited number. more tells whether to come back
// for others at once. The entry at own is left out: the reply stands in its place.
func (c *Conn) deliver(chatID string, upTo, own uint64) (more bool, err error) {
	s, cursor, known := c.subscription(chatID)
	if s == nil || upTo != 0 && cursor >= upTo {
		return false, nil
	}
	return c.deliverTo(s, chatID, cursor, known, upTo, own)
}

// deliverTo is deliver where there may be something. It stands apart because what a chat is
// takes 3 kB of stack: a connection that only pings keeps a small one.
func (c *Conn) deliverTo(s *subscription, chatID string, cursor, known, upTo, own uint64) (more bool, err error) {
	key := ids.Key{App: c.Actor.App.ID, ID: chatID}
	now, cached := c.hub.log.Cached(key, max(known, upTo))
	if !cached { // what is written does not wait for the log
		if err := c.flush(); err != nil {
			return false, err
		}
		if now, err = c.view(key, max(known, upTo)); err != nil { // the log has logged why
			time.AfterFunc(time.Second, func() { c.requeue(chatID) })
			return false, nil
		}
	}
	stopped, err := c.writeEntries(s, &now, now.RecordsAfter(cursor), upTo, own)
	if err == nil && stopped == atEnd {
		c.atEndOf(key, s, &now)
	}
	return stopped == atLimit, err
}

func (c *Conn) view(key ids.Key, atLeast uint64) (chatstate.State, error) {
	ctx, cancel := context.WithTimeout(chatlog.ReadBy(c.ctx, c.Reader()), ids.OperationWithin)
	defer cancel()
	return c.hub.log.Follows(ctx, key, atLeast)
}

// writeEntries writes what the client may see of the entries, and moves the cursor.
func (c *Conn) writeEntries(s *subscription, now *chatstate.State, entries []chatstate.Record, upTo, own uint64) (stop, error) {
	me, to := c.Actor.User.ID, c.audience
	for n := range entries {
		r := &entries[n]
		switch {
		case upTo != 0 && r.Seq > upTo, upTo == 0 && n == maxEntriesInARow:
			return atLimit, nil
		case r.Seq != own && c.isOwn(r) && c.isPending(r.EventID):
			return atReply, nil
		}
		if s.removed && chatstate.JoiningUser(r.Entry) == me {
			s.removed = false
		}
		if r.Seq != own && r.VisibleTo[to] && !s.removed {
			if err := c.writeEntry(r, now.Shown(r.Entry), to); err != nil {
				return atEnd, err
			}
		}
		c.advance(s, r.Seq)
		s.removed = s.removed || chatstate.Removes(r.Entry, me)
	}
	return atEnd, nil
}

// isOwn tells whether a request of the connection's user made the entry.
func (c *Conn) isOwn(r *chatstate.Record) bool { return r.EventID != "" && r.By == c.Actor.User.ID }

func (c *Conn) writeEntry(r *chatstate.Record, data wire.Raw, to chatstate.Audience) error {
	push := wire.Frame{Seq: r.Seq, Prev: r.Prev[to], Event: r.Event, Data: data}
	if c.isOwn(r) {
		push.EventID = r.EventID
	}
	return c.write(&push)
}

// atEndOf does what is due when the client has all entries of a chat: it brings back
// a visitor who is counted as away, and ends a subscription that can get no more.
func (c *Conn) atEndOf(key ids.Key, s *subscription, now *chatstate.State) {
	closed := now.Chat.Status == chat.Closed
	if now.Away && now.Chat.Creator == c.Actor.User.ID && !closed {
		c.hub.running.Go(func() { c.hub.service.VisitorReturned(key, c.Actor.User) })
	}
	if s.removed || closed && now.Ticketed {
		c.hub.unfollow(c, key)
	}
}

// write writes one frame, which flush sends. A client that does not take it within
// WriteWithin is cut off; it finds in the log what it misses.
func (c *Conn) write(f *wire.Frame) error {
	c.scratch = f.Append(append(c.scratch[:0], c.number...))
	err := c.socket.write(c.scratch, c.hub.options.WriteWithin)
	if cap(c.scratch) > maxScratch {
		c.scratch = nil
	}
	return c.logSlow(err)
}

// flush sends the frames that write has written: all that are ready go out together.
func (c *Conn) flush() error { return c.logSlow(c.socket.flush(c.hub.options.WriteWithin)) }

func (c *Conn) logSlow(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.hub.options.Logger.Info("client cut off: it does not read what it is sent",
			"app", c.Actor.App.ID, "user", c.Actor.User.ID, "within", c.hub.options.WriteWithin)
	}
	return err
}
