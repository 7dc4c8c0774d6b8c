package server

import (
	"bufio"
	"net/http"
	"sync"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

const jsonType = "application/json; charset=utf-8"

// streamed makes the reply about so many messages of the call's chat. A long one is
// refused while the user has another under way, or too many have.
func (s *Server) streamed(c *op.Call, messages int, kind string, write func(to *bufio.Writer)) op.Result {
	begin := func() (func(), error) { return s.beginReading(c, messages) }
	return op.Result{Stream: &op.Stream{Header: http.Header{"Content-Type": {kind}}, Begin: begin, Write: write}}
}

// beginReading takes a place to read so many messages of the call's chat, if they are a long
// conversation, until end is called.
func (s *Server) beginReading(c *op.Call, messages int) (end func(), err error) {
	if all := len(c.State.Messages); messages == 0 || c.State.Bytes/int64(all)*int64(messages) <= longConversation {
		return func() {}, nil
	}
	return s.readings.begin(c)
}

// writeList writes an object whose last member is a conversation.
func writeList(out *bufio.Writer, o *wire.Object, name string, list chatstate.Conversation) {
	chatstate.WriteList(out, o.Raw(name, wire.Raw("[]")).Done(), list)
}

// What counts as long, how many long conversations are read at once on this node, and when
// the next may be, in seconds. A chat is in memory while it is read.
const (
	longConversation  = 1 << 20 // bytes
	readByVisitors    = 4
	readByStaff       = 8
	readingRetryAfter = 5
)

// readings are the long conversations that are being read. Visitors and staff have places
// of their own, so that neither wait for slow readers among the others.
type readings struct {
	mu              sync.Mutex
	visitors, staff map[ids.Key]bool // by who reads
}

func newReadings() *readings {
	return &readings{visitors: map[ids.Key]bool{}, staff: map[ids.Key]bool{}}
}

// begin takes a place for a call until end is called. Without one it is a 429. A program
// with the app's secret may read several.
func (r *readings) begin(c *op.Call) (end func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	who, reading, places := ids.Key{App: c.Actor.App.ID, ID: c.User.ID}, r.visitors, readByVisitors
	if c.ByStaff() {
		reading, places = r.staff, readByStaff
	}
	if c.Actor.Secret {
		who.ID = ids.New()
	}
	if reading[who] || len(reading) >= places {
		err := wire.Errorf(wire.ReadingBusy, "another long conversation is being read; a user reads one at a time, and few are read at once on the server")
		err.RetryAfter = readingRetryAfter
		return nil, err
	}
	reading[who] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(reading, who)
	}, nil
}
