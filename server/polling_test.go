package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/chat"
	"parley/core/client"
	"parley/core/httpconn"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// noWebSockets is a Dialer in a network that cuts WebSockets off.
type noWebSockets struct{}

func (noWebSockets) Dial(context.Context, string) (core.Conn, error) {
	return nil, errors.New("the proxy has no Upgrade")
}

// network is what carries HTTP: it spreads requests over nodes, and breaks some.
type network struct {
	nodes []string // hosts
	mu    sync.Mutex
	count int
	opens int // connections
	// breaks says whether the next request is repeated, as browsers and proxies do, and
	// whether its answer is cut.
	breaks func() (repeated, cut bool)
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	if strings.HasPrefix(string(body), "open") {
		n.opens++
	}
	repeated, cut := false, false
	if n.breaks != nil {
		repeated, cut = n.breaks()
	}
	n.mu.Unlock()
	send := func(ctx context.Context) (*http.Response, error) {
		n.mu.Lock()
		n.count++
		again := r.Clone(ctx)
		again.URL.Host, again.Body = n.nodes[n.count%len(n.nodes)], io.NopCloser(bytes.NewReader(body))
		n.mu.Unlock()
		return http.DefaultTransport.RoundTrip(again)
	}
	if repeated { // the browser has lost the first, a poll soon
		soon, stop := context.WithTimeout(r.Context(), 20*time.Millisecond)
		defer stop()
		if first, err := send(soon); err == nil {
			_ = first.Body.Close()
		}
	}
	answer, err := send(r.Context())
	if err == nil && cut {
		whole, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		answer.Body = io.NopCloser(bytes.NewReader(whole[:len(whole)/2]))
	}
	return answer, err
}

// byHTTP gives a visitor's client behind a network without WebSockets, and what it hears.
func byHTTP(t *testing.T, w *servertest.World, n *network) (c *client.Client, heard func() []string) {
	t.Helper()
	c, err := client.New(client.Options{Dialer: noWebSockets{}, LongPolling: httpconn.Dialer{HTTPClient: &http.Client{Transport: n}}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	var mu sync.Mutex
	var texts []string
	c.On(func(e client.Event) {
		if emit, is := e.(core.Emit); is && emit.Event == "message:received" {
			mu.Lock()
			defer mu.Unlock()
			texts = append(texts, servertest.Dig(servertest.Parsed(emit.Data), "message", "message").(string))
		}
	})
	require.NoError(t, c.Init(t.Context(), core.App{ID: "demo", API: w.HTTP.URL + "/v1", Socket: "ws" + strings.TrimPrefix(w.HTTP.URL, "http") + "/v1/socket"}))
	vera := w.Visitor("Vera")
	_, err = c.Login(t.Context(), vera.ID, vera.Token)
	require.NoError(t, err)
	return c, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), texts...)
	}
}

func hostOf(w *servertest.World) string { return strings.TrimPrefix(w.HTTP.URL, "http://") }

// converse has a client and an agent send each other messages in turn, and
// checks that each has all of the other, once and in order.
func converse(t *testing.T, w *servertest.World, c *client.Client, heard func() []string, count int) {
	t.Helper()
	id, err := c.CreateChat(t.Context(), client.NewChat{Room: "1"})
	require.NoError(t, err)
	agent := w.Open(t, w.Agent("agent1"))
	agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
	for i := range count {
		_, err := c.SendMessage(t.Context(), id, fmt.Sprintf("up %d", i))
		require.NoError(t, err)
		agent.Ask(chat.EventMessage, servertest.Obj("chatId", id, "message", fmt.Sprintf("down %d", i)))
	}
	want := make([]string, count)
	for i := range want {
		want[i] = fmt.Sprintf("down %d", i)
		assert.Equal(t, fmt.Sprintf("up %d", i), servertest.Dig(agent.Next(chat.EventMessage), "message", "message"))
	}
	assert.Eventually(t, func() bool { return len(heard()) >= count }, storetest.WaitFor, storetest.Tick)
	assert.Equal(t, want, heard())
}

