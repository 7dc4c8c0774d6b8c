package server

import (
	"io"

	"parley/core/chat"
	"parley/core/wire"
)

// call is an operation being carried out.
type call struct {
	actor   Actor
	eventID string // the request's id, "" if repeating it is not recognised
	connID  string // of the connection that asked, "" over REST
	session string // digest of the session's token, "" without one
	base    string // the server's address as the client has it, over REST
	params  *params
	order   SendOrder // of the connection, nil over REST
	upload  *upload   // nil if no file came with it

	// Set by authorize.
	user  User    // who acts: the session's, or whom the app's secret speaks for; chat.System if nobody
	key   chatKey // the chat that it is about
	state state   // and how it stood when it was asked
	link  link    // to a survey, if it came by one
}

// check asks the chat; the server itself needs not be in it.
func (c *call) check(now chat.Chat, event string) error {
	if c.user.ID == chat.System {
		event = chat.EventClose // what asks no more than that the chat is open
	}
	return chat.Check(now, c.user.ID, event)
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

// upload is a file that comes with a request, not read yet.
type upload struct {
	name     string
	declared string // type that the sender says it has
	head     []byte // its first bytes
	content  io.Reader
}
