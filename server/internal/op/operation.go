package op

import (
	"context"

	"parley/core/chat"
)

// Operation is one thing that can be asked of the server, by socket, by REST or
// by both.
type Operation struct {
	Event  string // its name on the socket, "" if it is not offered there
	Method string // and of REST, "" likewise
	Path   string // below /v1; {name} is a parameter
	Access Access
	Writes bool // to the store; if not, it is carried out also while nothing can be written
	Do     func(ctx context.Context, c *Call) (Result, error)
}

// IsDownload tells whether the operation gives a file.
func (op *Operation) IsDownload() bool {
	return op.Method == "GET" && (op.Path == "/media" || op.Path == "/media/{mediaId}")
}

// KeepsOrder tells whether clients store such a request and send it again until
// it is done, so that its place among the others is to be kept.
func (op *Operation) KeepsOrder() bool {
	switch op.Event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}

// Table is all operations, found by their names on the socket.
type Table struct {
	List    []*Operation
	byEvent map[string]*Operation
}

// NewTable makes a table of operations, each of which has a name of its own on the
// socket or none.
func NewTable(list ...*Operation) *Table {
	t := &Table{List: list, byEvent: map[string]*Operation{}}
	for _, op := range list {
		if op.Event != "" {
			t.byEvent[op.Event] = op
		}
	}
	return t
}

// Event finds an operation by its name on the socket, nil if there is none.
func (t *Table) Event(name string) *Operation { return t.byEvent[name] }
