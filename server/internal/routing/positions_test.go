package routing

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The further back a chat is, the less often its visitor is told their place.
func TestPauseBetweenNotices(t *testing.T) {
	for _, tc := range []struct {
		position int
		pause    time.Duration
	}{{1, 0}, {promptPositions, 0}, {20, time.Second}, {100, 5 * time.Second}, {1000, longestPause}} {
		assert.Equal(t, tc.pause, positionNotice{position: tc.position}.pause())
	}
}
