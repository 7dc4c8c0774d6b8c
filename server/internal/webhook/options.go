package webhook

import (
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/tracing"
)

// Options says how webhooks are posted to. A field that is zero or negative stands for
// its default.
type Options struct {
	// Private allows targets on loopback, private and other special addresses. Then
	// anyone who has an app's secret can make the server post into its own network.
	// Defaults to false.
	Private bool
	// Within is the time that a target has to answer a post. Defaults to 10 s.
	Within time.Duration
	// AgentWithin is the time that a target has to choose an agent. Defaults to 5 s.
	AgentWithin time.Duration
	// FirstRetry is the wait after the first failure; it doubles with each failure up to
	// LongestRetry, less up to a half at random. They default to 1 s and 1 h.
	FirstRetry, LongestRetry time.Duration
	// Attempts is how often an event is posted before it is dropped. Defaults to 36,
	// which takes about a day.
	Attempts int
	// DisableAfter is the time without a success after which a webhook is deactivated.
	// Defaults to 72 h.
	DisableAfter time.Duration
	// Tracer traces posts. Defaults to none.
	Tracer *tracing.Tracer
}

// WithDefaults gives the options with the defaults in place.
func (o Options) WithDefaults() Options {
	ids.Default(&o.Within, 10*time.Second)
	ids.Default(&o.AgentWithin, 5*time.Second)
	ids.Default(&o.FirstRetry, time.Second)
	ids.Default(&o.LongestRetry, time.Hour)
	ids.Default(&o.Attempts, 36)
	ids.Default(&o.DisableAfter, 72*time.Hour)
	return o
}
