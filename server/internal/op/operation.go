package op

import (
	"context"

	"parley/core/chat"
)

// Access is the rule that says who may call an operation. Package server decides
// by it, in authorize. The app's secret opens all but AdminSecret and Supervisor.
type Access int

const (
	AnyApp                  Access = iota // anyone who names an app and whose page's origin the app allows
	AnySession                            // a logged-in user
	AnyAgent                              // an agent
	AppSecret                             // the app's secret only
	AdminSecret                           // the server's admin secret only
	SurveyLink                            // anyone who has a link to a survey
	ChatReader                            // a present or past member of the chat, the agent invited to it, or a supervisor; read only
	ChatVisitor                           // the visitor of the chat that the ticket names; read only
	ChatMember                            // a member of the chat
	MemberOrSupervisor                    // a member of the chat, or a supervisor
	AgentForChat                          // an agent, or a member of the chat; the chat must exist
	Supervisor                            // a supervisor; the chat must exist
	AgentInChatOrSupervisor               // an agent who is in the chat, or a supervisor
)

// Operation is one thing that a client can ask of the server: over the socket,
// over REST or over both.
type Operation struct {
	Event  string // its name on the socket, "" if it is not offered there
	Method string // its method of REST, "" if it is not offered there
	Path   string // its path of REST below /v1, with parameters as {name}
	Access Access
	Writes bool // whether it writes to the store; it is refused while the store cannot be written to
	Do     func(ctx context.Context, c *Call) (Result, error)
}

// IsDownload tells whether the reply of the operation is a file.
func (op *Operation) IsDownload() bool {
	return op.Method == "GET" && (op.Path == "/media" || op.Path == "/media/{mediaId}")
}

// KeepsOrder tells whether clients store such a request and send it again until it
// succeeds. Requests of this kind are appended to a chat in the order of sending.
func (op *Operation) KeepsOrder() bool {
	switch op.Event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}

// Table holds all operations, and finds one by its event or by a request of REST.
type Table struct {
	List    []*Operation
	byEvent map[string]*Operation
}

// NewTable makes a table. No two operations may have the same event.
func NewTable(list ...*Operation) *Table {
	t := &Table{List: list, byEvent: map[string]*Operation{}}
	for _, op := range list {
		if op.Event != "" {
			t.byEvent[op.Event] = op
		}
	}
	return t
}

// Event finds an operation by its name on the socket; nil if there is none.
func (t *Table) Event(name string) *Operation { return t.byEvent[name] }
