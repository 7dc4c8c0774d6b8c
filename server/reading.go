package server

import (
	"bufio"
	"context"
	"net/http"

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
	begin := func() (context.Context, func(), error) { return s.beginReading(c, messages) }
	return op.Result{Stream: &op.Stream{Header: http.Header{"Content-Type": {kind}}, Begin: begin, Write: write}}
}

// beginReading takes room to read so many messages of the call's chat, if they are a long
// conversation, until end is called.
func (s *Server) beginReading(c *op.Call, messages int) (reading context.Context, end func(), err error) {
	bytes := int64(0)
	if all := len(c.State.Messages); messages > 0 {
		bytes = c.State.Bytes / int64(all) * int64(messages)
	}
	if bytes <= op.LongConversation {
		return s.ctx, func() {}, nil
	}
	return s.readings.begin(atOnce, c, c.State.Bytes)
}

// BeginReading takes room for a long reply on a connection (gateway.Service). A page's
// connections that come back together have it one after the other.
func (s service) BeginReading(c *gateway.Conn, bytes int64) (reading context.Context, end func(), err error) {
	within, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	return s.readings.begin(within, &op.Call{Actor: c.Actor, User: c.Actor.User, Client: c.Client}, bytes)
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
type readings struct{ visitors, staff *limit.Readings }

func newReadings(l Limits) readings {
	return readings{limit.NewReadings(readByVisitors, l.ReadingWithin), limit.NewReadings(readByStaff, l.ReadingWithin)}
}

// begin takes room for a call until end is called, and waits for it until ctx ends; then
// it is a 429. When others need the room of a slow reader, reading ends. A program with
// the app's secret may read several.
func (r readings) begin(ctx context.Context, c *op.Call, bytes int64) (reading context.Context, end func(), err error) {
	of := r.visitors
	if c.ByStaff() {
		of = r.staff
	}
	reading, end, ok := of.Begin(ctx, c.Reader(), bytes)
	if !ok {
		err := wire.Errorf(wire.ReadingBusy, "another long conversation is being read; a user reads one at a time, and few are read at once on the server")
		err.RetryAfter = readingRetryAfter
		return nil, nil, err
	}
	return reading, end, nil
}
