package server

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestFirst(t *testing.T) {
	early, late := time.Unix(100, 0), time.Unix(200, 0)
	c := func(id string, tries, chats int, idle time.Time) candidate {
		return candidate{user: User{ID: id}, tries: tries, chats: chats, idle: idle}
	}
	for _, tc := range []struct {
		name, algorithm, want string
		list                  []candidate
	}{
		{"the fewest chats", "leastBusy", "b", []candidate{c("a", 0, 2, early), c("b", 0, 1, late), c("c", 0, 3, early)}},
		{"then the longest idle", "leastBusy", "b", []candidate{c("a", 0, 1, late), c("b", 0, 1, early)}},
		{"then by id", "leastBusy", "a", []candidate{c("b", 0, 1, early), c("a", 0, 1, early)}},
		{"who was not asked yet goes first", "leastBusy", "a", []candidate{c("a", 0, 9, late), c("b", 1, 0, early)}},
		{"the longest idle, however busy", "longestIdle", "b", []candidate{c("a", 0, 0, late), c("b", 0, 5, early)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, first(tc.list, tc.algorithm).user.ID)
		})
	}
	name, err := checkAlgorithm("")
	assert.NoError(t, err)
	assert.Equal(t, defaultAlgorithm, name)
	_, err = checkAlgorithm("magic")
	requireCode(t, 400, err)
}
