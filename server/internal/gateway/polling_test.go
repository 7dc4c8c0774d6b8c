package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/coretest"
	"parley/core/httpconn"
	"parley/core/wire"
)

// pollPeer is the server's end of a connection by HTTP.
type pollPeer struct{ *pollSocket }

func (p pollPeer) Send(message []byte) error { return p.write(message, time.Minute) }

func (p pollPeer) Receive(ctx context.Context) ([]byte, error) {
	message, _, err := p.read(ctx, nil)
	return message, err
}

// Close waits until the client has fetched what was sent, as the server does after bye.
func (p pollPeer) Close(int, string) (told bool) {
	for {
		p.mu.Lock()
		waits := len(p.out) > 0
		p.mu.Unlock()
		if !waits {
			p.discard()
			return false
		}
		<-p.emptied
	}
}

func (p pollPeer) Cut() { p.discard() }

// The client's and the server's end of a connection by HTTP meet the contract that
// WebSockets meet.
func TestConnectionsByHTTP(t *testing.T) {
	coretest.TestDialer(t, func() core.Dialer { return httpconn.Dialer{CloseWithin: 200 * time.Millisecond} },
		func(t *testing.T, serve func(context.Context, coretest.Peer)) string {
			all := newExchanges()
			ctx, stop := context.WithCancel(context.Background())
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text, err := io.ReadAll(r.Body)
				var answer []byte
				var o order
				if err == nil {
					o, err = readOrder(text)
				}
				switch {
				case err != nil:
				case o.act == "open":
					s := newPollSocket(8<<20, time.Minute)
					answer = answerOf([]byte(all.add(s)))
					go func() {
						defer s.discard()
						serve(ctx, pollPeer{s})
					}()
				default:
					err = all.carryOut(r.Context(), o, func(a []byte) { answer = a })
				}
				if err != nil {
					http.Error(w, err.Error(), http.StatusGone)
					return
				}
				_, _ = w.Write(answer)
			}))
			t.Cleanup(func() {
				stop()
				server.CloseClientConnections()
				server.Close()
			})
			return server.URL
		})
}

func frames(texts ...string) (list [][]byte) {
	for _, text := range texts {
		list = append(list, []byte(text))
	}
	return list
}

