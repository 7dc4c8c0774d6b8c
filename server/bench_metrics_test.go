//go:build unix

package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// BenchmarkMetrics is what it costs to measure and to trace: the CPU time of messages on
// servers that do, by that on one that does not. They take turns, so that what else the
// machine does hits all. That of traces has what the collector of the benchmark takes to read
// them.
func BenchmarkMetrics(b *testing.B) {
	const messages = 2000
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(collector.Close)
	tracing := func(ratio float64) *server.Tracer {
		t, err := server.NewTracer(server.TraceOptions{Endpoint: collector.URL, Ratio: ratio}, "bench", slog.New(slog.NewTextHandler(b.Output(), nil)))
		require.NoError(b, err)
		b.Cleanup(func() { t.Close(context.WithoutCancel(b.Context())) })
		return t
	}
	servers := []struct {
		name string
		o    server.Options
	}{
		{"plain", server.Options{}},
		{"measured", server.Options{Metrics: server.NewMetrics("bench", "")}},
		{"traced-1%", server.Options{Tracer: tracing(0.01)}},
		{"traced-100%", server.Options{Tracer: tracing(1)}},
	}
	spent := make([]time.Duration, len(servers))
	say := make([]func(), len(servers))
	for n, s := range servers {
		s.o.Limits = benchLimits
		w := servertest.With(b, storetest.Engine(b, b.TempDir()), s.o)
		visitor, _, id := w.Conversation(b)
		say[n] = func() {
			asked := make([]string, 0, messages)
			for range messages {
				if len(asked) >= 64 {
					visitor.Reply(asked[len(asked)-64])
				}
				asked = append(asked, visitor.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", "hello")))
			}
			visitor.Reply(asked[messages-1])
		}
	}
	b.ResetTimer()
	for round := range b.N {
		for turn := range servers {
			n := (round + turn) % len(servers)
			before := cpuTime(b)
			say[n]()
			spent[n] += cpuTime(b) - before
		}
	}
	b.ReportMetric(0, "ns/op")
	for n, s := range servers {
		b.ReportMetric(float64(spent[n].Microseconds())/float64(b.N*messages), "µs/"+s.name)
		b.ReportMetric(float64(spent[n])/float64(spent[0]), "ratio/"+s.name)
	}
}

// cpuTime is what the process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
