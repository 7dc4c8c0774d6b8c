package server

import (
	"log/slog"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/presence"
	"parley/server/internal/webhook"
)

// Options says how a Server behaves. The zero value is ready for use.
type Options struct {
	// Limits bounds what clients may do.
	Limits Limits
	// Webhooks says how apps' own servers are told of events.
	Webhooks webhook.Options
	// Logger takes what an operator may want to know. Defaults to no log.
	Logger *slog.Logger

	// Presence says how fast nodes notice who is connected.
	Presence presence.Options
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

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.withDefaults()
	o.Presence = o.Presence.WithDefaults()
	o.Webhooks = o.Webhooks.WithDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	ids.Default(&l.MessageLength, 10_000)
	ids.Default(&l.FrameBytes, 256<<10)
	ids.Default(&l.OpenWithin, 10*time.Second)
	ids.Default(&l.WriteWithin, 10*time.Second)
	ids.Default(&l.Bye, 5*time.Second)
	ids.Default(&l.IdleAfter, 75*time.Second)
	ids.Default(&l.MessagesPerSecond, 1000)
	ids.Default(&l.CachedChats, 10_000)
	ids.Default(&l.AssignTimeout, 30*time.Second)
	ids.Default(&l.AssignMaxAttempts, 10)
	ids.Default(&l.SurveyLink, 24*time.Hour)
	return l
}
