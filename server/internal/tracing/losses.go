package tracing

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// sayEvery is how often the log says that spans are lost.
const sayEvery = time.Minute

// losses bounds how many spans wait, and counts those that the collector does not get.
type losses struct {
	logger  *slog.Logger
	waiting atomic.Int64

	mu   sync.Mutex // guards what follows
	lost int
	why  error
	said time.Time
}

// bounded stands before the queue of spans.
type bounded struct {
	sdktrace.SpanProcessor
	*losses
}

// counted stands behind it.
type counted struct {
	sdktrace.SpanExporter
	*losses
}

var errFull = errors.New("more spans end than the collector takes; lower -trace-ratio")

// OnEnd puts a span into the queue while there is room.
func (b bounded) OnEnd(s sdktrace.ReadOnlySpan) {
	if b.waiting.Add(1) > mostWaiting {
		b.waiting.Add(-1)
		b.lose(1, errFull)
		return
	}
	b.SpanProcessor.OnEnd(s)
}

// ExportSpans sends spans from the queue.
func (c counted) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, spans)
	c.waiting.Add(-int64(len(spans)))
	if err != nil {
		c.lose(len(spans), err)
	}
	c.say(false)
	return nil // else OpenTelemetry would write to stderr, each time
}

func (l *losses) lose(spans int, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost, l.why = l.lost+spans, why
}

// say logs how many spans were lost, if some were and it was not said in the last minute.
func (l *losses) say(now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost == 0 || !now && time.Since(l.said) < sayEvery {
		return
	}
	l.logger.Warn("traces: the collector does not get all", "spansLost", l.lost, "error", l.why)
	l.lost, l.said = 0, time.Now()
}
