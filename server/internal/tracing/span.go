package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Span is something that took some time. It is for one goroutine.
type Span struct{ span trace.Span }

// Kind is what a span is to others.
type Kind trace.SpanKind

// Kinds of spans.
const (
	Served = Kind(trace.SpanKindServer) // a request of a client
	Called = Kind(trace.SpanKindClient) // a request to another server
)

// Begin begins a span: a step of the one in ctx, else what From has put there, else a trace
// of its own. The context is that of its steps.
func (t *Tracer) Begin(ctx context.Context, kind Kind, name string) (context.Context, *Span) {
	return t.BeginAt(ctx, kind, name, time.Time{})
}

// BeginAt is Begin of a span that began before now.
func (t *Tracer) BeginAt(ctx context.Context, kind Kind, name string, at time.Time) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	options := [2]trace.SpanStartOption{trace.WithSpanKind(trace.SpanKind(kind)), trace.WithTimestamp(at)}
	n := len(options)
	if at.IsZero() {
		n--
	}
	inside, span := t.tracer.Start(ctx, name, options[:n]...)
	if !span.IsRecording() {
		return ctx, nil
	}
	s := &Span{span}
	if note, ok := ctx.Value(noteKey{}).(*string); ok {
		*note = s.TraceID()
	}
	return inside, s
}

// Step begins a step of the span in ctx; nil if there is none.
func Step(ctx context.Context, name string) (context.Context, *Span) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, nil
	}
	inside, span := above.TracerProvider().Tracer("parley/server").Start(ctx, name)
	return inside, &Span{span}
}

// In gives ctx with the span, for its steps.
func (s *Span) In(ctx context.Context) context.Context {
	if s == nil {
		return ctx
	}
	return trace.ContextWithSpan(ctx, s.span)
}

// Name names the span anew, after what it has turned out to be.
func (s *Span) Name(name string) {
	if s != nil {
		s.span.SetName(name)
	}
}

// Text sets an attribute, unless the value is empty.
func (s *Span) Text(name, value string) {
	if s != nil && value != "" {
		s.span.SetAttributes(attribute.String(name, value))
	}
}

// Number sets an attribute.
func (s *Span) Number(name string, value int) {
	if s != nil {
		s.span.SetAttributes(attribute.Int(name, value))
	}
}

// End ends the span. Of an error it says that there was one.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

// TraceID names the trace of the span, in hexadecimal digits; "" without one.
func (s *Span) TraceID() string {
	if s == nil {
		return ""
	}
	return s.span.SpanContext().TraceID().String()
}

type noteKey struct{}

// Note gives a context in which the next Begin notes the name of its trace.
func Note(ctx context.Context) (noted context.Context, traceID *string) {
	traceID = new(string)
	return context.WithValue(ctx, noteKey{}, traceID), traceID
}

// traceparent is the header that names a span to other programs, with the span in it, as
// the Trace Context of the W3C has it.
const traceparent = "traceparent"

// Traceparent names the span in ctx to other programs; "" if it is not sampled.
func Traceparent(ctx context.Context) string {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[traceparent]
}

// From has the next Begin go on with a trace that another program has named; what it says
// of sampling counts. Anything else changes nothing.
func From(ctx context.Context, said string) context.Context {
	if said == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: said})
}
