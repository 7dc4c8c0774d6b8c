package metrics

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the numbers of a process. Make them with New.
type Metrics struct {
	registry *prometheus.Registry
	server   atomic.Pointer[func() State] // nil while none runs

	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	appends  *prometheus.HistogramVec
	waits    prometheus.Histogram
	logins   *prometheus.CounterVec
	sessions *prometheus.CounterVec
}

// Bounds of the buckets, in seconds.
var (
	answerBuckets = []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10}
	appendBuckets = []float64{0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10}
	waitBuckets   = []float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600}
)

// New makes the metrics of a process, with those of the Go runtime. version and commit are
// the program's.
func New(version, commit string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("parley_requests_total", "Requests answered, by socket or REST, by operation and code.", "transport", "operation", "code"),
		took:     histograms("parley_request_seconds", "Time to carry out a request, without reading and writing.", answerBuckets, "transport", "operation"),
		appends:  histograms("parley_append_seconds", "Time until the store has confirmed entries of a chat, or failed.", appendBuckets, "outcome"),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_wait_seconds", Help: "Time that visitors waited in a queue until an agent came.", Buckets: waitBuckets,
		}),
		logins:   counters("parley_login_failures_total", "Log-ins of agents that failed, by reason.", "reason"),
		sessions: counters("parley_sessions_opened_total", "Sessions opened on connections: begun, or resumed with what the client had.", "how"),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "parley_build_info", Help: "1, with the program's version, and the commit that it is built of.",
	}, []string{"version", "commit"})
	build.WithLabelValues(version, commit).Set(1)
	m.registry.MustRegister(m.requests, m.took, m.appends, m.waits, m.logins, m.sessions, build, states{m},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Answered counts so many requests of an operation that were answered with a code, each
// after a time.
func (m *Metrics) Answered(transport, operation string, code, requests int, took time.Duration) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(transport, operation, codeText(code)).Add(float64(requests))
	times := m.took.WithLabelValues(transport, operation)
	for range requests {
		times.Observe(took.Seconds())
	}
}

// codeText spares an allocation for most requests.
func codeText(code int) string {
	if code == http.StatusOK {
		return "200"
	}
	return strconv.Itoa(code)
}

// Appended notes how long the store took to confirm entries, or to fail.
func (m *Metrics) Appended(took time.Duration, err error) {
	if m == nil {
		return
	}
	outcome := "stored"
	if err != nil {
		outcome = "failed"
	}
	m.appends.WithLabelValues(outcome).Observe(took.Seconds())
}

// Waited notes for how long a visitor waited in a queue.
func (m *Metrics) Waited(seconds float64) {
	if m != nil {
		m.waits.Observe(seconds)
	}
}

// LoginFailed counts a failed log-in by the name of its reason.
func (m *Metrics) LoginFailed(reason string) {
	if m != nil {
		m.logins.WithLabelValues(reason).Inc()
	}
}

// SessionOpened counts a connection whose session was opened. resumed tells that the client
// came back with chats that it had.
func (m *Metrics) SessionOpened(resumed bool) {
	if m == nil {
		return
	}
	how := "begun"
	if resumed {
		how = "resumed"
	}
	m.sessions.WithLabelValues(how).Inc()
}
