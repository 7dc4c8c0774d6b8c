//go:build proxies

package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/httpconn"
	"parley/core/wsconn"
	"parley/server"
	"parley/server/internal/address"
	"parley/server/servertest"
)

// `make proxies` runs this file: it takes the samples of docs/proxies.md, runs each with its
// program, and holds a conversation through it.

const (
	proxied = "www.example.com"
	below   = "/chat"
	caller  = "127.0.0.5"       // the client's address, as the proxy sees it
	unused  = 110 * time.Second // twice as long as proxies leave a connection quiet
)

// behind is a server, and how it is reached through a proxy.
type behind struct {
	*servertest.World
	port    string       // of the proxy
	sockets *http.Client // speaks HTTP/1.1 alone, as browsers do for WebSockets
	log     *lockedBuffer
}

// seen is what the server makes of a request.
type seen struct{ Client, Base, Forwarded string }

// newBehind starts a server with -hosts www.example.com, and a proxy of a kind before it.
func newBehind(t *testing.T, kind proxyKind) *behind {
	t.Helper()
	b := &behind{log: &lockedBuffer{}}
	w := servertest.With(t, newEngine(t), server.Options{Logger: slog.New(slog.NewTextHandler(b.log, nil))})
	o := server.AddressOptions{Hosts: address.Hosts{proxied}}
	require.NoError(t, o.TrustedProxies.UnmarshalText([]byte("127.0.0.1"))) // the proxy alone
	w.Reach(o)
	own := w.HTTP.Config.Handler
	w.HTTP.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/seen") {
			own.ServeHTTP(rw, r)
			return
		}
		o.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			_ = json.NewEncoder(rw).Encode(seen{address.Client(r).String(), address.Of(r), strings.Join(r.Header.Values("Forwarded"), "|")})
		})).ServeHTTP(rw, r)
	})
	var roots *x509.CertPool
	b.port, roots = startProxy(t, kind, strings.TrimPrefix(w.HTTP.URL, "http://"))
	client := func(http2 bool) *http.Client {
		transport := &http.Transport{ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{RootCAs: roots}}
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(caller)}}
			return from.DialContext(ctx, network, "127.0.0.1:"+b.port)
		}
		return &http.Client{Transport: transport}
	}
	b.sockets = client(false)
	b.World = &servertest.World{T: t, Engine: w.Engine, Identity: w.Identity, Server: w.Server, Client: client(true),
		HTTP: &httptest.Server{URL: "https://" + proxied + ":" + b.port + below}}
	return b
}

// TestProxies runs them side by side, and prints what it has found.
func TestProxies(t *testing.T) {
	var mu sync.Mutex
	table := "\n| proxy | protocol | conversation | upload, download | long conversation | foreign host | client's address | quiet socket, poll |\n|---|---|---|---|---|---|---|---|\n"
	t.Cleanup(func() { fmt.Println(table) })
	for _, kind := range proxyKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			b := newBehind(t, kind)
			cells := []string{kind.version(t)}
			for _, look := range []func(*behind, *testing.T) string{
				(*behind).protocol, (*behind).conversation, (*behind).files, (*behind).longConversation, (*behind).foreignHost, (*behind).clientAddress, (*behind).silence,
			} {
				cells = append(cells, look(b, t))
			}
			mu.Lock()
			defer mu.Unlock()
			table += "| " + strings.Join(cells, " | ") + " |\n"
		})
	}
}

func (b *behind) protocol(t *testing.T) string {
	r, err := b.Client.Get(b.HTTP.URL) // without a slash
	require.NoError(t, err)
	defer r.Body.Close()
	require.Equal(t, below+"/", r.Request.URL.Path, "the redirect stays on the host")
	return r.Proto
}

// end is one end of a conversation, by either transport.
type end struct {
	t      *testing.T
	conn   core.Conn
	frames chan servertest.Object
	gap    time.Duration // the longest time without a frame
}

func (b *behind) open(t *testing.T, dialer core.Dialer, scheme string, l servertest.Login) *end {
	t.Helper()
	conn, err := dialer.Dial(t.Context(), scheme+strings.TrimPrefix(b.HTTP.URL, "https")+"/v1/socket")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	e := &end{t: t, conn: conn, frames: make(chan servertest.Object, 1000)}
	go e.receive()
	e.ask("session:open", servertest.Obj("appId", "demo", "token", l.Token))
	return e
}

