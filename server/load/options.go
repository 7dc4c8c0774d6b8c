package load

import (
	"io"
	"time"
)

// Options say what load to make, on which server.
type Options struct {
	URL    string // of a server; "" starts one of its own
	Secret string // the admin secret of that server

	Program     string   // of a server of its own
	ServerFlags []string // more flags for it
	ServerEnv   []string // its environment

	Chats    int           // in the store before, of visitors who have left
	Visitors int           // each with a chat, who speak
	Agents   int           // who share the chats, and hear what visitors say
	Rate     int           // messages a second of all visitors; 0 is as fast as replies come
	Duration time.Duration // of each phase
	Idle     int           // connections of visitors who say nothing
	FanOut   int           // connections that hear one more visitor

	Progress io.Writer // says what is going on
}

// Connections is how many the load has to the server at a time.
func (o Options) Connections() int {
	n := o.Visitors + o.Idle + o.FanOut
	if o.Visitors > 0 {
		n += o.Agents
	}
	if o.FanOut > 0 {
		n++ // who speaks
	}
	return n
}
