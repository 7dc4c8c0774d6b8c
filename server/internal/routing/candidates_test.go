package routing

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		name             string
		load             Load
		full, free, idle bool
	}{
		{"nothing to do", Load{limit: 2}, false, true, true},
		{"room for one more", Load{chats: 1, limit: 2}, false, true, true},
		{"invited, room for one more", Load{invitations: 1, limit: 2}, false, true, false},
		{"an invitation takes the last slot", Load{chats: 1, invitations: 1, limit: 2}, false, false, false},
		{"as many chats as allowed", Load{chats: 2, limit: 2}, true, false, false},
		{"more chats than allowed", Load{chats: 3, limit: 2}, true, false, false},
		{"no limit", Load{chats: 99}, false, true, true},
		{"no limit, invited", Load{chats: 99, invitations: 1}, false, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.full, tc.load.Full(), "full")
			assert.Equal(t, tc.free, tc.load.Free(), "free")
			assert.Equal(t, tc.idle, tc.load.Idle(), "idle")
		})
	}
}
