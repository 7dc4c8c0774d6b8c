package webhook

import (
	"time"

	"parley/server/internal/ids"
)

// Options says how webhooks are posted to. Each field that is zero or below
// stands for its default.
type Options struct {
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

func (o Options) WithDefaults() Options {
	ids.Default(&o.Within, 10*time.Second)
	ids.Default(&o.AgentWithin, 5*time.Second)
	ids.Default(&o.FirstRetry, time.Second)
	ids.Default(&o.LongestRetry, time.Hour)
	ids.Default(&o.Attempts, 36)
	ids.Default(&o.DisableAfter, 72*time.Hour)
	return o
}
