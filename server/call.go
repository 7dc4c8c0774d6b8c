package server

import (
	"context"
	"errors"
	"io"
	"net/http"

	"parley/core/chat"
	"parley/core/wire"
)

// access says who may do something; authorize is where it is judged.
type access int

const (
	accessApp       access = iota // whoever may use the app
	accessSession                 // a logged-in user, or the app's secret
	accessAgent                   // an agent, or the app's secret
	accessSecret                  // the app's secret
	accessAdmin                   // the admin secret
	accessLink                    // whoever has the link to a survey
	accessChat                    // who is or was in the chat, is invited to it, or is a supervisor; reads only
	accessVisitor                 // whose chat the ticket is of, or the app's secret; reads only
	accessMember                  // who is in the chat
	accessHost                    // who is in the chat, or is a supervisor
	accessDesk                    // an agent, of a chat that exists
	accessLead                    // a supervisor, likewise
	accessColleague               // an agent who is in the chat, or a supervisor
)

// operation is one thing that can be asked of the server, by socket, by REST or
// by both.
type operation struct {
	Event  string // its name on the socket, "" if it is not offered there
	Method string // and of REST, "" likewise
	Path   string // below /v1; {name} is a parameter
	Access access
	Do     func(s *Server, ctx context.Context, c *call) (result, error)
}

// call is an operation being carried out.
type call struct {
	actor   Actor
	eventID string // the request's id, "" if repeating it is not recognised
	connID  string // of the connection that asked, "" over REST
	session string // digest of the session's token, "" without one
	base    string // the server's address as the client has it, over REST
	params  *params
	lane    *lane   // of the connection, nil over REST
	upload  *upload // nil if no file came with it

	// Set by authorize.
	user  User    // who acts: the session's, or whom the app's secret speaks for; chat.System if nobody
	key   chatKey // the chat that it is about
	state state   // and how it stood when it was asked
	link  link    // to a survey, if it came by one
}

// result is what an operation gives.
type result struct {
	file   *file                          // set if it is one, then nothing else counts
	body   func(to audience) *wire.Object // the reply's data, left open; nil is {"success":true}
	chatID string                         // what has happened in this chat
	upTo   uint64                         // up to here goes before the reply
	place  record                         // the entry that the reply stands for
	before []earlier                      // histories that go before the reply
	opens  bool                           // it is the reply to session:open,
	feeds  []start                        // which makes these chats live
}

// data is the reply for a recipient.
func (r *result) data(to audience) wire.Raw {
	var o *wire.Object
	if r.body == nil {
		o = wire.NewObject(nil).Bool("success", true)
	} else {
		o = r.body(to)
	}
	if r.place.sees[to] {
		o.Uint("seq", r.place.Seq).Uint("prev", r.place.prev[to])
	}
	return o.Done()
}

// answer is a result that has no place in a chat.
func answer(body func(o *wire.Object)) result {
	return result{body: func(audience) *wire.Object {
		o := wire.NewObject(nil)
		body(o)
		return o
	}}
}

// of is the result of an append.
func (o outcome) of(key chatKey, body func(to audience) *wire.Object) result {
	r := result{body: body, chatID: key.id, upTo: o.state.seq}
	if o.record.Seq != 0 {
		r.place, r.upTo = o.record, o.record.Seq
	}
	return r
}

// carryOut judges and does.
func (s *Server) carryOut(ctx context.Context, op *operation, c *call) (res result, err error) {
	if c.lane != nil && op.keepsTurn() {
		defer func() { c.lane.ended(c, err) }()
	}
	if err = s.authorize(ctx, op, c); err != nil {
		return result{}, err
	}
	if op.keepsTurn() {
		if err = c.lane.admit(c); err != nil {
			return result{}, err
		}
	}
	if op.Method != http.MethodGet {
		if failing := s.engine.Failing(); failing != nil {
			return result{}, errUnavailable("the server's store cannot be written to now")
		}
		var stop context.CancelFunc
		ctx, stop = s.engine.writing(ctx)
		defer stop()
	}
	if res, err = op.Do(s, ctx, c); err == nil {
		err = c.params.err
	}
	return res, err
}

// keepsTurn tells whether clients store such a request and send it again until
// it is done, so that its place among the others is to be kept.
func (op *operation) keepsTurn() bool {
	switch op.Event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}

// append adds an entry that the caller makes to the call's chat, if the chat
// allows it.
func (s *Server) append(ctx context.Context, c *call, event string, build func(*folded) (wire.Raw, error)) (outcome, error) {
	return s.log.Append(ctx, c.key, act{c.user.ID, c.eventID, event}, func(f *folded) (wire.Raw, error) {
		if err := c.check(f.chat, event); err != nil {
			return nil, err
		}
		return build(f)
	})
}

// check asks the chat; the server itself needs not be in it.
func (c *call) check(now chat.Chat, event string) error {
	if c.user.ID == chat.System {
		event = chat.EventClose // what asks no more than that the chat is open
	}
	return chat.Check(now, c.user.ID, event)
}

var errDefect = wire.Errorf(wire.CodeInternal, "the server has a defect; it is in its log")

// refusal is the error as the client gets it; what is not meant for clients goes
// to the log.
func (s *Server) refusal(err error, what string) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	s.options.Logger.Error("operation", "event", what, "error", err)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return wire.Errorf(wire.CodeUnsure, "the server's store does not answer now; try again")
	}
	return wire.Errorf(wire.CodeUnavailable, "the server's store fails; it is in the server's log; try again")
}

// withChat completes a result whose reply has the chat as it stands. Connections
// may ask for the history in parts.
func (c *call) withChat(r result, s *state, with related) result {
	write := func(to audience) *wire.Object { return s.json(to, with) }
	if c.connID != "" && c.params.flag("inParts") && with.history {
		r.before, write = s.inParts(with)
	}
	r.body = func(to audience) *wire.Object { return wire.NewObject(nil).Raw("chat", write(to).Done()) }
	return r
}

// file is a result that is no JSON.
type file struct {
	header  http.Header
	content io.ReadCloser
}

// upload is a file that comes with a request, not read yet.
type upload struct {
	name     string
	declared string // type that the sender says it has
	head     []byte // its first bytes
	content  io.Reader
}

// start says from where on a chat is live.
type start struct {
	chatID string
	cursor uint64
}
