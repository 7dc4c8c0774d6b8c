package server_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/server"
	"parley/server/servertest"
)

const (
	strangers      = 1000
	strangersPause = time.Second // between two calls of a stranger, on average
	floodTurn      = 2 * time.Second
)

// BenchmarkMessageDuringFlood is the time of a customer's message while 1,000 strangers make visitors, chats and messages, each
// about once a second, beside the time without them: turns with and without take each other's place. The strangers share the
// processors with the server, so the ratio is an upper bound.
func BenchmarkMessageDuringFlood(b *testing.B) {
	for _, from := range []struct{ name, address string }{
		{"one network", "2001:db8::%x"},
		{"own networks", "2001:db8:0:%x::1"},
	} {
		b.Run(from.name, func(b *testing.B) {
			w := servertest.New(b, server.Limits{})
			customer, _, id := w.Conversation(b)
			f := newFlood(w, from.address)
			var times [2][]time.Duration // without and with the flood
			for range b.N {
				for with := range times {
					f.on.Store(with == 1)
					for begin := time.Now(); time.Since(begin) < floodTurn; {
						said := time.Now()
						customer.Say(id, "hello")
						times[with] = append(times[with], time.Since(said))
					}
				}
			}
			f.end()
			report := func(unit string, share float64) {
				var at [2]float64
				for i, all := range times {
					slices.Sort(all)
					at[i] = float64(all[int(share*float64(len(all)))].Microseconds())
				}
				b.ReportMetric(at[0], unit+"-µs-without")
				b.ReportMetric(at[1], unit+"-µs-with")
				b.ReportMetric(at[1]/at[0], unit+"-ratio")
			}
			report("p50", 0.5)
			report("p99", 0.99)
			seconds := float64(b.N) * floodTurn.Seconds()
			b.ReportMetric(float64(f.served.Load())/seconds, "served/s")
			b.ReportMetric(float64(f.refused.Load())/seconds, "refused/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// strangersFlood is strangers who each make a visitor, a chat and messages, as far as the server lets them.
type strangersFlood struct {
	w       *servertest.World
	on      atomic.Bool
	over    chan struct{}
	running sync.WaitGroup
	served  atomic.Int64
	refused atomic.Int64
}

func newFlood(w *servertest.World, address string) *strangersFlood {
	w.Client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: strangers}}
	f := &strangersFlood{w: w, over: make(chan struct{})}
	for n := range strangers {
		f.running.Go(func() { f.stranger(fmt.Sprintf(address, n+1)) })
	}
	return f
}

func (f *strangersFlood) end() {
	close(f.over)
	f.running.Wait()
	f.w.Client.CloseIdleConnections()
}

func (f *strangersFlood) stranger(address string) {
	var session http.Header
	var chatID string
	for {
		select {
		case <-f.over:
			return
		case <-time.After(rand.N(2 * strangersPause)):
		}
		switch {
		case !f.on.Load():
		case session == nil:
			if a := f.call("/users", from(servertest.App(), address), `{}`); a.Status == 200 {
				session = from(servertest.As(f.w.Session(a)), address)
			}
		case chatID == "":
			if a := f.call("/chats", session, `{"room":"1"}`); a.Status == 200 {
				chatID = a.Text("chat", "id")
			}
		default:
			f.call("/chats/"+chatID+"/messages", session, `{"message":"buy our things"}`)
		}
	}
}

func (f *strangersFlood) call(path string, h http.Header, body string) servertest.Answer {
	a := f.w.Rest("POST", path, h, body)
	if a.Status == 200 {
		f.served.Add(1)
	} else {
		f.refused.Add(1)
	}
	return a
}
