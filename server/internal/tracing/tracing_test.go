package tracing_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/tracetest"
	"parley/server/internal/tracing"
)

const named = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"

func tracer(t *testing.T, o tracing.Options, logger *slog.Logger) *tracing.Tracer {
	t.Helper()
	tr, err := tracing.New(o, "1.2.3", logger)
	require.NoError(t, err)
	return tr
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	c := tracetest.New(t)
	tr := tracer(t, tracing.Options{Endpoint: c.URL, Headers: "authorization=Bearer abc=, x-tenant = shop", Ratio: 1}, quiet())
	noted, traceID := tracing.Note(t.Context())
	ctx, span := tr.Begin(noted, tracing.Served, "unknown")
	span.Name("messages:new")
	span.Text("parley.app", "shop")
	span.Text("parley.none", "")
	_, step := tracing.Step(ctx, "log append")
	step.Number("parley.entries", 3)
	step.End(errors.New("Vera said hello"))
	assert.Equal(t, "00-"+span.TraceID()+"-", tracing.Traceparent(ctx)[:36])
	span.End(nil)
	tr.Close(t.Context())

	outer, inner := c.Spans("messages:new")[0], c.Spans("log append")[0]
	assert.Equal(t, *traceID, hex.EncodeToString([]byte(outer.Trace)))
	assert.Equal(t, map[string]string{"parley.app": "shop"}, outer.Said)
	assert.Equal(t, "SPAN_KIND_SERVER", outer.Kind)
	assert.Equal(t, outer.ID, inner.Parent)
	assert.Equal(t, map[string]string{"parley.entries": "3"}, inner.Said)
	assert.True(t, inner.Failed)
	assert.False(t, outer.Failed)
	assert.NotContains(t, c.Raw(), "Vera")
	of, header := c.Resource()
	assert.Equal(t, "parley 1.2.3", of["service.name"]+" "+of["service.version"])
	assert.NotEmpty(t, of["service.instance.id"])
	assert.Equal(t, "Bearer abc= shop", header.Get("Authorization")+" "+header.Get("X-Tenant"))
}

// What another program says decides, whatever the ratio; what cannot be read says nothing.
func TestSampling(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, said string
		ratio      float64
		sampled    bool
	}{
		{"all", "", 1, true},
		{"none", "", 0, false},
		{"another has sampled it", named + "01", 0, true},
		{"another has not", named + "00", 1, false},
		{"no traceparent", "00-abc-01", 0, false},
		{"no traceparent, of a sampled request", "00-abc-01", 1, true},
	} {
		c := tracetest.New(t)
		tr := tracer(t, tracing.Options{Endpoint: c.URL, Ratio: tc.ratio}, quiet())
		ctx, span := tr.Begin(tracing.From(t.Context(), tc.said), tracing.Served, "x")
		_, step := tracing.Step(ctx, "y")
		assert.Equal(t, tc.sampled, span != nil && step != nil, tc.name)
		assert.Equal(t, tc.sampled, tracing.Traceparent(ctx) != "", tc.name)
		step.End(nil)
		span.End(nil)
		tr.Close(t.Context())
		assert.Equal(t, tc.sampled, len(c.Spans("")) == 2, tc.name)
		if tc.said == named+"01" {
			assert.Equal(t, "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331", span.TraceID()+" "+hex.EncodeToString([]byte(c.Spans("x")[0].Parent)))
		}
	}
	var none *tracing.Tracer
	ctx, span := none.Begin(t.Context(), tracing.Served, "x")
	assert.Nil(t, span)
	assert.Empty(t, tracing.Traceparent(ctx)+span.TraceID())
	span.End(nil)
	none.Close(t.Context())
}

// A collector that answers nothing holds nobody up, and keeps no more than a bounded queue
// of spans; a stop waits for it as long as it is told. One line says how many are lost.
func TestUnresponsiveCollector(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	dead := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer dead.Close()
	defer close(release)
	var log lines
	tr := tracer(t, tracing.Options{Endpoint: dead.URL, Ratio: 1}, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 * 4096 { // three times what may wait
		_, span := tr.Begin(t.Context(), tracing.Served, "x")
		span.End(nil)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	tr.Close(ended)
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	assert.Contains(t, log.String(), "the collector does not get all")
	assert.Contains(t, log.String(), "spansLost=12288")
}

func TestRefusingCollector(t *testing.T) {
	t.Parallel()
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusForbidden) }))
	var log lines
	tr := tracer(t, tracing.Options{Endpoint: down.URL, Ratio: 1}, slog.New(slog.NewTextHandler(&log, nil)))
	_, span := tr.Begin(t.Context(), tracing.Served, "x")
	span.End(nil)
	tr.Close(t.Context())
	assert.Contains(t, log.String(), "spansLost=1 error=\"traces export: the collector answered 403 Forbidden\"")
	require.ErrorContains(t, tracing.Options{Endpoint: down.URL}.Try(t.Context()), "403")
	down.Close()
	err := tracing.Options{Endpoint: down.URL}.Try(t.Context())
	require.ErrorContains(t, err, "refused")
	require.NoError(t, tracing.Options{Endpoint: tracetest.New(t).URL}.Try(t.Context()))
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ endpoint, headers, about string }{
		{"127.0.0.1:4318", "", "must be the http or https URL"},
		{"grpc://127.0.0.1:4317", "", "must be the http or https URL"},
		{"http://", "", "must be the http or https URL"},
		{"http://a:hunter2@127.0.0.1:4318", "", "must have no password"},
		{"http://127.0.0.1:4318?key=hunter2", "", "must have no password"},
		{"http://127.0.0.1:4318", "hunter2", "-trace-headers: must be of the form"},
		{"http://127.0.0.1:4318", "a b=hunter2", "-trace-headers: must be of the form"},
		{"http://127.0.0.1:4318", "a=hunter2\r\nb: c", "-trace-headers: must be of the form"},
	} {
		err := tracing.Options{Endpoint: tc.endpoint, Headers: tc.headers}.Check()
		require.ErrorContains(t, err, tc.about, tc.endpoint+" "+tc.headers)
		assert.NotContains(t, err.Error(), "hunter2")
	}
	assert.NoError(t, tracing.Options{Endpoint: "https://collector.example.com/otlp/v1/traces", Headers: " "}.Check())
}
