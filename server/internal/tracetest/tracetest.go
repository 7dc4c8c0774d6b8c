// Package tracetest is a collector of traces for tests, which takes OTLP over HTTP.
package tracetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector keeps what it gets.
type Collector struct {
	URL string

	mu       sync.Mutex
	spans    []*tracepb.Span
	resource map[string]string
	header   http.Header // of the last request
	raw      strings.Builder
}

// New starts a collector, which ends with the test.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "POST /v1/traces application/x-protobuf", r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type"))
		var sent tracepb.TracesData
		assert.NoError(t, proto.Unmarshal(body, &sent))
		c.mu.Lock()
		defer c.mu.Unlock()
		c.header = r.Header
		c.raw.Write(body)
		for _, of := range sent.GetResourceSpans() {
			c.resource = texts(of.GetResource().GetAttributes())
			for _, scope := range of.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

// Span is what was collected of one.
type Span struct {
	Name, Trace, ID, Parent string // Trace, ID and Parent as bytes
	Kind                    string
	Failed                  bool
	Said                    map[string]string // attributes
}

// Spans gives those that have come with this name, in order; "" all.
func (c *Collector) Spans(name string) (found []Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if name == "" || s.GetName() == name {
			found = append(found, Span{
				s.GetName(), string(s.GetTraceId()), string(s.GetSpanId()), string(s.GetParentSpanId()), s.GetKind().String(),
				s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR, texts(s.GetAttributes()),
			})
		}
	}
	return found
}

// Resource gives what the spans are of, and the headers of the last request.
func (c *Collector) Resource() (attributes map[string]string, header http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resource, c.header
}

// Raw is all that has come.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

func texts(attributes []*commonpb.KeyValue) map[string]string {
	said := map[string]string{}
	for _, one := range attributes {
		said[one.GetKey()] = one.GetValue().GetStringValue()
		if n, is := one.GetValue().GetValue().(*commonpb.AnyValue_IntValue); is {
			said[one.GetKey()] = strconv.FormatInt(n.IntValue, 10)
		}
	}
	return said
}
