package client

import (
	"errors"
	"time"

	"parley/core"
)

// Options are what a Client works with. Only Dialer is required; a zero field
// means its default.
type Options struct {
	Dialer core.Dialer  // makes the connections, such as wsconn.Dialer{}
	HTTP   core.HTTP    // carries out REST calls. Defaults to net/http with a limit of 1 min and 64 MiB an answer
	Store  core.Store   // keeps session and outbox. Defaults to memory that ends with the Client
	Core   core.Options // limits and waits of the protocol

	// Events is how many events may wait for the handlers. Defaults to 1024. When
	// they are full the Client stops taking in frames until a handler returns.
	Events int
	// HandlerWithin is how long the Client stands still like that before it fails
	// the calls that wait, and new ones, with code 429: one of them may be made by
	// the very handler, and its answer lies behind what cannot be taken in.
	// Defaults to 5 s.
	HandlerWithin time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.Dialer == nil {
		return o, errors.New("client: Options.Dialer is required, such as wsconn.Dialer{}")
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
