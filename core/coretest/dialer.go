package coretest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
)

// Peer is the other end of a connection under test.
type Peer interface {
	Send(message []byte) error
	Receive(ctx context.Context) ([]byte, error) // an error after the client has gone
	Close(code int, reason string) (told bool)   // after what was sent; told says whether the client hears the code
	Cut()                                        // without a close frame
}

// Listen starts a server that lasts until the test ends, and gives its URL. It calls
// serve for each connection, which it cuts when serve returns.
type Listen func(t *testing.T, serve func(context.Context, Peer)) (url string)

// bound is the longest that a test of the suite may take: longer than the time-outs of
// implementations, shorter than that of go test.
const bound = 10 * time.Second

// TestDialer tests a Dialer, and the connections that it makes, against the contract of
// core.Dialer and core.Conn.
func TestDialer(t *testing.T, dialer func() core.Dialer, listen Listen) {
	s := dialerSuite{dialer, listen}
	for _, tc := range []struct {
		name string
		test func(*testing.T)
	}{
		{"messages arrive whole and in order, both ways", s.order},
		{"a big message", s.bigMessage},
		{"nothing that came before a close is lost, and the close is seen", s.peerCloses},
		{"a cut is seen", s.cut},
		{"a close here is seen there, after what was written", s.closes},
		{"many may close at once, while others read and write", s.closesAtOnce},
		{"a hung peer: a read ends with its context", s.hungRead},
		{"a hung peer: a read ends with a close", s.hungReadClosed},
		{"a hung peer: a write ends with its context", s.hungWrite},
		{"a dial ends with its context", s.canceledDial},
	} {
		t.Run(tc.name, tc.test)
	}
}

type dialerSuite struct {
	dialer func() core.Dialer
	listen Listen
}

func (s dialerSuite) connect(t *testing.T, serve func(context.Context, Peer)) (context.Context, core.Conn) {
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	t.Cleanup(cancel)
	conn, err := s.dialer().Dial(ctx, s.listen(t, serve))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	return ctx, conn
}

// hang is a peer that does nothing.
func hang(ctx context.Context, _ Peer) { <-ctx.Done() }

// echo is a peer that sends back all that it receives.
func echo(ctx context.Context, p Peer) {
	for {
		message, err := p.Receive(ctx)
		if err != nil || p.Send(message) != nil {
			return
		}
	}
}

func (s dialerSuite) order(t *testing.T) {
	ctx, conn := s.connect(t, echo)
	const count = 500
	var writing sync.WaitGroup
	defer writing.Wait() // an answer may come before Write has returned
	writing.Go(func() {
		for i := range count {
			if !assert.NoError(t, conn.Write(ctx, fmt.Appendf(nil, `{"n":%d,"text":"é😀"}`, i))) {
				return
			}
		}
	})
	for i := range count {
		message, err := conn.Read(ctx)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf(`{"n":%d,"text":"é😀"}`, i), string(message))
	}
}

func (s dialerSuite) bigMessage(t *testing.T) {
	ctx, conn := s.connect(t, echo)
	big := strings.Repeat("0123456789abcdef", 4<<20/16)
	require.NoError(t, conn.Write(ctx, []byte(big)))
	message, err := conn.Read(ctx)
	require.NoError(t, err)
	require.Equal(t, len(big), len(message))
	require.True(t, big == string(message))
}

func (s dialerSuite) peerCloses(t *testing.T) {
	const count = 100
	told := make(chan bool, 1)
	ctx, conn := s.connect(t, func(_ context.Context, p Peer) {
		for i := range count {
			if p.Send(fmt.Appendf(nil, "%d", i)) != nil {
				return
			}
		}
		told <- p.Close(4001, "for a reason")
	})
	for i := range count {
		message, err := conn.Read(ctx)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), string(message))
	}
	_, err := conn.Read(ctx)
	require.Error(t, err)
	var closed *core.CloseError
	if <-told {
		require.ErrorAs(t, err, &closed)
		assert.Equal(t, core.CloseError{Code: 4001, Reason: "for a reason"}, *closed)
	}
	_, err = conn.Read(ctx)
	assert.Error(t, err, "no message follows an error")
}

func (s dialerSuite) cut(t *testing.T) {
	ctx, conn := s.connect(t, func(_ context.Context, p Peer) { p.Cut() })
	_, err := conn.Read(ctx)
	require.Error(t, err)
	var closed *core.CloseError
	assert.NotErrorAs(t, err, &closed)
	assert.Eventually(t, func() bool { return conn.Write(ctx, []byte("x")) != nil }, bound, time.Millisecond)
}

func (s dialerSuite) closes(t *testing.T) {
	got, gone := make(chan string, 1), make(chan struct{})
	ctx, conn := s.connect(t, func(ctx context.Context, p Peer) {
		defer close(gone)
		message, err := p.Receive(ctx)
		assert.NoError(t, err)
		got <- string(message)
		_, err = p.Receive(ctx)
		assert.Error(t, err)
		assert.NoError(t, ctx.Err(), "by the close, not by the test's end")
	})
	require.NoError(t, conn.Write(ctx, []byte("last words")))
	require.NoError(t, conn.Close())
	assert.Equal(t, "last words", <-got)
	<-gone
	_, err := conn.Read(ctx)
	assert.Error(t, err)
	assert.Error(t, conn.Write(ctx, []byte("x")))
}

func (s dialerSuite) closesAtOnce(t *testing.T) {
	ctx, conn := s.connect(t, echo)
	var work sync.WaitGroup
	work.Go(func() {
		for conn.Write(ctx, []byte("x")) == nil {
		}
	})
	work.Go(func() {
		for {
			if _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	})
	for range 8 {
		work.Go(func() { assert.NoError(t, conn.Close()) })
	}
	work.Wait()
	assert.NoError(t, ctx.Err(), "in time")
}

func (s dialerSuite) hungRead(t *testing.T) {
	ctx, conn := s.connect(t, hang)
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err := conn.Read(short)
	assert.Error(t, err)
	assert.NoError(t, ctx.Err(), "in time")
}

func (s dialerSuite) hungReadClosed(t *testing.T) {
	ctx, conn := s.connect(t, hang)
	ended := make(chan error, 1)
	go func() {
		_, err := conn.Read(ctx)
		ended <- err
	}()
	require.NoError(t, conn.Close())
	assert.Error(t, <-ended)
	assert.NoError(t, ctx.Err(), "in time")
}

func (s dialerSuite) hungWrite(t *testing.T) {
	ctx, conn := s.connect(t, hang)
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	big := make([]byte, 64<<10)
	for i := range big {
		big[i] = 'x'
	}
	for conn.Write(short, big) == nil {
	}
	assert.NoError(t, ctx.Err(), "in time")
}

func (s dialerSuite) canceledDial(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.dialer().Dial(ctx, s.listen(t, hang))
	assert.Error(t, err)
}
