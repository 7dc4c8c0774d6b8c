package core

import "time"

// DefaultMaxPending is the default of Options.MaxPending. Shells size their queues
// by it.
const DefaultMaxPending = 4096

// Options are the limits and time-outs of a client. A zero field means its default.
type Options struct {
	RequestWithin   time.Duration // for the answer to a request that is not stored, or to an HTTP request. Defaults to 30 s
	LoginWithin     time.Duration // for a login, or Init with a stored session, with all attempts. Defaults to 15 s
	OpenWithin      time.Duration // for one attempt to connect and open the session. Defaults to 10 s
	WebSocketWithin time.Duration // the same for a WebSocket, until the server says something or HTTP has failed too. Defaults to 4 s
	HeartbeatEvery  time.Duration // the silence after which the client pings. Defaults to 25 s
	HeartbeatWait   time.Duration // the silence after a ping that means the connection is lost. Defaults to 10 s
	ProbeWait       time.Duration // the same when the page has just become visible or online. Defaults to 3 s

	BackoffBase    time.Duration // the longest delay of the first attempt. Defaults to 100 ms
	BackoffCap     time.Duration // the longest delay in the first BackoffYoung after the loss. Defaults to 2 s
	BackoffLateCap time.Duration // the longest delay after that. Defaults to 30 s
	BackoffYoung   time.Duration // see BackoffCap. Defaults to 1 min
	RetryBase      time.Duration // the shortest wait before deferred requests are sent again. Defaults to 200 ms
	StableAfter    time.Duration // how long a connection must be open to reset the back-off. Defaults to 1 s

	MaxPending         int           // requests without an answer; one more is refused with 429. Defaults to DefaultMaxPending
	PendingBytes       int           // the data of these requests; over it one more is refused with 429. The socket may have to buffer as much. Defaults to 32 MiB
	MaxTransfers       int           // file transfers running or waiting; one more is refused with 429. Defaults to 32
	MaxActiveTransfers int           // file transfers running at once. Defaults to 3: browsers have six connections to a server
	TransferAttempts   int           // attempts for each file. Defaults to 10, which without a network take some 10 s
	MessageLength      int           // characters of one message, until the server says otherwise. Defaults to 10,000
	FrameBytes         int           // bytes of one frame, until the server says otherwise. Defaults to 256 KiB
	OutboxLife         time.Duration // the age at which a stored message is discarded. Defaults to 7 days
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.RequestWithin, 30 * time.Second},
		{&o.LoginWithin, 15 * time.Second},
		{&o.OpenWithin, 10 * time.Second},
		{&o.WebSocketWithin, 4 * time.Second},
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
