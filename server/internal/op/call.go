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

// Call is one call of an operation.
type Call struct {
	Actor   identity.Actor
	EventID string // id of the request; the server recognises a repeated one by it, unless it is ""
	ConnID  string // of the connection that asked, "" over REST
	Session string // digest of the session's token, "" without one
	Base    string // address of the server as the client sees it, "" over the socket
	Params  *Params
	Order   SendOrder // of the connection, nil over REST
	Upload  *Upload   // nil if the request carries no file

	// Set by authorize.
	User  identity.User   // who acts: the session's user, or the one for whom the app's secret speaks; chat.System if none
	Key   ids.Key         // the chat that the call is about
	State chatstate.State // that chat when the call began
	Link  survey.Link     // the survey link by which the call came, if it came by one
}

// SendOrder keeps what one connection sends to a chat in the order of sending. The
// gateway has one for each connection; Server.Do asks it.
type SendOrder interface {
	// Admit refuses a request that must wait until an earlier one has been sent again.
	Admit(key ids.Key, eventID string) error
	// Ended notes how a request ended. One that Admit refused changes nothing.
	Ended(key ids.Key, eventID string, err error)
}

// Upload is the file that a request carries. It has not been read yet.
type Upload struct {
	Name     string
	Declared string // media type that the sender declares
	Head     []byte // the first bytes, which Content gives again
	Content  io.Reader
}

// Check asks whether the chat allows the event to the user. The server itself need
// not be a member: for it the chat only has to be open.
func (c *Call) Check(now chat.Chat, event string) error {
	if c.User.ID == chat.System {
		event = chat.EventClose // requires only that the chat is open
	}
	return chat.Check(now, c.User.ID, event)
}

// WithChat adds the chat to a result. A connection may ask for the history in parts.
func (c *Call) WithChat(r Result, s *chatstate.State, with chatstate.Related) Result {
	write := func(to chatstate.Audience) *wire.Object { return s.JSON(to, with) }
	if c.ConnID != "" && c.Params.Flag("inParts") && with.History {
		r.Before, write = s.HistoryInParts(with)
	}
	r.Body = func(to chatstate.Audience) *wire.Object { return wire.NewObject(nil).Raw("chat", write(to).Done()) }
	return r
}
