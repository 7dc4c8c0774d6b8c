package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// publishing gives an engine with a stream of short messages.
func publishing(t *testing.T) (*Engine, jetstream.Stream) {
	t.Helper()
	e, err := Start(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close(context.Background())) })
	stream, err := e.JS.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "TEST", Subjects: []string{"test.*"}, MaxMsgSize: 400, Duplicates: time.Second,
	})
	require.NoError(t, err)
	return e, stream
}

// texts makes messages of a subject, of which the first expects the subject's last position.
func texts(subject string, expect uint64, texts ...string) (messages []*nats.Msg) {
	for _, text := range texts {
		msg := nats.NewMsg(subject)
		msg.Data = []byte(text)
		messages = append(messages, msg)
	}
	messages[0].Header.Set(jetstream.ExpectedLastSubjSeqHeader, fmt.Sprint(expect))
	return messages
}

func TestPublish(t *testing.T) {
	t.Parallel()
	e, stream := publishing(t)
	p := NewPublisher(e)
	long := strings.Repeat("x", 400)
	for _, tc := range []struct {
		name     string
		messages []*nats.Msg
		seqs     []uint64
		conflict bool
		refused  bool
	}{
		{"one", texts("test.a", 0, "1"), []uint64{1}, false, false},
		{"several", texts("test.a", 1, "2", "3", "4"), []uint64{2, 3, 4}, false, false},
		{"another subject", texts("test.b", 0, "5", "6"), []uint64{5, 6}, false, false},
		{"one was first: none is stored", texts("test.a", 3, "x", "y", "z"), nil, true, true},
		{"one cannot be stored: nor are those behind it", texts("test.a", 4, "7", long, "y", "z"), []uint64{7}, true, false},
		{"the last cannot be stored", texts("test.a", 7, "8", long), []uint64{8}, false, true},
		{"only the log can tell how many are", texts("test.a", 8, "9", "10", long), []uint64{9}, true, false},
		{"the first cannot be stored", texts("test.a", 10, long, "y"), nil, false, true},
		{"all goes on", texts("test.a", 10, "11", "12"), []uint64{11, 12}, false, false},
	} {
		seqs, err := p.Publish(t.Context(), tc.messages...)
		assert.Equal(t, len(tc.seqs), len(seqs), tc.name)
		assert.Subset(t, tc.seqs, seqs, tc.name)
		assert.Equal(t, tc.conflict, IsConflict(err), "%s: %v", tc.name, err)
		assert.Equal(t, tc.refused, IsRefused(err), "%s: %v", tc.name, err)
	}
	var all []string
	for seq := range uint64(12) {
		msg, err := stream.GetMsg(t.Context(), seq+1)
		require.NoError(t, err)
		all = append(all, string(msg.Data))
	}
	assert.Equal(t, "1 2 3 4 5 6 7 8 9 10 11 12", strings.Join(all, " "))
}

// Without a stream, and when the caller waits no longer, Publish says that it does not
// know; then it works again.
func TestPublishWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	e, _ := publishing(t)
	p := NewPublisher(e)
	_, err := p.Publish(t.Context(), texts("other.a", 0, "x", "y")...)
	assert.ErrorIs(t, err, jetstream.ErrNoStreamResponse)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = p.Publish(ended, texts("test.a", 0, "1", "2")...)
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, IsRefused(err))
	seqs, err := p.Publish(t.Context(), texts("test.b", 0, "3")...)
	require.NoError(t, err)
	assert.Len(t, seqs, 1)
}

// Whatever others put between the messages of a call, what is stored of them is a
// beginning, in order, and Publish knows positions of no others.
func TestPublishAmongOthers(t *testing.T) {
	t.Parallel()
	e, stream := publishing(t)
	const writers, calls, together = 4, 50, 8
	var running sync.WaitGroup
	for w := range writers {
		nc, err := nats.Connect("", nats.InProcessServer(e.embedded.server))
		require.NoError(t, err)
		defer nc.Close()
		running.Go(func() {
			subject := fmt.Sprint("test.", w)
			p, last := &Publisher{nc: nc}, uint64(0)
			for next := 0; next < calls*together; {
				var list []string
				for i := range min(together, calls*together-next) {
					list = append(list, fmt.Sprint(next+i))
				}
				seqs, err := p.Publish(t.Context(), texts(subject, last, list...)...)
				if len(seqs) < len(list) && !assert.True(t, IsConflict(err), "%v", err) {
					return
				}
				for i, seq := range seqs {
					msg, err := stream.GetMsg(t.Context(), seq)
					if assert.NoError(t, err) {
						assert.Equal(t, list[i], string(msg.Data))
					}
				}
				newest, err := stream.GetLastMsgForSubject(t.Context(), subject)
				if !assert.NoError(t, err) {
					return
				}
				last = newest.Sequence
				_, err = fmt.Sscan(string(newest.Data), &next)
				assert.NoError(t, err)
				next++
			}
		})
	}
	running.Wait()
	var expected [writers]int
	for seq := range uint64(writers * calls * together) {
		msg, err := stream.GetMsg(t.Context(), seq+1)
		require.NoError(t, err)
		var w int
		_, err = fmt.Sscanf(msg.Subject, "test.%d", &w)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(expected[w]), string(msg.Data), "each once, in order")
		expected[w]++
	}
}

// counted gives a Publisher with a connection of its own, whose messages can be counted.
func counted(t *testing.T, e *Engine) *Publisher {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(e.embedded.server))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return &Publisher{nc: nc}
}

// A caller who waits no longer does not have the messages sent again.
func TestPublishIsNotRepeatedForNobody(t *testing.T) {
	t.Parallel()
	e, _ := publishing(t)
	p := counted(t, e)
	ctx, end := context.WithCancel(t.Context())
	var publishing sync.WaitGroup
	publishing.Go(func() {
		_, err := p.Publish(ctx, texts("other.a", 0, "x")...)
		assert.Error(t, err)
		assert.False(t, IsRefused(err), "%v", err)
	})
	require.Eventually(t, func() bool { return p.nc.Stats().InMsgs == 1 }, time.Minute, time.Millisecond, "there is no stream")
	end()
	publishing.Wait()
	assert.EqualValues(t, 1, p.nc.Stats().OutMsgs)
}

// What cannot be sent is an error, also for a caller who waits no longer.
func TestPublishWithoutAConnection(t *testing.T) {
	t.Parallel()
	e, _ := publishing(t)
	p := counted(t, e)
	_, err := p.Publish(t.Context(), texts("test.a", 0, "1")...)
	require.NoError(t, err)
	p.nc.Close()
	ended, end := context.WithCancel(t.Context())
	end()
	seqs, err := p.Publish(ended, texts("test.a", 1, "2")...)
	assert.Empty(t, seqs)
	assert.True(t, IsRefused(err), "nothing was sent: %v", err)
}

// After many calls at the same time few inboxes stay.
func TestPublisherKeepsFewInboxes(t *testing.T) {
	t.Parallel()
	e, _ := publishing(t)
	p := counted(t, e)
	var taken []*inbox
	for range maxIdle + 10 {
		in, err := p.take()
		require.NoError(t, err)
		taken = append(taken, in)
	}
	for _, in := range taken {
		p.giveBack(t.Context(), in)
	}
	assert.Len(t, p.idle, maxIdle)
	assert.Equal(t, maxIdle, p.nc.NumSubscriptions())
}
