package client

import (
	"errors"
	"time"

	"parley/core"
	"parley/core/httpconn"
)

// Options are the settings of a Client. Only Dialer is required; a zero field means
// its default.
type Options struct {
	Dialer core.Dialer // makes connections by WebSocket, such as wsconn.Dialer{}
	// LongPolling makes connections by HTTP, where WebSockets are cut off. Defaults to httpconn.Dialer{}.
	LongPolling core.Dialer
	HTTP        core.HTTP    // makes REST calls. Defaults to net/http, with limits of 1 min and 64 MiB for a response
	Store       core.Store   // keeps the session and the outbox. Defaults to NewMemory()
	Core        core.Options // limits and time-outs of the protocol

	// Events is how many events may wait for the handlers. When so many wait, the
	// Client reads no frames until a handler returns. Defaults to 1024.
	Events int
	// HandlerWithin is how long the Client waits then before it fails all calls, and
	// new ones, with code 429: the handler itself may wait for a call, whose answer
	// cannot be read. Defaults to 5 s.
	HandlerWithin time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.Dialer == nil {
		return o, errors.New("client: Options.Dialer is required, such as wsconn.Dialer{}")
	}
	if o.LongPolling == nil {
		o.LongPolling = httpconn.Dialer{}
	}
	if o.HTTP == nil {
		o.HTTP = newHTTP()
	}
	if o.Store == nil {
		o.Store = NewMemory()
	}
	if o.Events == 0 {
		o.Events = 1024
	}
	if o.HandlerWithin == 0 {
		o.HandlerWithin = 5 * time.Second
	}
	return o, nil
}
