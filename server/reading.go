package server

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"time"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

const jsonType = "application/json; charset=utf-8"

// streamed makes the reply about so many messages of the call's chat. A long one is
// refused while the user has another under way, or too many have.
func (s *Server) streamed(c *op.Call, messages int, kind string, write func(to *bufio.Writer)) op.Result {
	stream := &op.Stream{Header: http.Header{"Content-Type": {kind}}, Write: write}
	stream.Begin = func() (context.Context, func(), error) { return s.beginReading(c, messages) }
	if bytes := conversationBytes(c, messages); bytes <= op.LongConversation {
		if err := s.takeReads(c, bytes); err != nil { // before it is written
			stream.Begin = func() (context.Context, func(), error) { return nil, nil, err }
			return op.Result{Stream: stream}
		}
		if text := written(write); len(text) <= op.LongConversation { // while it is read, the chat need not be in memory
			caller := &op.Call{Actor: c.Actor, User: c.User, Client: c.Client}
			stream.Begin = func() (context.Context, func(), error) { return s.beginShort(caller, int64(len(text))) }
			stream.Write = func(to *bufio.Writer) { _, _ = to.Write(text) }
		}
	}
	return op.Result{Stream: stream}
}

// written is all that write writes.
func written(write func(to *bufio.Writer)) []byte {
	var text bytes.Buffer
	to := bufio.NewWriter(&text)
	write(to)
	_ = to.Flush() // never fails
	return text.Bytes()
}

// conversationBytes is about how long so many messages of the call's chat are.
func conversationBytes(c *op.Call, messages int) int64 {
	if messages == 0 {
		return 0
	}
	return c.State.Bytes / int64(len(c.State.Messages)) * int64(messages)
}

// beginReading takes room to read so many messages of the call's chat, if they are a long
// conversation, until end is called.
func (s *Server) beginReading(c *op.Call, messages int) (reading context.Context, end func(), err error) {
	bytes := conversationBytes(c, messages)
	if bytes <= op.LongConversation {
		return s.ctx, func() {}, nil
	}
	if err := s.takeReads(c, bytes); err != nil {
		return nil, nil, err
	}
	return s.readings.begin(atOnce, c, c.State.Bytes)
}

// takeReads counts bytes of conversations that are written for who calls, as each costs time of
// the processors. What every page loads is no long one, and counts as a request alone.
func (s *Server) takeReads(c *op.Call, bytes int64) error {
	caller := s.callerOf(c)
	count := limit.Count{Kind: limit.Reads, Scope: limit.Address}
	switch {
	case bytes <= op.ShortReply, caller.Scope == limit.Secret:
		return nil
	case caller.Scope == limit.Agent: // many work behind one address
		count.Scope = limit.Agent
	}
	if refused := s.meter.TakeMany(count, caller, int(bytes)); refused != nil {
		return refusalOf(refused)
	}
	return nil
}

// BeginReading takes room for a long reply on a connection (gateway.Service). A page's
// connections that come back together have it one after the other.
func (s service) BeginReading(c *gateway.Conn, bytes int64) (reading context.Context, end func(), err error) {
	within, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	by := &op.Call{Actor: c.Actor, User: c.Actor.User, Client: c.Client}
	if err := s.takeReads(by, bytes); err != nil {
		return nil, nil, err
	}
	return s.readings.begin(within, by, bytes)
}

// beginShort takes room for a reply that is no long conversation, of which a client may
// leave many unread.
func (s *Server) beginShort(c *op.Call, bytes int64) (reading context.Context, end func(), err error) {
	if bytes <= op.ShortReply {
		return s.ctx, func() {}, nil
	}
	within, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	return s.readings.begin(within, c, bytes)
}

// atOnce has ended: who waits by it does not wait.
var atOnce = func() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	return ctx
}()

// writeList writes an object whose last member is a conversation.
func writeList(out *bufio.Writer, o *wire.Object, name string, list chatstate.Conversation) {
	chatstate.WriteList(out, o.Raw(name, wire.Raw("[]")).Done(), list)
}

// How many bytes of long conversations are read at once on this node, how long one has at
// least when others wait, and when the next may be asked for, in seconds. A chat is in
// memory while it is read.
const (
	readByVisitors    = 128 << 20
	readByStaff       = 256 << 20
	readShort         = 128 << 20
	shortWithin       = 3 * time.Second // as ReadingWithin, of replies that are no long conversations
	readingRetryAfter = 5
)

// How many bytes of bodies and frames may be in memory that are being read, or wait to be
// carried out: of an address, and in all.
const (
	roomOfAddress = 16 << 20
	roomOfAll     = 128 << 20
)

// readings are the long conversations that are being read. Visitors and staff have room
// of their own, so that neither wait for slow readers among the others.
type readings struct{ visitors, staff, short *limit.Readings }

func newReadings(l Limits) readings {
	return readings{limit.NewReadings(readByVisitors, l.ReadingWithin), limit.NewReadings(readByStaff, l.ReadingWithin), limit.NewReadings(readShort, shortWithin)}
}

// begin takes room for a call until end is called, and waits for it until ctx ends; then
// it is a 429. When others need the room of a slow reader, reading ends. A program with
// the app's secret may read several.
func (r readings) begin(ctx context.Context, c *op.Call, bytes int64) (reading context.Context, end func(), err error) {
	of, who := r.visitors, c.Reader()
	switch {
	case bytes <= op.LongConversation:
		of, who.User = r.short, "" // a user may read several
	case c.ByStaff():
		of = r.staff
	}
	reading, end, ok := of.Begin(ctx, who, bytes)
	if !ok {
		err := wire.Errorf(wire.ReadingBusy, "another long conversation is being read; a user reads one at a time, and few are read at once on the server")
		err.RetryAfter = readingRetryAfter
		return nil, nil, err
	}
	return reading, end, nil
}
