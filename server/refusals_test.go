package server

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// What is refused for its rate is one line of an app in ten seconds, however much comes.
func TestRefusalsAreSummedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newRefusals(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		for range 3 * 1000 {
			r.add(refusal{"shop", "log-in failed", "too-many-logins"})
			r.add(refusal{"bank", "log-in failed", "too-many-logins"})
			<-time.After(refusalsEvery / 1000)
		}
		<-time.After(refusalsEvery)
		synctest.Wait()
		lines := strings.Count(log.String(), "\n")
		assert.LessOrEqual(t, lines, 2*3)
		assert.Contains(t, log.String(), "app=shop reason=too-many-logins count=100")
		assert.Empty(t, r.counts)
	})
}
