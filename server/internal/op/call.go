package op

import (
	"io"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/survey"
)

// Call is an operation being carried out.
type Call struct {
	Actor   identity.Actor
	EventID string // the request's id, "" if repeating it is not recognised
	ConnID  string // of the connection that asked, "" over REST
	Session string // digest of the session's token, "" without one
	Base    string // the server's address as the client has it, over REST
	Params  *Params
	Order   SendOrder // of the connection, nil over REST
	Upload  *Upload   // nil if no file came with it

	// Set by authorize.
	User  identity.User   // who acts: the session's, or whom the app's secret speaks for; chat.System if nobody
	Key   ids.Key         // the chat that it is about
	State chatstate.State // and how it stood when it was asked
	Link  survey.Link     // to a survey, if it came by one
}

// Check asks the chat; the server itself needs not be in it.
func (c *Call) Check(now chat.Chat, event string) error {
	if c.User.ID == chat.System {
		event = chat.EventClose // what asks no more than that the chat is open
	}
	return chat.Check(now, c.User.ID, event)
}

// WithChat completes a result whose reply has the chat as it stands. Connections
// may ask for the history in parts.
func (c *Call) WithChat(r Result, s *chatstate.State, with chatstate.Related) Result {
	write := func(to chatstate.Audience) *wire.Object { return s.JSON(to, with) }
	if c.ConnID != "" && c.Params.Flag("inParts") && with.History {
		r.Before, write = s.InParts(with)
	}
	r.Body = func(to chatstate.Audience) *wire.Object { return wire.NewObject(nil).Raw("chat", write(to).Done()) }
	return r
}

// Upload is a file that comes with a request, not read yet.
type Upload struct {
	Name     string
	Declared string // type that the sender says it has
	Head     []byte // its first bytes
	Content  io.Reader
}
