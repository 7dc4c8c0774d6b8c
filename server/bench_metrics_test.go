//go:build unix

package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// BenchmarkMetrics is what the metrics cost: the CPU time of messages on a server that
// measures them, by that on one that does not. The two take turns, so that what else the
// machine does hits both.
func BenchmarkMetrics(b *testing.B) {
	const messages = 2000
	var spent [2]time.Duration
	var say [2]func()
	for n, m := range []*server.Metrics{nil, server.NewMetrics("bench", "")} {
		w := servertest.With(b, storetest.Engine(b, b.TempDir()), server.Options{Limits: benchLimits, Metrics: m})
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
		for turn := range 2 {
			n := (round + turn) % 2
			before := cpuTime(b)
			say[n]()
			spent[n] += cpuTime(b) - before
		}
	}
	each := float64(b.N * messages)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent[0].Microseconds())/each, "µs/message")
	b.ReportMetric(float64(spent[1].Microseconds())/each, "µs/measured-message")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "ratio")
}

// cpuTime is what the process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