// receive answers pings, and says nothing else.
func (e *end) receive() {
	defer close(e.frames)
	for last := time.Now(); ; last = time.Now() {
		b, err := e.conn.Read(context.Background())
		if err != nil {
			return
		}
		e.gap = max(e.gap, time.Since(last))
		var frame servertest.Object
		_ = json.Unmarshal(b, &frame)
		if frame["event"] == "ping" {
			_ = e.conn.Write(context.Background(), []byte(`{"event":"pong"}`))
			continue
		}
		e.frames <- frame
	}
}

// await gives the next frame with a value under a name.
func (e *end) await(name string, value any) servertest.Object {
	e.t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case frame, open := <-e.frames:
			require.True(e.t, open, "the connection was lost")
			if frame[name] == value {
				return frame
			}
		case <-late:
			require.Fail(e.t, "nothing came", "%s %v", name, value)
		}
	}
}

func (e *end) ask(event string, data servertest.Object) servertest.Object {
	e.t.Helper()
	id := fmt.Sprintf("%s %d", event, time.Now().UnixNano())
	frame := servertest.JSON(servertest.Obj("id", id, "event", event, "data", data))
	require.NoError(e.t, e.conn.Write(e.t.Context(), frame))
	answer := e.await("id", id)
	require.Nil(e.t, answer["error"])
	return answer
}

func (b *behind) conversation(t *testing.T) string {
	const turns = 50
	visitor := b.open(t, wsconn.Dialer{HTTPClient: b.sockets}, "wss", b.Visitor("Vera"))
	agent := b.open(t, httpconn.Dialer{HTTPClient: b.Client}, "https", b.Agent("agent1"))
	id := servertest.Dig(visitor.ask("chats:create", servertest.Obj("room", "1")), "data", "chat", "id")
	agent.ask("chats:join", servertest.Obj("chatId", id))
	for n := range turns {
		visitor.ask("messages:new", servertest.Obj("chatId", id, "message", fmt.Sprint("up ", n)))
		assert.Equal(t, fmt.Sprint("up ", n), servertest.Dig(agent.await("event", "messages:new"), "data", "message", "message"))
		agent.ask("messages:new", servertest.Obj("chatId", id, "message", fmt.Sprint("down ", n)))
		assert.Equal(t, fmt.Sprint("down ", n), servertest.Dig(visitor.await("event", "messages:new"), "data", "message", "message"))
	}
	return fmt.Sprintf("%d messages by socket and by polls", 2*turns)
}

