package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/chat"
	"parley/core/httpconn"
	"parley/core/wire"
	"parley/core/wsconn"
	"parley/server/servertest"
)

// BenchmarkTransports is the round trip of a message, from the request to its reply, by
// WebSocket and by HTTP long polling.
func BenchmarkTransports(b *testing.B) {
	w := servertest.New(b, benchLimits)
	for _, tc := range []struct {
		name   string
		dialer core.Dialer
		url    string
	}{
		{"websocket", wsconn.Dialer{}, "ws" + strings.TrimPrefix(w.HTTP.URL, "http")},
		{"http", httpconn.Dialer{}, w.HTTP.URL},
	} {
		b.Run(tc.name, func(b *testing.B) {
			conn, err := tc.dialer.Dial(b.Context(), tc.url+"/v1/socket")
			require.NoError(b, err)
			defer conn.Close()
			ask := func(id, event string, data servertest.Object) servertest.Object {
				f := wire.Frame{ID: id, Event: event, Data: wire.Raw(servertest.JSON(data))}
				require.NoError(b, conn.Write(b.Context(), f.Append(nil)))
				for {
					text, err := conn.Read(b.Context())
					require.NoError(b, err)
					reply, err := wire.Parse(text)
					require.NoError(b, err)
					if reply.ID == id {
						require.Nil(b, reply.Error)
						return servertest.Parsed(reply.Data)
					}
				}
			}
			vera := w.Visitor("Vera")
			ask("open", wire.EventOpen, servertest.Obj("appId", "demo", "token", vera.Token))
			id := servertest.Dig(ask("chat"+tc.name, chat.EventCreate, servertest.Obj("room", "1")), "chat", "id")
			n := 0
			for b.Loop() {
				n++
				ask(fmt.Sprint(tc.name, b.N, "-", n), chat.EventMessage, servertest.Obj("chatId", id, "message", "hi"))
			}
		})
	}
}
