package chatlog

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
)

// Leadership moves to the server that has the least of it, if that can lead, until none has two streams less than another.
func TestBetterLeader(t *testing.T) {
	t.Parallel()
	servers := []string{"a", "b", "c"}
	ledBy := func(leaders string) (led []*jetstream.ClusterInfo) {
		for _, leader := range leaders {
			c := &jetstream.ClusterInfo{Leader: string(leader)}
			for _, name := range servers {
				if name != c.Leader {
					c.Replicas = append(c.Replicas, &jetstream.PeerInfo{Name: name, Current: true})
				}
			}
			led = append(led, c)
		}
		return led
	}
	led := ledBy("aaabaaabbb") // c was started again
	moves := 0
	for {
		n, to := better(led)
		if to == "" {
			break
		}
		moves++
		led[n] = ledBy(to)[0]
	}
	assert.Equal(t, 3, moves)
	count := map[string]int{}
	for _, c := range led {
		count[c.Leader]++
	}
	assert.Equal(t, map[string]int{"a": 3, "b": 4, "c": 3}, count)

	led = ledBy("aab")
	for _, c := range led {
		for _, peer := range c.Replicas {
			peer.Current, peer.Offline = peer.Name != "b", peer.Name == "c"
		}
	}
	_, to := better(led)
	assert.Empty(t, to, "one is behind, the other is not there")
	_, to = better([]*jetstream.ClusterInfo{nil, nil})
	assert.Empty(t, to, "a server that is no cluster")
}
