package load

import (
	"encoding/json"
	"fmt"
	"io"
)

// Print writes the figures for people.
func (f *Figures) Print(to io.Writer) {
	whose := ""
	if f.Own {
		whose = ", started for this"
	}
	line(to, "server", "%s%s", f.Server, whose)
	if c := f.Connected; c != nil {
		line(to, "connected", "%d visitors, %.0f a second%s%s; %d refused", c.Connections, c.PerSecond,
			given(c.LastPerSecond, ", the last tenth %.0f a second"), known(c.MicrosEach, ", %.0f us of CPU each"), c.Refused)
	}
	if i := f.Idle; i != nil {
		line(to, "idle", "%d connections: %.1f kB each, %.1f MB in all; %.2f %% of a core over %.0f s",
			i.Connections, float64(i.BytesPerConnection)/1e3, float64(i.Memory)/1e6, i.CPUPercent, i.Seconds)
	}
	f.Spoken.print(to, "messages")
	f.FanOut.print(to, "fan-out")
	for _, failure := range f.Failures {
		line(to, "failed", "%s", failure)
	}
	if f.Ended {
		line(to, "ended", "by a signal, before its time")
	}
}

func (s *Spoken) print(to io.Writer, name string) {
	if s == nil {
		return
	}
	line(to, name, "%d in %.1f s, %.0f a second%s; %d refused, %d unanswered", s.Messages, s.Seconds, s.PerSecond,
		known(s.MicrosPerMessage, ", %.0f us of CPU each"), s.Refused, s.Unanswered)
	line(to, "  deliveries", "%d to %d each, %.0f a second%s; %d lost, %d twice", s.Deliveries, s.Listeners, s.DeliveriesPerSecond,
		known(s.MicrosPerDelivery, ", %.1f us of CPU each"), s.Lost, s.Twice)
	line(to, "  reply", "%s", s.Reply)
	line(to, "  received", "%s", s.Received)
	if s.LoaderMicrosPerMessage != nil {
		line(to, "  the load", "took %.0f us of CPU a message itself", *s.LoaderMicrosPerMessage)
	}
}

func (l Latency) String() string {
	return fmt.Sprintf("p50 %.2f ms, p90 %.2f, p99 %.2f, the longest %.2f", l.P50, l.P90, l.P99, l.Max)
}

func line(to io.Writer, name, format string, args ...any) {
	fmt.Fprintf(to, "%-12s  %s\n", name, fmt.Sprintf(format, args...))
}

func known(value *float64, format string) string {
	if value == nil {
		return ""
	}
	return fmt.Sprintf(format, *value)
}

func given(value float64, format string) string {
	if value == 0 {
		return ""
	}
	return fmt.Sprintf(format, value)
}

// JSON writes the figures for programs.
func (f *Figures) JSON(to io.Writer) error {
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(f)
}
