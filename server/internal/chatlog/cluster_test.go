package chatlog

import (
	"context"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The death of the NATS server that leads a stream of chats costs an append the election of
// another: what the dead one was sent is lost, so it is sent again, and stored once. The chats of streams that others lead go on meanwhile.
func TestAppendSurvivesTheLeader(t *testing.T) {
	t.Parallel()
	engines, servers := storetest.ClusterOfProcesses(t)
	first, _ := open(t, engines["n0"], "first", 10)
	leader := storetest.Leader(t, engines["n0"], Stream)
	// A node beside the leader, which keeps its own connection.
	node := "n0"
	if leader == node {
		node = "n1"
	}
	e := engines[node]
	l, _ := open(t, e, "node", 10)
	for _, stream := range first.Streams() {
		storetest.Lead(t, e, leader, stream)
	}
	require.Eventually(t, func() bool {
		leaders := map[string]bool{}
		for _, stream := range first.Streams() {
			leaders[storetest.Leader(t, e, stream)] = true
		}
		assert.NoError(t, l.balance(t.Context()))
		return len(leaders) == len(first.Streams())
	}, 3*storetest.WaitFor, storetest.Tick, "each server leads one")
	held, other := chatIn(t, l, 0), chatIn(t, l, 1)
	storetest.Lead(t, e, leader, first.Streams()[0])
	storetest.Lead(t, e, node, first.Streams()[1])
	create(t, l, held)
	create(t, l, other)

	const messages = 3
	require.NoError(t, servers[leader].Signal(syscall.SIGSTOP))
	before := e.NC.Stats().OutMsgs
	appended := make(chan error, 1)
	go func() {
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Second)
		defer stop()
		for n := range messages {
			if _, err := l.Append(ctx, keyOf(held), Act{By: "v", ID: strconv.Itoa(n), Event: chat.EventMessage}, message); err != nil {
				appended <- err
				return
			}
		}
		appended <- nil
	}()
	require.Eventually(t, func() bool { return e.NC.Stats().OutMsgs > before }, storetest.WaitFor, storetest.Tick)
	for n := range messages {
		_, err := l.Append(t.Context(), keyOf(other), Act{By: "v", ID: strconv.Itoa(n), Event: chat.EventMessage}, message)
		require.NoError(t, err)
	}
	require.NoError(t, l.Ping(t.Context()))
	require.Empty(t, appended, "its leader does not answer")
	require.NoError(t, servers[leader].Kill())
	require.NoError(t, <-appended)

	fresh, _ := open(t, e, "fresh", 10)
	for _, id := range []string{held, other} {
		f, _, err := fresh.ViewLatest(t.Context(), keyOf(id))
		require.NoError(t, err)
		assert.Len(t, f.Messages, messages)
	}
}
