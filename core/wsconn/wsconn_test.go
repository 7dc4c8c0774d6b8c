//go:build !js

package wsconn

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/core"
	"parley/core/coretest"
)

// peer is a real server's end.
type peer struct{ socket *websocket.Conn }

func (p peer) Send(message []byte) error {
	return p.socket.Write(context.Background(), websocket.MessageText, message)
}

func (p peer) Receive(ctx context.Context) ([]byte, error) {
	_, message, err := p.socket.Read(ctx)
	if code := websocket.CloseStatus(err); err != nil && code >= 0 && code != websocket.StatusNormalClosure {
		return nil, errors.New("the client closed with a code of its own")
	}
	return message, err
}

func (p peer) Close(code int, reason string) (told bool) {
	_ = p.socket.Close(websocket.StatusCode(code), reason)
	return true
}

func (p peer) Cut() { _ = p.socket.CloseNow() }

func listen(t *testing.T, serve func(context.Context, coretest.Peer)) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, nil)
		if !assert.NoError(t, err) {
			return
		}
		socket.SetReadLimit(16 << 20)
		defer socket.CloseNow()
		serve(t.Context(), peer{socket})
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func TestDialer(t *testing.T) {
	coretest.TestDialer(t, func() core.Dialer { return Dialer{} }, listen)
}

func TestDialErrorsNameTheURL(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	url := "ws" + strings.TrimPrefix(plain.URL, "http")
	_, err := Dialer{}.Dial(t.Context(), url)
	assert.ErrorContains(t, err, "dial "+url)

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = Dialer{}.Dial(ctx, "ws://"+silent.Addr().String())
	assert.ErrorIs(t, err, context.DeadlineExceeded, "a server that accepts and says nothing")
}

func TestReadLimit(t *testing.T) {
	url := listen(t, func(ctx context.Context, p coretest.Peer) {
		_ = p.Send(make([]byte, 2000))
		_, _ = p.Receive(ctx)
	})
	conn, err := Dialer{ReadLimit: 1000}.Dial(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Read(t.Context())
	assert.ErrorContains(t, err, "limited")
}

// TestWriteWithin: a peer that takes nothing ends a write, without a word from
// the caller's context.
func TestWriteWithin(t *testing.T) {
	url := listen(t, func(ctx context.Context, _ coretest.Peer) { <-ctx.Done() })
	conn, err := Dialer{WriteWithin: 50 * time.Millisecond}.Dial(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close()
	began := time.Now()
	for err == nil {
		err = conn.Write(t.Context(), make([]byte, 256<<10))
	}
	assert.ErrorContains(t, err, "write: ")
	assert.Less(t, time.Since(began), 5*time.Second)
}

func TestBinaryIsRefused(t *testing.T) {
	url := listen(t, func(ctx context.Context, p coretest.Peer) {
		_ = p.(peer).socket.Write(ctx, websocket.MessageBinary, []byte{1})
		_, _ = p.Receive(ctx)
	})
	conn, err := Dialer{}.Dial(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Read(t.Context())
	assert.ErrorContains(t, err, "binary")
}

// TestCloseWithin: a peer that never answers a close holds Close up for no
// longer than it may.
func TestCloseWithin(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	go func() {
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if socket, err := websocket.Accept(w, r, nil); err == nil {
				defer socket.CloseNow()
				<-t.Context().Done()
			}
		})}
		_ = server.Serve(silent)
	}()
	conn, err := Dialer{CloseWithin: 50 * time.Millisecond}.Dial(t.Context(), "ws://"+silent.Addr().String())
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, conn.Close())
	assert.Less(t, time.Since(began), 3*time.Second)
	_, err = conn.Read(t.Context())
	assert.Error(t, err)
	assert.NotErrorIs(t, err, io.EOF)
}
