package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// begun sends the head of a request and the beginning of its body, and gives the answer
// that comes all the same.
func begun(t *testing.T, w *servertest.World, request string, h http.Header, contentType, body string) (status int, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.HTTP.URL, "http://"))
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.NoError(t, c.SetDeadline(time.Now().Add(storetest.WaitFor)))
	head := fmt.Sprintf("%s HTTP/1.1\r\nHost: here\r\nContent-Type: %s\r\nContent-Length: 100000000\r\n", request, contentType)
	for name := range h {
		head += name + ": " + h.Get(name) + "\r\n"
	}
	_, err = io.WriteString(c, head+"\r\n"+body)
	require.NoError(t, err)
	in := bufio.NewReader(c)
	answer, err := http.ReadResponse(in, nil)
	require.NoError(t, err, "the server waits for the body: %s", request)
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	_, err = in.ReadByte()
	return answer.StatusCode, err == io.EOF
}

// Nobody makes the server read the body of what they may not call.
func TestWhoMayNotCallIsRefusedBeforeTheBody(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	vera, paul := servertest.As(visitor.Login), servertest.As(w.Visitor("Paul"))
	wrong := servertest.App()
	wrong.Set("x-hyper-secret", "wrong")
	const form, json = "multipart/form-data; boundary=XX", "application/json"
	field := "--XX\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n"
	file := "--XX\r\ncontent-disposition: form-data; name=\"chatId\"\r\n\r\n" + id +
		"\r\n--XX\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a.png\"\r\n\r\n" + string(servertest.PngBytes) + strings.Repeat("x", 4096)
	for _, tc := range []struct {
		name, request string
		header        http.Header
		kind, body    string
		status        int
	}{
		{"a form that is no file", "POST /v1/users", servertest.App(), form, field, 415},
		{"a file of nobody", "POST /v1/media", servertest.App(), form, field, 401},
		{"a file to the chat of others", "POST /v1/media", paul, form, file, 403},
		{"a file to the chat of others, named in the URL", "POST /v1/media?chatId=" + id, paul, form, field, 403},
		{"no app", "POST /v1/users", http.Header{}, json, "{", 401},
		{"no session", "POST /v1/chats", servertest.App(), json, "{", 401},
		{"a wrong secret", "PUT /v1/settings", wrong, json, "{", 401},
		{"no secret", "PUT /v1/settings", vera, json, "{", 403},
		{"no admin", "POST /v1/apps", servertest.Secret(), json, "{", 403},
		{"no agent", "POST /v1/agents/logout", vera, json, "{", 403},
		{"a message to the chat of others", "POST /v1/chats/" + id + "/messages", paul, json, "{", 403},
		{"a message to no chat", "POST /v1/chats/none/messages", paul, json, "{", 404},
		{"no path", "POST /v1/nothing", vera, json, "{", 404},
		{"no method", "DELETE /v1/users", vera, json, "{", 405},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, closed := begun(t, w, tc.request, tc.header, tc.kind, tc.body)
			assert.Equal(t, tc.status, status)
			assert.True(t, closed, "and the connection is not kept for the rest")
		})
	}
}
