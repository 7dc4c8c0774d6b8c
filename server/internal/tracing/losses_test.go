package tracing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// failing is a way to a collector that nobody answers at.
type failing struct{ sdktrace.SpanExporter }

func (failing) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return errors.New("connection refused")
}

// A collector that is away for three minutes is worth four lines of the log, which have all
// spans that are lost.
func TestLossesAreSaidOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := &losses{logger: slog.New(slog.NewTextHandler(&log, nil))}
		out := counted{failing{}, l}
		for range 180 {
			require.NoError(t, out.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 10)))
			<-time.After(time.Second)
		}
		l.say(true)
		assert.Equal(t, 4, strings.Count(log.String(), "\n"), log.String())
		assert.Equal(t, 1, strings.Count(log.String(), "spansLost=10 "), log.String())
		assert.Equal(t, 2, strings.Count(log.String(), "spansLost=600 "), log.String())
		assert.Equal(t, 1, strings.Count(log.String(), "spansLost=590 "), log.String())
		l.say(true)
		assert.Equal(t, 4, strings.Count(log.String(), "\n"), "nothing more is lost")
	})
}