// A request that is missing or repeated, a poll that is away, or a client that goes while
// it polls ends the connection. A batch that is only repeated does not.
func TestPollSocket(t *testing.T) {
	const within = time.Second
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, s *pollSocket)
		ends bool
	}{
		{"nothing for a poll's time", func(_ *testing.T, _ *pollSocket) { <-time.After(within / 2) }, false},
		{"no poll comes", func(_ *testing.T, _ *pollSocket) { <-time.After(within + 1) }, true},
		{"no other poll comes", func(t *testing.T, s *pollSocket) {
			_, ok := s.poll(t.Context(), 1)
			assert.True(t, ok, "it is answered, empty")
			<-time.After(within + 1)
		}, true},
		{"polls follow each other", func(t *testing.T, s *pollSocket) {
			for n := range 10 {
				got, ok := s.poll(t.Context(), n+1)
				assert.True(t, ok)
				assert.Empty(t, got)
				<-time.After(within / 2)
			}
		}, false},
		{"a poll is repeated", func(t *testing.T, s *pollSocket) {
			_, _ = s.poll(t.Context(), 1)
			_, ok := s.poll(t.Context(), 1)
			assert.False(t, ok)
		}, true},
		{"a poll is missing", func(t *testing.T, s *pollSocket) { _, _ = s.poll(t.Context(), 2) }, true},
		{"two polls at a time", func(t *testing.T, s *pollSocket) {
			go func() { _, _ = s.poll(t.Context(), 1) }()
			synctest.Wait()
			_, ok := s.poll(t.Context(), 2)
			assert.False(t, ok)
		}, true},
		{"the client goes while it polls", func(t *testing.T, s *pollSocket) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(within/2, cancel)
			_, ok := s.poll(ctx, 1)
			assert.False(t, ok)
		}, true},
		{"a batch is repeated: it counts once", func(t *testing.T, s *pollSocket) {
			assert.True(t, s.receive(t.Context(), 1, frames("a", "b")))
			assert.True(t, s.receive(t.Context(), 1, frames("a", "b")))
			for _, want := range []string{"a", "b"} {
				got, isText, err := s.read(t.Context(), nil)
				require.NoError(t, err)
				assert.True(t, isText)
				assert.Equal(t, want, string(got))
			}
			assert.Empty(t, s.in)
		}, false},
		{"a batch is missing", func(t *testing.T, s *pollSocket) { assert.False(t, s.receive(t.Context(), 2, frames("a"))) }, true},
		{"the client goes while its batch waits", func(t *testing.T, s *pollSocket) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(within/2, cancel)
			assert.True(t, s.receive(ctx, 1, frames("a")))
			assert.False(t, s.receive(ctx, 2, frames("b")))
		}, true},
		{"a frame is too long: its beginning comes", func(t *testing.T, s *pollSocket) {
			assert.True(t, s.receive(t.Context(), 1, frames(strings.Repeat("x", 11), "short")))
			got, _, err := s.read(t.Context(), nil)
			assert.ErrorIs(t, err, errFrameTooLong)
			assert.Len(t, got, 11)
			got, _, err = s.read(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, "short", string(got))
		}, false},
		{"a client that fetches nothing holds writing up", func(t *testing.T, s *pollSocket) {
			big := make([]byte, maxUnpolledBytes)
			require.NoError(t, s.write(big, within/2))
			assert.ErrorIs(t, s.write([]byte("x"), within/2), os.ErrDeadlineExceeded)
			got, ok := s.poll(t.Context(), 1)
			assert.True(t, ok)
			assert.Len(t, got, 1)
			assert.NoError(t, s.write([]byte("x"), within/2))
		}, false},
		{"a long frame is written when the client has it", func(t *testing.T, s *pollSocket) {
			written := writeLong(s)
			got, ok := s.poll(t.Context(), 1)
			assert.True(t, ok)
			assert.Len(t, got, 1)
			synctest.Wait()
			assert.Empty(t, written)
			s.answered()
			assert.NoError(t, <-written)
		}, false},
		{"a client that ends while it gets a long frame", func(t *testing.T, s *pollSocket) {
			written := writeLong(s)
			_, ok := s.poll(t.Context(), 1)
			assert.True(t, ok)
			s.discard()
			synctest.Wait()
			assert.Empty(t, written, "the answer is still being written")
			s.answered()
			assert.ErrorIs(t, <-written, net.ErrClosed)
		}, true},
		{"a client that ends before it gets a long frame", func(t *testing.T, s *pollSocket) {
			written := writeLong(s)
			s.discard()
			assert.ErrorIs(t, <-written, net.ErrClosed)
			assert.Empty(t, s.take())
		}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newPollSocket(10, within*pollsInIdle)
				tc.do(t, s)
				synctest.Wait()
				assert.Equal(t, tc.ends, s.hasEnded())
				s.discard()
				var err error
				for range 2 { // what came before the end comes before its error
					_, _, err = s.read(t.Context(), nil)
				}
				assert.ErrorIs(t, err, net.ErrClosed)
			})
		})
	}
}

// writeLong writes a long frame, and gives how that ended.
func writeLong(s *pollSocket) (written chan error) {
	written = make(chan error, 1)
	go func() { written <- s.write(make([]byte, maxUnpolledBytes+1), time.Hour) }()
	synctest.Wait()
	return written
}

func TestReadOrder(t *testing.T) {
	id := "node." + strings.Repeat("0", 64)
	for _, tc := range []struct {
		text, wrong string
		want        order
	}{
		{"open\nend", "", order{act: "open"}},
		{"send " + id + " 3\n{}\n{\"a\":1}\nend", "", order{act: "send", id: id, number: 3, frames: frames("{}", `{"a":1}`)}},
		{"poll " + id + " 1\nend", "", order{act: "poll", id: id, number: 1}},
		{"close " + id + "\nend", "", order{act: "close", id: id}},
		{"", "cut", order{}},
		{"send " + id + " 3\n{}\n{\"a\":1", "cut", order{}},
		{"send " + id + " 3\n{}\n", "cut", order{}},
		{"end", "first line", order{}},
		{"poll " + id + "\nend", "first line", order{}},
		{"poll " + id + " x\nend", "first line", order{}},
		{"open up\nend", "first line", order{}},
		{"steal " + id + " 1\nend", "first line", order{}},
		{"send " + id + " 1\n" + strings.Repeat("{}\n", maxFramesOfSend) + "end", "", order{act: "send", id: id, number: 1, frames: slices.Repeat(frames("{}"), maxFramesOfSend)}},
		{"send " + id + " 1\n" + strings.Repeat("\n", maxFramesOfSend+1) + "end", "more than", order{}}, // a byte each, and memory for each
	} {
		o, err := readOrder([]byte(tc.text))
		if tc.wrong == "" {
			require.NoError(t, err, tc.text)
			assert.Equal(t, tc.want, o)
			continue
		}
		var refused *wire.Error
		require.True(t, errors.As(err, &refused), "%q: %v", tc.text, err)
		assert.Contains(t, []int{wire.CodeBadRequest, wire.CodeTooLarge}, refused.Code)
		assert.Contains(t, refused.Message, tc.wrong, fmt.Sprintf("%q", tc.text))
	}
}
