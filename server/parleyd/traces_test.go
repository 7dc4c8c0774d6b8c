package main

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/tracetest"
)

// The log names the trace of a request, and a stop sends what the collector has not got yet.
func TestTracesOfTheProgram(t *testing.T) {
	t.Parallel()
	c := tracetest.New(t)
	p := start(t, "-data", t.TempDir(), "-demo", "-access-log", "-trace-endpoint", c.URL, "-trace-ratio", "1")
	p.call(t, "GET", "/v1/settings", "")
	p.stop(t)
	spans := c.Spans("")
	require.NotEmpty(t, spans)
	assert.Contains(t, p.stderr.String(), "traceId="+hex.EncodeToString([]byte(spans[len(spans)-1].Trace)))
	assert.Contains(t, p.stderr.String(), "requestId="+spans[len(spans)-1].Said["parley.request_id"])

	without := start(t, "-data", t.TempDir(), "-demo", "-access-log")
	without.call(t, "GET", "/v1/settings", "")
	without.stop(t)
	assert.Contains(t, without.stderr.String(), "msg=request")
	assert.NotContains(t, without.stderr.String(), "traceId")
}
