package core

import "time"

// DefaultMaxPending is the default of Options.MaxPending; shells size their
// queues by it.
const DefaultMaxPending = 4096

// Options are the limits and waits of a client. A zero field means its default.
type Options struct {
	RequestWithin  time.Duration // an answer to a request that is not stored, or to an HTTP call. Defaults to 30 s
	LoginWithin    time.Duration // init with a stored session, and login, all attempts together. Defaults to 15 s
	OpenWithin     time.Duration // one attempt to connect and open the session. Defaults to 10 s
	HeartbeatEvery time.Duration // silence after which the client pings. Defaults to 25 s
	HeartbeatWait  time.Duration // silence after a ping that means the connection is lost. Defaults to 10 s
	ProbeWait      time.Duration // the same when the page has just become visible or online. Defaults to 3 s

	BackoffBase    time.Duration // the first attempt's longest delay. Defaults to 100 ms
	BackoffCap     time.Duration // longest delay while the loss is young. Defaults to 2 s
	BackoffLateCap time.Duration // longest delay after that. Defaults to 30 s
	BackoffYoung   time.Duration // how long a loss is young. Defaults to 1 min
	RetryBase      time.Duration // the shortest wait before what the server could not take is sent again. Defaults to 200 ms
	StableAfter    time.Duration // an open connection this old resets the back-off. Defaults to 1 s

	MaxPending         int           // requests waiting for an answer; one more is refused with 429. Defaults to DefaultMaxPending
	PendingBytes       int           // of those requests, likewise; so many the socket may have to hold too, when the network stalls. Defaults to 32 MiB
	MaxTransfers       int           // files on their way or waiting; one more is refused with 429. Defaults to 32
	MaxActiveTransfers int           // files on their way at once. Defaults to 3: browsers have six connections to a server
	TransferAttempts   int           // of moving a file, all together. Defaults to 10, some 10 s without a network
	MessageLength      int           // characters of one message, until the server says otherwise. Defaults to 10,000
	FrameBytes         int           // bytes of one frame, until the server says otherwise. Defaults to 256 KiB
	OutboxLife         time.Duration // a stored message this old is given up. Defaults to 7 days
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.RequestWithin, 30 * time.Second},
		{&o.LoginWithin, 15 * time.Second},
		{&o.OpenWithin, 10 * time.Second},
		{&o.HeartbeatEvery, 25 * time.Second},
		{&o.HeartbeatWait, 10 * time.Second},
		{&o.ProbeWait, 3 * time.Second},
		{&o.BackoffBase, 100 * time.Millisecond},
		{&o.BackoffCap, 2 * time.Second},
		{&o.BackoffLateCap, 30 * time.Second},
		{&o.BackoffYoung, time.Minute},
		{&o.RetryBase, 200 * time.Millisecond},
		{&o.StableAfter, time.Second},
		{&o.OutboxLife, 7 * 24 * time.Hour},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *int
		value int
	}{{&o.MaxPending, DefaultMaxPending}, {&o.PendingBytes, 32 << 20}, {&o.MaxTransfers, 32}, {&o.MaxActiveTransfers, 3}, {&o.TransferAttempts, 10},
		{&o.MessageLength, 10_000}, {&o.FrameBytes, 256 << 10}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return o
}