// Where WebSockets are cut off a client goes by HTTP, also when no request is sure to
// reach the node that has the connection.
func TestFallback(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	one, two := servertest.On(t, e, server.Limits{}), servertest.On(t, e, server.Limits{})
	for _, tc := range []struct {
		name  string
		nodes []string
	}{
		{"one node", []string{hostOf(one)}},
		{"two nodes, without sticky sessions", []string{hostOf(one), hostOf(two)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := &network{nodes: tc.nodes}
			c, heard := byHTTP(t, one, n)
			converse(t, one, c, heard, 20)
			assert.Equal(t, 1, n.opens, "the connection has lasted")
		})
	}
}

// Requests that are repeated and answers that are cut in the middle lose nothing and
// double nothing.
func TestFallbackThroughABrokenNetwork(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	random := rand.New(rand.NewPCG(11, 3))
	cuts, repeats := 0, 0
	n := &network{nodes: []string{hostOf(w)}, breaks: func() (repeated, cut bool) {
		repeated, cut = random.IntN(40) == 0, random.IntN(40) == 0
		if repeated {
			repeats++
		}
		if cut {
			cuts++
		}
		return repeated, cut
	}}
	c, heard := byHTTP(t, w, n)
	converse(t, w, c, heard, 60)
	n.mu.Lock()
	defer n.mu.Unlock()
	assert.Positive(t, cuts)
	assert.Positive(t, repeats)
}

// exchange makes one request of a connection by HTTP.
func exchange(t *testing.T, w *servertest.World, lines ...string) (status int, header http.Header, answer []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.HTTP.URL+"/v1/socket", strings.NewReader(strings.Join(lines, "\n")))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	r.Header.Set("Origin", "https://shop.example")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, strings.Split(string(body), "\n")
}

func TestExchange(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{IdleAfter: 2 * time.Second, FrameBytes: 1000})
	vera := w.Visitor("Vera")
	status, header, answer := exchange(t, w, "open", "end")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, answer, 2)
	assert.Equal(t, "*", header.Get("Access-Control-Allow-Origin"), "a simple request needs no preflight")
	assert.Equal(t, "no-store", header.Get("Cache-Control"))
	assert.NotEmpty(t, header.Get("Content-Length"), "it is never streamed")
	id := answer[0]

	status, _, answer = exchange(t, w, "send "+id+" 1", `{"id":"a","event":"session:open","data":{"appId":"demo","token":"`+vera.Token+`"}}`, `{"event":"ping"}`, "end")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, []string{"end"}, answer)
	got := ""
	for polls := 1; !strings.Contains(got, "pong") || !strings.Contains(got, `"id":"a"`); polls++ {
		status, _, answer = exchange(t, w, fmt.Sprint("poll ", id, " ", polls), "end")
		require.Equal(t, http.StatusOK, status)
		got += strings.Join(answer, "")
	}
	exchange(t, w, "send "+id+" 2", `{"id":"b","event":"x","data":{"text":"`+strings.Repeat("x", 1000)+`"}}`, "end")

	for _, tc := range []struct {
		text, about string
		status      int
	}{
		{"", "cut", 400},
		{"send " + id + " 3\n{}", "cut", 400},
		{"nonsense\nend", "first line", 400},
		{"poll nobody 1\nend", "no such connection", 410},
		{"poll " + strings.Repeat("x", 26) + ".secret 1\nend", "no such connection", 410},
		{"poll " + id + "x 1\nend", "no such connection", 410},
		{"send " + id + " 9\n{}\nend", "no such connection", 410}, // some are missing: it ends the connection
		{"poll " + id + " 99\nend", "no such connection", 410},
	} {
		status, _, answer := exchange(t, w, tc.text)
		assert.Equal(t, tc.status, status, tc.text)
		assert.Contains(t, answer[0], tc.about)
	}
	require.Eventually(t, func() bool { return connectionsTo(w) == 0 }, storetest.WaitFor, storetest.Tick)
}

