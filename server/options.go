package server

import (
	"log/slog"
	"time"

	"parley/server/internal/ids"
)

// Options says how a Server behaves. The zero value has all defaults.
type Options struct {
	// Limits bounds what clients may do.
	Limits Limits
	// Webhooks says how events are posted to apps' own servers.
	Webhooks WebhookOptions
	// Presence says how fast lost connections and lost nodes are noticed.
	Presence PresenceOptions
	// Metrics get what the server counts and measures. Defaults to none.
	Metrics *Metrics
	// Tracer traces requests, and what they wait for. Defaults to none.
	Tracer *Tracer
	// Audit says how much of the audit log is kept.
	Audit AuditOptions
	// Slow is the time after which an operation is logged as slow. Defaults to a second.
	Slow time.Duration
	// Logger gets what an operator must know as warnings and errors, details at debug
	// level. Defaults to no log.
	Logger *slog.Logger
}

// Limits bounds what a client may do, and how long things may take. A field that is
// zero or negative stands for its default.
type Limits struct {
	// MessageLength is the longest text of a message, in characters. Defaults to 10,000.
	MessageLength int
	// FrameBytes is the longest frame or REST body accepted, in bytes. A longer frame is
	// answered with 413; one of more than 16 times this ends the connection. Defaults to
	// 256 KiB.
	FrameBytes int
	// OpenWithin is the time that a new connection has to send session:open. Defaults to
	// 3 s.
	OpenWithin time.Duration
	// WriteWithin is the time that one write to a client may take. Defaults to 10 s.
	WriteWithin time.Duration
	// ReadingWithin is how long a client may take in any case to read a long conversation.
	// Who takes longer goes on as long as nobody else needs the memory. Defaults to 30 s.
	ReadingWithin time.Duration
	// Bye is the time that a client has to close after a bye frame; then the connection
	// is cut. Defaults to 5 s.
	Bye time.Duration
	// IdleAfter is the silence after which a connection counts as lost. The server sends
	// frames ping well before, and any frame answers them. The time in which the server
	// reads nothing, as it carries out requests, does not count. Defaults to 75 s.
	IdleAfter time.Duration
	// MessagesPerSecond is the rate of requests that a user may keep up, over all their
	// connections to this node, unless Rates has another one for visitors or agents. On
	// sockets a faster user is read more slowly, and nothing is refused; over REST it is a
	// 429. Defaults to 1,000.
	MessagesPerSecond int
	// Rates are those that differ from the defaults of package limit: how fast addresses,
	// users and apps may make visitors, chats and the like.
	Rates Rates
	// Sockets is the number of sockets that this node serves. Defaults to 20,000. A tenth
	// of them may have no session yet.
	Sockets int
	// SocketsPerAddress is how many of them a client's address may have. Defaults to 1,000.
	SocketsPerAddress int
	// SocketsPerUser is how many of them a user may have. The tabs of a browser share one;
	// with these a user may have five times as many connections. Defaults to 20.
	SocketsPerUser int
	// CachedChats is the number of chats kept in memory. Defaults to 10,000.
	CachedChats int
	// AssignTimeout is the time that an agent has to answer an invitation, unless the
	// chat or the app's settings say otherwise. Defaults to 30 s.
	AssignTimeout time.Duration
	// AssignMaxAttempts is the number of agents invited one after the other, unless the
	// chat or the app's settings say otherwise. Defaults to 10.
	AssignMaxAttempts int
	// SurveyLink is the time in which a link to a survey can be used. Defaults to a day.
	SurveyLink time.Duration
	// Quotas are the most that apps may let their chats, visitors and files take. Defaults
	// to those of the options in docs/operating.md.
	Quotas Quotas
}

// What follows from the number of sockets.
const (
	openBytes            = 4 << 10 // what may come before the session, but for a few long frames
	unopenedShare        = 10      // of the sockets may have no session yet
	connectionsOfSockets = 5       // connections of a user for each of their sockets
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	ids.Default(&o.Slow, time.Second)
	o.Audit = o.Audit.WithDefaults()
	o.Limits = o.Limits.withDefaults()
	o.Presence = o.Presence.WithDefaults()
	o.Webhooks = o.Webhooks.WithDefaults()
	o.Webhooks.Tracer = o.Tracer
	return o
}

func (l Limits) withDefaults() Limits {
	ids.Default(&l.MessageLength, 10_000)
	ids.Default(&l.FrameBytes, 256<<10)
	ids.Default(&l.OpenWithin, 3*time.Second)
	ids.Default(&l.WriteWithin, 10*time.Second)
	ids.Default(&l.ReadingWithin, 30*time.Second)
	ids.Default(&l.Bye, 5*time.Second)
	ids.Default(&l.IdleAfter, 75*time.Second)
	ids.Default(&l.MessagesPerSecond, 1000)
	ids.Default(&l.Sockets, 20_000)
	ids.Default(&l.SocketsPerAddress, 1000)
	ids.Default(&l.SocketsPerUser, 20)
	ids.Default(&l.CachedChats, 10_000)
	ids.Default(&l.AssignTimeout, 30*time.Second)
	ids.Default(&l.AssignMaxAttempts, 10)
	ids.Default(&l.SurveyLink, 24*time.Hour)
	l.Quotas = l.Quotas.WithDefaults()
	return l
}
