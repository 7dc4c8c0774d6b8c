package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/servertest"
)

// BenchmarkBareSocket is a visitor alone who sends, so many messages under way at a time,
// by a client that costs next to nothing.
func BenchmarkBareSocket(b *testing.B) { benchSocketAs(b, "") }

// BenchmarkChannel is the same on a channel.
func BenchmarkChannel(b *testing.B) { benchSocketAs(b, "1") }

func benchSocketAs(b *testing.B, number string) {
	for _, underWay := range []int{1, 64} {
		b.Run(fmt.Sprint(underWay), func(b *testing.B) {
			w := servertest.New(b, benchLimits)
			s := openBenchSocket(b, w, number)
			b.ResetTimer()
			for sent, answered := 0, 0; answered < b.N; answered++ {
				for ; sent < b.N && sent < answered+underWay; sent++ {
					s.send(`{"id":"m%d","event":"messages:new","data":{"chatId":"%s","message":"as long as people write"}}`, sent, s.chat)
				}
				if s.in.Buffered() == 0 {
					require.NoError(b, s.out.Flush())
				}
				f := s.receive()
				require.Equal(b, fmt.Sprint("m", answered), f.ID)
				require.Nil(b, f.Error)
			}
		})
	}
}

// benchSocket is a WebSocket that writes several frames at once.
type benchSocket struct {
	b      *testing.B
	in     *bufio.Reader
	out    *bufio.Writer
	number string // of a channel
	chat   string
}

func openBenchSocket(b *testing.B, w *servertest.World, number string) *benchSocket {
	b.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	s := &benchSocket{b: b, in: bufio.NewReader(conn), out: bufio.NewWriter(conn), number: number}
	r, err := http.NewRequestWithContext(b.Context(), "GET", w.HTTP.URL+"/v1/socket", http.NoBody)
	require.NoError(b, err)
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"MDEyMzQ1Njc4OWFiY2RlZg=="},
	}
	require.NoError(b, r.Write(conn))
	answer, err := http.ReadResponse(s.in, r)
	require.NoError(b, err)
	require.Equal(b, http.StatusSwitchingProtocols, answer.StatusCode)
	require.NoError(b, answer.Body.Close())
	s.ask(`{"id":"open","event":"session:open","data":{"appId":"demo","token":"%s"}}`, w.Visitor("Vera").Token)
	created := s.ask(`{"id":"create","event":"chats:create","data":{"room":"1"}}`)
	s.chat = servertest.Dig(servertest.Parsed(created.Data), "chat", "id").(string)
	return s
}

func (s *benchSocket) ask(format string, args ...any) wire.Frame {
	s.b.Helper()
	s.send(format, args...)
	require.NoError(s.b, s.out.Flush())
	f := s.receive()
	require.Nil(s.b, f.Error)
	return f
}

// send writes a frame into the buffer. Its mask is all zeros (RFC 6455 section 5.3).
func (s *benchSocket) send(format string, args ...any) {
	text := s.number + fmt.Sprintf(format, args...)
	head := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	_, err := s.out.Write(append(append(head, 0, 0, 0, 0), text...))
	require.NoError(s.b, err)
}

// receive reads a frame.
func (s *benchSocket) receive() wire.Frame {
	s.b.Helper()
	head := make([]byte, 2)
	_, err := io.ReadFull(s.in, head)
	require.NoError(s.b, err)
	length := int(head[1])
	if length == 126 {
		_, err = io.ReadFull(s.in, head)
		require.NoError(s.b, err)
		length = int(binary.BigEndian.Uint16(head))
	}
	text := make([]byte, length)
	_, err = io.ReadFull(s.in, text)
	require.NoError(s.b, err)
	f, err := wire.Parse(bytes.TrimPrefix(text, []byte(s.number)))
	require.NoError(s.b, err)
	return f
}
