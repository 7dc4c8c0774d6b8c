package load

import (
	"context"

	"parley/server/drive"
)

// System is a server, and how people use it.
type System interface {
	Server() string                                  // its address
	Visitor(ctx context.Context) (Visitor, error)    // somebody new, on a connection, with a chat of their own
	Agent(ctx context.Context, n int) (Agent, error) // the n-th, on a connection
	// Crowd connects as many as are to hear a chat. Each hears by a function that hearer makes.
	Crowd(ctx context.Context, chat string, count int, hearer func() func(data []byte)) error
	Usage() *drive.Usage // what the server has taken; nil where nobody knows
	Close() error        // closes all connections, and what was begun for the load
}

// Visitor is somebody who speaks.
type Visitor interface {
	Chat() string
	Say(ctx context.Context, text string) error // returns when the server has it
}

// Agent is somebody who hears several chats.
type Agent interface {
	// Hear has a function get what others say in a chat, from the time on that Hear returns.
	Hear(ctx context.Context, chat string, heard func(data []byte)) error
}