// Of a request by HTTP no more is read than it needs: frames need room, and before the
// session is open only one does.
func TestLongExchanges(t *testing.T) {
	t.Parallel()
	e, limits := storetest.Engine(t, t.TempDir()), server.Limits{FrameBytes: 1000}
	here, there := servertest.On(t, e, limits), servertest.On(t, e, limits)
	for name, w := range map[string]*servertest.World{"of this node": here, "of another node": there} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			longExchanges(t, here, w)
		})
	}
}

// longExchanges has a node asked for connections that another node may have.
func longExchanges(t *testing.T, w, of *servertest.World) {
	t.Helper()
	_, _, answer := exchange(t, of, "open", "end")
	id := answer[0]
	exchange(t, of, "send "+id+" 1", `{"id":"a","event":"session:open","data":{"appId":"demo","token":"`+w.Visitor("Vera").Token+`"}}`, "end")
	_, _, answer = exchange(t, of, "poll "+id+" 1", "end")
	require.Contains(t, answer[0], `"id":"a"`)
	_, _, answer = exchange(t, of, "open", "end")
	stranger, noNode := answer[0], strings.Repeat("x", strings.IndexByte(id, '.'))+id[strings.IndexByte(id, '.'):]
	for _, first := range []string{"send " + noNode + " 1", "send " + id + "x 1", "send nobody 1"} {
		status, _ := begun(t, w, "POST /v1/socket", http.Header{}, "text/plain", first+"\n"+strings.Repeat("x", 1000))
		assert.Equal(t, 410, status, "%s: and the rest is not read", first)
	}
	for _, tc := range []struct {
		first  string
		bytes  int
		status int
		about  string
	}{
		{"send " + id + " 2", 5_000, 413, "limit of 4000 bytes"},
		{"send " + id + " 2", 3_500, 200, "end"},
		{"send " + stranger + " 1", 2_000, 413, "limit of 1512 bytes"},
		{"send " + stranger + " 1", 1_000, 200, "end"},
		{"send " + id + "x 1", 2_000, 410, "no such connection"},
		{"send nobody 1", 2_000, 410, "no such connection"},
		{"send " + noNode + " 1", 2_000, 410, "no such connection"},
		{"open", 2_000, 413, "limit of 512 bytes"},
		{"poll " + id + " 2", 2_000, 413, "limit of 512 bytes"},
		{strings.Repeat("x", 600), 0, 413, "limit of 512 bytes"},
	} {
		status, _, answer := exchange(t, w, tc.first, strings.Repeat("x", tc.bytes), "end")
		assert.Equal(t, tc.status, status, tc.first)
		assert.Contains(t, answer[0], tc.about, tc.first)
	}
}

// A client that goes away is missed: at once when it closes, or ends its poll; else when
// the next poll does not come. One that never opens a session is sent away.
func TestFallbackClientsThatGo(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{IdleAfter: 4 * time.Minute})
	gone := func() bool { return connectionsTo(w) == 0 }
	_, _, answer := exchange(t, w, "open", "end")
	assert.Equal(t, 1, connectionsTo(w))
	exchange(t, w, "close "+answer[0], "end")
	require.Eventually(t, gone, storetest.WaitFor, storetest.Tick)

	dial := func() core.Conn {
		conn, err := httpconn.Dialer{}.Dial(t.Context(), w.HTTP.URL+"/v1/socket")
		require.NoError(t, err)
		return conn
	}
	conn := dial()
	ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	_, err := conn.Read(ctx)
	require.Error(t, err)
	require.Eventually(t, gone, storetest.WaitFor, storetest.Tick)

	conn = dial()
	go w.Close()
	text, err := conn.Read(t.Context())
	require.NoError(t, err)
	assert.Contains(t, string(text), `"bye"`)
	require.NoError(t, conn.Close())
}
