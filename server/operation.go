package server

import (
	"context"

	"parley/core/chat"
)

// operation is one thing that can be asked of the server, by socket, by REST or
// by both.
type operation struct {
	Event  string // its name on the socket, "" if it is not offered there
	Method string // and of REST, "" likewise
	Path   string // below /v1; {name} is a parameter
	Access access
	Writes bool // to the store; if not, it is carried out also while nothing can be written
	Do     func(ctx context.Context, c *call) (result, error)
}

// ofMedia tells whether the operation gives a file.
func (op *operation) ofMedia() bool {
	return op.Method == "GET" && (op.Path == "/media" || op.Path == "/media/{mediaId}")
}

// keepsOrder tells whether clients store such a request and send it again until
// it is done, so that its place among the others is to be kept.
func (op *operation) keepsOrder() bool {
	switch op.Event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}

// table is all operations, found by their names on the socket.
type table struct {
	list    []*operation
	byEvent map[string]*operation
}

// newTable makes a table of operations, each of which has a name of its own on the
// socket or none.
func newTable(list ...*operation) *table {
	t := &table{list: list, byEvent: map[string]*operation{}}
	for _, op := range list {
		if op.Event != "" {
			t.byEvent[op.Event] = op
		}
	}
	return t
}

// event finds an operation by its name on the socket, nil if there is none.
func (t *table) event(name string) *operation { return t.byEvent[name] }
