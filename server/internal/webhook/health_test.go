package webhook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWaitsBetweenAttempts(t *testing.T) {
	o := Options{}.WithDefaults()
	for _, tc := range []struct {
		attempts    int
		least, most time.Duration
	}{
		{1, time.Second / 2, time.Second},
		{2, time.Second, 2 * time.Second},
		{5, 8 * time.Second, 16 * time.Second},
		{13, 30 * time.Minute, time.Hour},
		{1000, 30 * time.Minute, time.Hour},
	} {
		for range 100 {
			wait := o.retryAfter(tc.attempts, nil)
			assert.GreaterOrEqual(t, wait, tc.least, tc.attempts)
			assert.LessOrEqual(t, wait, tc.most, tc.attempts)
		}
	}
	assert.Equal(t, time.Minute, o.retryAfter(1, &refusedPost{status: 429, retryAfter: time.Minute}), "as the target asks")
	assert.Equal(t, time.Hour, o.retryAfter(1, &refusedPost{status: 503, retryAfter: 1000 * time.Hour}), "within bounds")
}
