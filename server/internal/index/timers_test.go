package index

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatARecordCovers(t *testing.T) {
	for _, tc := range []struct {
		stored, need Due
		covers       bool
	}{
		{Due{}, Due{}, true},
		{Due{}, Due{At: 5}, false},
		{Due{At: 5}, Due{}, true},
		{Due{At: 5}, Due{At: 5}, true},
		{Due{At: 5}, Due{At: 4}, false},
		{Due{At: 5, Agent: "a"}, Due{At: 6}, true},
		{Due{At: 5}, Due{At: 6, Agent: "a"}, false},
		{Due{At: 5, Agent: "b"}, Due{At: 6, Agent: "a"}, false},
		{Due{At: 5, Agent: "a"}, Due{At: 6, Agent: "a"}, true},
	} {
		assert.Equal(t, tc.covers, tc.stored.Covers(tc.need), "%+v for %+v", tc.stored, tc.need)
	}
}
