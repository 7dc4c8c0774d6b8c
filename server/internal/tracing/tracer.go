package tracing

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options says what is traced, and where traces go.
type Options struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP, such as
	// http://127.0.0.1:4318. Without a path of its own it gets the usual one, /v1/traces.
	Endpoint string
	// Headers go with each request to the collector, such as Authorization=Bearer abc; several
	// are separated by commas. Defaults to none.
	Headers string
	// Ratio is the share of requests that are traced, from 0 to 1, but for those of which From
	// says it.
	Ratio float64
}

// Bounds of what waits for the collector.
const (
	mostWaiting = 4096 // spans, of about a kilobyte
	batch       = 512  // spans in a request
	sendEvery   = 2 * time.Second
	sendWithin  = 5 * time.Second
)

// Tracer makes the traces of a process. Make it with New.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	losses   *losses
}

// New makes a Tracer. version is the program's. The error is Check's.
func New(o Options, version string, logger *slog.Logger) (*Tracer, error) {
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	l := &losses{logger: logger}
	queue := sdktrace.NewBatchSpanProcessor(counted{otlptrace.NewUnstarted(c), l}, sdktrace.WithMaxQueueSize(2*mostWaiting), // bounded bounds it
		sdktrace.WithMaxExportBatchSize(batch), sdktrace.WithBatchTimeout(sendEvery), sdktrace.WithExportTimeout(sendWithin))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(bounded{queue, l}),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Ratio))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "parley"),
			attribute.String("service.version", version), attribute.String("service.instance.id", rand.Text()))),
	)
	return &Tracer{provider, provider.Tracer("parley/server"), l}, nil
}

// Close sends what waits, until ctx ends.
func (t *Tracer) Close(ctx context.Context) {
	if t == nil {
		return
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		t.losses.lose(int(t.losses.waiting.Load()), err)
	}
	t.losses.say(true)
}
