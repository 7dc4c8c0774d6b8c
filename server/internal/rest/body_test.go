package rest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/op"
)

// pipes is a listener whose connections are in memory, so that time can be a test's own.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.ended); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A body that drips ends at the bound, whatever it is the body of, and with it the
// connection.
func TestBodyThatDrips(t *testing.T) {
	const field = "--XX\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n"
	const file = "--XX\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\n\r\n"
	head := strings.Repeat("x", 4096)
	for _, tc := range []struct {
		name, kind, begin string
		every             time.Duration // a byte comes
		most              time.Duration
	}{
		{"JSON", "application/json", "{", 20 * time.Second, 30 * time.Second},
		{"JSON in small bites", "application/json", "{", 10 * time.Millisecond, time.Minute},
		{"a field", "multipart/form-data; boundary=XX", field, 20 * time.Second, 30 * time.Second},
		{"a field in small bites", "multipart/form-data; boundary=XX", field, 10 * time.Millisecond, time.Minute},
		{"a file", "multipart/form-data; boundary=XX", file, 20 * time.Second, 30 * time.Second},
		{"the rest of a file that is refused", "multipart/form-data; boundary=XX", file + head, 20 * time.Second, 10 * time.Second},
		{"it in small bites", "multipart/form-data; boundary=XX", file + head, 10 * time.Millisecond, 10 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := pipes{make(chan net.Conn), make(chan struct{})}
				h := &Handler{options: Options{FrameBytes: 256 << 10}}
				server := &http.Server{ReadTimeout: time.Hour, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body := h.paceBody(w, r)
					c := &op.Call{}
					if err := h.read(c, &op.Operation{Method: "POST", Path: "/media"}, nil, body); err != nil {
						assertSaysNothingOfConnection(t, err)
						body.skip(skippedOfStrangers)
						return
					}
					body.skip(skippedOfMembers)
				})}
				go func() { _ = server.Serve(listener) }()
				client, served := net.Pipe()
				listener.conns <- served
				began := time.Now()
				var drip sync.WaitGroup
				drip.Go(func() {
					_, _ = fmt.Fprintf(client, "POST /v1/media HTTP/1.1\r\nHost: here\r\nContent-Type: %s\r\nContent-Length: 30000000\r\n\r\n%s", tc.kind, tc.begin)
					for {
						<-time.After(tc.every)
						if _, err := io.WriteString(client, "x"); err != nil {
							return
						}
					}
				})
				in := bufio.NewReader(client)
				_, err := http.ReadResponse(in, nil)
				require.NoError(t, err)
				_, err = io.Copy(io.Discard, in)
				require.NoError(t, err)
				assert.LessOrEqual(t, time.Since(began), tc.most+time.Second)
				require.NoError(t, client.Close())
				require.NoError(t, server.Close())
				drip.Wait()
			})
		})
	}
}

// assertSaysNothingOfConnection holds an error to be a refusal whose text has nothing of the
// connection, such as the addresses of the server and of its proxy.
func assertSaysNothingOfConnection(t *testing.T, err error) {
	t.Helper()
	var refused *wire.Error
	if assert.ErrorAs(t, err, &refused) {
		assert.Equal(t, wire.RequestCut.Name(), refused.Reason)
		assert.NotRegexp(t, "pipe|tcp|i/o|->", refused.Message)
	}
}
