package server_test

import (
	"net/http/httptest"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// scrape reads metrics as Prometheus does.
func scrape(t *testing.T, m *server.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, answer.Code, answer.Body)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	require.NoError(t, err)
	return families
}

// number gives the value of a metric with these labels, in turn names and values; -1 if
// there is none. Of a histogram it is the count.
func number(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	for _, m := range families[name].GetMetric() {
		has := map[string]string{}
		for _, pair := range m.GetLabel() {
			has[pair.GetName()] = pair.GetValue()
		}
		matches := true
		for n := 0; n < len(labels); n += 2 {
			matches = matches && has[labels[n]] == labels[n+1]
		}
		switch {
		case !matches:
		case m.Counter != nil:
			return m.Counter.GetValue()
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount())
		default:
			return m.GetGauge().GetValue()
		}
	}
	return -1
}

// measured is a world whose metrics have all that happens in it.
func measured(t *testing.T) (*servertest.World, *server.Metrics) {
	t.Helper()
	m := server.NewMetrics("1.2.3", "c0ffee")
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{
		Metrics: m, Limits: server.Limits{Rates: server.Rates{{Kind: limit.Chats, Scope: limit.Visitor}: {PerSecond: 0.001, Burst: 1}}},
	})
	return w, m
}

// Each number is what happened, and no label names whom it happened to.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w, m := measured(t)
	w.Set(`{"queue":{"active":true}}`)
	visitor := w.Open(t, w.Visitor("Vera"))
	id := visitor.NewChat()
	visitor.Ask(chat.EventAssign, servertest.Obj("chatId", id))
	waiting := scrape(t, m)
	assert.EqualValues(t, 1, number(waiting, "parley_chats", "status", "waiting"))
	assert.EqualValues(t, 1, number(waiting, "parley_queued_chats"))
	assert.GreaterOrEqual(t, number(waiting, "parley_queue_oldest_seconds"), 0.0)
	assert.EqualValues(t, 1, number(waiting, "parley_sockets", "transport", "websocket"))

	agent := w.Open(t, w.Agent("agent1"))
	agent.Ask("agents:available", servertest.Obj("available", true))
	agent.Next("invitations:new")
	agent.Ask("invitations:accept", servertest.Obj("chatId", id))
	for range 3 {
		visitor.Say(id, "a secret word")
	}
	w.Rest("POST", "/chats", servertest.As(visitor.Login), `{"room":"2"}`).RequireRefused(429, "chats/visitor")
	w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"no"}`).RequireRefused(401, "password")
	w.Rest("GET", "/nowhere/at/all", servertest.App(), "").RequireRefused(404, "nowhere")
	visitor.Refused("chats:nonsense", servertest.Obj(), 404, "nonsense")

	var now map[string]*dto.MetricFamily
	require.Eventually(t, func() bool {
		now = scrape(t, m)
		return number(now, "parley_wait_seconds") == 1 && number(now, "parley_chats", "status", "active") == 1
	}, storetest.WaitFor, storetest.Tick)
	for _, tc := range []struct {
		name   string
		value  float64
		labels []string
	}{
		{"parley_serving", 1, nil},
		{"parley_sockets", 2, []string{"transport", "websocket"}},
		{"parley_sockets", 0, []string{"transport", "polling"}},
		{"parley_connections", 2, nil},
		{"parley_queued_chats", 0, nil},
		{"parley_exports_running", 0, nil},
		{"parley_webhook_backlog", 0, nil},
		{"parley_requests_total", 3, []string{"transport", "socket", "operation", chat.EventMessage, "code", "200"}},
		{"parley_request_seconds", 3, []string{"transport", "socket", "operation", chat.EventMessage}},
		{"parley_requests_total", 1, []string{"transport", "rest", "operation", "POST /agents/login", "code", "401"}},
		{"parley_requests_total", 1, []string{"transport", "rest", "operation", "chats:create", "code", "429"}},
		{"parley_requests_total", 1, []string{"transport", "rest", "operation", "unknown", "code", "404"}},
		{"parley_requests_total", 1, []string{"transport", "socket", "operation", "unknown", "code", "404"}},
		{"parley_login_failures_total", 1, []string{"reason", "wrong-password"}},
		{"parley_limited_total", 1, []string{"limit", "chats/visitor"}},
		{"parley_sessions_opened_total", 2, []string{"how", "begun"}},
		{"parley_build_info", 1, []string{"version", "1.2.3", "commit", "c0ffee"}},
	} {
		assert.EqualValues(t, tc.value, number(now, tc.name, tc.labels...), "%s %v", tc.name, tc.labels)
	}
	assert.GreaterOrEqual(t, number(now, "parley_append_seconds", "outcome", "stored"), 5.0)
	assert.Positive(t, number(now, "parley_store_bytes"))
	assert.Positive(t, number(now, "go_goroutines"))
	for name, family := range now {
		for _, one := range family.GetMetric() {
			for _, pair := range one.GetLabel() {
				assert.NotContains(t, []string{"demo", id, visitor.Login.ID, agent.Login.ID, "127.0.0.1", "nonsense"}, pair.GetValue(), name)
			}
		}
	}

	visitor.Cut()
	resumed := w.Dial(t)
	resumed.OpenSession(visitor.Login, map[string]uint64{id: 1})
	assert.EqualValues(t, 1, number(scrape(t, m), "parley_sessions_opened_total", "how", "resumed"))
	resumed.Cut()
	w.Close()
	assert.EqualValues(t, 0, number(scrape(t, m), "parley_serving"), "no server runs")
}