// newChat gives a chat of a new visitor.
func (b *behind) newChat(t *testing.T) (servertest.Login, string) {
	vera := b.Visitor("Vera")
	made := b.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`)
	require.Equal(t, 200, made.Status, made.Body)
	return vera, servertest.Dig(made.JSON, "chat", "id").(string)
}

func (b *behind) files(t *testing.T) string {
	vera, id := b.newChat(t)
	content := bytes.Repeat([]byte("twenty bytes and one\n"), 1<<20)
	sent := b.Upload(servertest.As(vera), servertest.File{Fields: map[string]string{"chatId": id}, Name: "a.txt", Kind: "text/plain", Content: bytes.NewReader(content)})
	require.Equal(t, 200, sent.Status, sent.Body)
	media := servertest.Dig(sent.JSON, "message", "message", "id")
	if media == nil {
		media = servertest.Dig(sent.JSON, "media", "id")
	}
	require.NotNil(t, media, sent.Body)
	status, _, got := b.Download("/media/"+media.(string), servertest.As(vera))
	require.Equal(t, 200, status)
	require.True(t, bytes.Equal(content, got))
	return fmt.Sprintf("%d MB, equal", len(content)/1_000_000)
}

func (b *behind) longConversation(t *testing.T) string {
	vera, id := b.newChat(t)
	line := servertest.Obj("sender", "assistant", "message", strings.Repeat("words ", 1600))
	var lines []servertest.Object
	for range 20 {
		lines = append(lines, line)
	}
	for range 20 {
		a := b.Rest("POST", "/chats/"+id+"/history", servertest.Secret(), string(servertest.JSON(servertest.Obj("history", lines))))
		require.Equal(t, 200, a.Status, a.Body)
	}
	a := b.Rest("GET", "/chats/"+id+"/messages", servertest.As(vera), "")
	require.Equal(t, 200, a.Status)
	require.Len(t, a.JSON["messages"], 400)
	return fmt.Sprintf("%.1f MB, whole", float64(len(a.Body))/1e6)
}

// foreignHost asks for another host: it does not reach the server.
func (b *behind) foreignHost(t *testing.T) string {
	r, err := http.NewRequest("GET", b.HTTP.URL+"/seen", nil)
	require.NoError(t, err)
	r.Host = "evil.example"
	answer, err := b.sockets.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.NotContains(t, string(body), `"Base"`)
	by := "by the proxy"
	if answer.StatusCode == http.StatusMisdirectedRequest {
		by = "by the server"
	}
	return fmt.Sprintf("%d %s", answer.StatusCode, by)
}

// clientAddress sends whatever a client could write to pass as another one, in each spelling.
func (b *behind) clientAddress(t *testing.T) string {
	forged := []http.Header{
		{},
		{"X-Forwarded-For": {"203.0.113.9"}},
		{"X-Forwarded-For": {"203.0.113.9", "203.0.113.10"}},
		{"X-Forwarded-For": {"203.0.113.9, 127.0.0.1"}},
		{"X-Forwarded-For": {""}},
		{"Forwarded": {"for=203.0.113.9"}},
		{"Forwarded": {"for=203.0.113.9;host=evil.example;proto=http", "for=127.0.0.1"}},
		{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=203.0.113.9"}},
		{"x-forwarded-for": {"203.0.113.9"}, "fOrWaRdEd": {"for=203.0.113.9"}},
		{"X-Real-Ip": {"203.0.113.9"}, "X-Client-Ip": {"203.0.113.9"}, "True-Client-Ip": {"203.0.113.9"}},
		{"X-Forwarded-Host": {"evil.example"}},
		{"X-Forwarded-Host": {proxied, "evil.example"}},
		{"X-Forwarded-Proto": {"http"}, "X-Forwarded-Prefix": {"/evil"}, "X-Forwarded-Host": {proxied + ", evil.example"}},
		{"X-Forwarded-Port": {"1"}, "X-Forwarded-Server": {"evil.example"}},
		{"Connection": {"x-forwarded-for, forwarded, x-forwarded-host, x-forwarded-proto, x-forwarded-prefix"}},
	}
	want := seen{caller, b.HTTP.URL, ""}
	for _, client := range []*http.Client{b.Client, b.sockets} {
		for _, headers := range forged {
			if client == b.Client && headers["Connection"] != nil {
				continue // HTTP/2 has none
			}
			r, err := http.NewRequest("GET", b.HTTP.URL+"/seen", nil)
			require.NoError(t, err)
			r.Header = headers.Clone()
			answer, err := client.Do(r)
			require.NoError(t, err)
			var got seen
			require.NoError(t, json.NewDecoder(answer.Body).Decode(&got))
			_ = answer.Body.Close()
			assert.Equal(t, want, got, "%v", headers)
		}
	}
	b.Rest("POST", "/agents/login", servertest.App(), `{"username":"lead","password":"wrong"}`)
	assert.Contains(t, b.log.text(), "client="+caller, "in the log")
	return fmt.Sprintf("right, %d forgeries without effect", 2*len(forged)-3)
}

// silence leaves connections alone: the server's pings and their answers keep them.
func (b *behind) silence(t *testing.T) string {
	socket := b.open(t, wsconn.Dialer{HTTPClient: b.sockets}, "wss", b.Visitor("Vera"))
	polls := b.open(t, httpconn.Dialer{HTTPClient: b.Client}, "https", b.Visitor("Paul"))
	<-time.After(unused)
	for _, e := range []*end{socket, polls} {
		e.ask("chats:create", servertest.Obj("room", "1"))
	}
	assert.Less(t, socket.gap, 50*time.Second)
	return fmt.Sprintf("%.0f s, at most %.0f s without a frame", unused.Seconds(), socket.gap.Seconds())
}
