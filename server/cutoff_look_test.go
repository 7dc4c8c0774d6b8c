package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A node sends its clients away once it was without the store for so long, if it knew of others when it was lost.
func TestCutOff(t *testing.T) {
	const there, lost, alone, silent = "there", "lost", "lost, and no other node is known", "it takes no write"
	patience := map[string]time.Duration{lost: 3 * time.Second, alone: 3 * time.Second, silent: 5 * time.Second}
	for name, tc := range map[string]struct {
		seen []string // each second
		away []bool
	}{
		"for a moment":                   {[]string{there, lost, lost, there, lost, lost, there}, make([]bool, 7)},
		"for long":                       {[]string{there, lost, lost, lost, lost, there, lost}, []bool{false, false, false, false, true, false, false}},
		"the records of others ran out":  {[]string{lost, alone, alone, alone, alone}, []bool{false, false, false, true, true}},
		"an election":                    {[]string{there, silent, silent, silent, silent, silent, there}, make([]bool, 7)},
		"no quorum":                      {[]string{silent, silent, silent, silent, silent, silent}, []bool{false, false, false, false, false, true}},
		"alone":                          {[]string{there, alone, alone, alone, alone, alone}, make([]bool, 6)},
		"alone, and others are seen now": {[]string{alone, lost, lost, lost, lost}, make([]bool, 5)},
	} {
		t.Run(name, func(t *testing.T) {
			var c cutOff
			now := time.Unix(0, 0)
			var away []bool
			for _, seen := range tc.seen {
				now = now.Add(time.Second)
				away = append(away, c.look(now, patience[seen], seen != alone))
			}
			assert.Equal(t, tc.away, away)
		})
	}
}
