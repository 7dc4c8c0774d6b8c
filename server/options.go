package server

import (
	"log/slog"
	"time"
)

// Options says how a Server behaves. The zero value is ready for use.
type Options struct {
	// Limits bounds what clients may do.
	Limits Limits
	// Webhooks says how apps' own servers are told of events.
	Webhooks WebhookOptions
	// Logger takes what an operator may want to know. Defaults to no log.
	Logger *slog.Logger

	// Tests have not the time.
	beat time.Duration // how often a node says that it lives. Defaults to 5 s
	back time.Duration // how long agents have to come back after a restart. Defaults to 5 s
}

// Limits bounds what a client may do and how long things may take. Each field
// that is zero or below stands for its default.
type Limits struct {
	// MessageLength is the longest text of a message, in characters. Defaults to 10,000.
	MessageLength int
	// FrameBytes is the longest frame taken, in bytes. A longer one is answered
	// with 413; one beyond 16 times this ends the connection. Defaults to 256 KiB.
	FrameBytes int
	// OpenWithin is the time a new connection has for its session:open. Defaults to 10 s.
	OpenWithin time.Duration
	// WriteWithin is the time one write to a client may take. Defaults to 10 s.
	WriteWithin time.Duration
	// Bye is the time a client has to close after a bye frame. Defaults to 5 s.
	Bye time.Duration
	// IdleAfter is the silence after which a connection counts as lost; the
	// server pings well before. Defaults to 75 s.
	IdleAfter time.Duration
	// MessagesPerSecond is the rate of requests a session may keep up; excess
	// slows the reading, and is not refused. Defaults to 1,000.
	MessagesPerSecond int
	// CachedChats is the number of folded chats kept in memory. Defaults to 10,000.
	CachedChats int
	// AssignTimeout is the time an agent has to answer an invitation, where the
	// chat does not say. Defaults to 30 s.
	AssignTimeout time.Duration
	// AssignMaxAttempts is the number of agents invited one after the other,
	// where the chat does not say. Defaults to 10.
	AssignMaxAttempts int
	// SurveyLink is how long a link to a survey can be used. Defaults to a day.
	SurveyLink time.Duration
}

// WebhookOptions says how webhooks are posted to. Each field that is zero or below
// stands for its default.
type WebhookOptions struct {
	// Private allows targets on loopback, private and other special addresses:
	// whoever has an app's secret can then make the server post into the network
	// that it stands in. Defaults to false.
	Private bool
	// Within is the time that a target has to take a post. Defaults to 10 s.
	Within time.Duration
	// AgentWithin is the time it has to choose an agent. Defaults to 5 s.
	AgentWithin time.Duration
	// FirstRetry is the wait after the first failure; it doubles with each one up
	// to LongestRetry, less up to a half at random. They default to 1 s and 1 h.
	FirstRetry, LongestRetry time.Duration
	// Attempts is how often an event is posted before it is given up. Defaults to
	// 36, which takes about a day.
	Attempts int
	// DisableAfter is how long nothing may succeed until a webhook is deactivated.
	// Defaults to 72 h.
	DisableAfter time.Duration
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.withDefaults()
	orDefault(&o.beat, 5*time.Second)
	orDefault(&o.back, 5*time.Second)
	o.Webhooks = o.Webhooks.withDefaults()
	return o
}

func (o WebhookOptions) withDefaults() WebhookOptions {
	orDefault(&o.Within, 10*time.Second)
	orDefault(&o.AgentWithin, 5*time.Second)
	orDefault(&o.FirstRetry, time.Second)
	orDefault(&o.LongestRetry, time.Hour)
	orDefault(&o.Attempts, 36)
	orDefault(&o.DisableAfter, 72*time.Hour)
	return o
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.MessageLength, 10_000)
	orDefault(&l.FrameBytes, 256<<10)
	orDefault(&l.OpenWithin, 10*time.Second)
	orDefault(&l.WriteWithin, 10*time.Second)
	orDefault(&l.Bye, 5*time.Second)
	orDefault(&l.IdleAfter, 75*time.Second)
	orDefault(&l.MessagesPerSecond, 1000)
	orDefault(&l.CachedChats, 10_000)
	orDefault(&l.AssignTimeout, 30*time.Second)
	orDefault(&l.AssignMaxAttempts, 10)
	orDefault(&l.SurveyLink, 24*time.Hour)
	return l
}

func orDefault[N int | time.Duration](field *N, value N) {
	if *field <= 0 {
		*field = value
	}
}
