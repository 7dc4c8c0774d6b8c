package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatARecordCovers(t *testing.T) {
	for _, tc := range []struct {
		said, need dueRecord
		covers     bool
	}{
		{dueRecord{}, dueRecord{}, true},
		{dueRecord{}, dueRecord{At: 5}, false},
		{dueRecord{At: 5}, dueRecord{}, true},
		{dueRecord{At: 5}, dueRecord{At: 5}, true},
		{dueRecord{At: 5}, dueRecord{At: 4}, false},
		{dueRecord{At: 5, Agent: "a"}, dueRecord{At: 6}, true},
		{dueRecord{At: 5}, dueRecord{At: 6, Agent: "a"}, false},
		{dueRecord{At: 5, Agent: "b"}, dueRecord{At: 6, Agent: "a"}, false},
		{dueRecord{At: 5, Agent: "a"}, dueRecord{At: 6, Agent: "a"}, true},
	} {
		assert.Equal(t, tc.covers, tc.said.covers(tc.need), "%+v for %+v", tc.said, tc.need)
	}
}
