package servertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// World is a server with the demo data, reached as clients reach it: over HTTP and
// WebSockets. Its methods end the test T at once when something fails that they do
// not return.
type World struct {
	T        testing.TB
	Engine   *store.Engine
	Identity *identity.Store
	Server   *server.Server
	HTTP     *httptest.Server
	Client   *http.Client // of all requests; New sets http.DefaultClient
}

// New gives a World on a new engine. The server, the engine and its data are gone when
// the test ends. The zero Limits mean the server's defaults.
func New(t testing.TB, limits server.Limits) *World {
	t.Helper()
	return On(t, storetest.Engine(t, t.TempDir()), limits)
}

// On gives a World on the engine e, which other servers may use at the same time, as
// the nodes of a cluster do.
func On(t testing.TB, e *store.Engine, limits server.Limits) *World {
	t.Helper()
	return With(t, e, server.Options{Limits: limits})
}

// With is On with all options. Where the options leave them zero, agents who lose
// their connection count as gone after 20 ms (AgentSettle), and Return is 1 ns.
// SettleWithin is always 20 ms. A server that does not start ends the test.
func With(t testing.TB, e *store.Engine, o server.Options, more ...identity.Option) *World {
	t.Helper()
	if o.Presence.AgentSettle == 0 {
		o.Presence.AgentSettle = 20 * time.Millisecond
	}
	o.Presence.SettleWithin = 20 * time.Millisecond
	if o.Presence.Return == 0 {
		o.Presence.Return = time.Nanosecond
	}
	i, s := start(t, e, o, append(more, identity.CheapHashes()))
	handler := server.AddressOptions{}.Handler(Described(t, s.Handler()))
	w := &World{T: t, Engine: e, Identity: i, Server: s, HTTP: httptest.NewServer(handler), Client: http.DefaultClient}
	t.Cleanup(w.Close)
	return w
}

// start opens a server. As parleyd does, it tries again while a cluster elects its leaders: servers that have just found each
// other may lose sight of each other once more.
func start(t testing.TB, e *store.Engine, o server.Options, more []identity.Option) (*identity.Store, *server.Server) {
	t.Helper()
	var i *identity.Store
	var s *server.Server
	storetest.Elected(t, func() (err error) {
		if i, err = identity.Open(t.Context(), e, more...); err != nil {
			return err
		}
		if err = identity.SeedDemo(t.Context(), i); err != nil {
			return err
		}
		s, err = server.New(t.Context(), e, i, o)
		return err
	})
	return i, s
}

// Reach has the server reached as these options say, such as at a public URL. It is called
// before the first request.
func (w *World) Reach(o server.AddressOptions) {
	w.HTTP.Config.Handler = o.Handler(Described(w.T, w.Server.Handler()))
}

// Close stops the server; the engine keeps running. The end of the test calls it too.
// It ends the test if the server does not stop within storetest.WaitFor.
func (w *World) Close() {
	ctx, stop := ContextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(w.T, w.Server.Close(ctx))
	w.HTTP.Close()
}

// Login is a user's id, and the token of their session.
type Login struct{ ID, Token string }

// Visitor makes a visitor with this name, and gives them a session.
func (w *World) Visitor(name string) Login {
	w.T.Helper()
	return w.Session(w.Rest("POST", "/users", App(), `{"name":"`+name+`"}`))
}

// Agent logs in one of the demo app's agents. An unknown username ends the test.
func (w *World) Agent(username string) Login {
	w.T.Helper()
	return w.Session(w.Rest("POST", "/agents/login", App(), `{"username":"`+username+`","password":"demo"}`))
}

// Session reads the user and the session from an answer. It ends the test if the
// status is not 200 or one of them is missing.
func (w *World) Session(a Answer) Login {
	w.T.Helper()
	require.Equal(w.T, 200, a.Status, a.Body)
	return Login{a.Text("user", "id"), a.Text("session", "token")}
}

// Set changes the demo app's settings as this JSON says, with the app's secret. It
// ends the test if the server refuses.
func (w *World) Set(said string) {
	w.T.Helper()
	require.Equal(w.T, 200, w.Rest("PUT", "/settings", Secret(), said).Status)
}

// App gives new headers that name the demo app.
func App() http.Header { return http.Header{"X-Hyper-Appid": {"demo"}} }

// Secret gives App's headers with the demo app's secret.
func Secret() http.Header { h := App(); h.Set("x-hyper-secret", "demo-secret"); return h }

// As gives App's headers with the token of a user's session.
func As(l Login) http.Header { h := App(); h.Set("x-hyper-token", l.Token); return h }

// JSON encodes a value. It gives nil for a value that JSON cannot hold.
func JSON(v any) json.RawMessage { b, _ := json.Marshal(v); return b }

// Obj makes an object of names and values in turn. It panics if a name is no string or
// the last value is missing.
func Obj(kv ...any) (m Object) {
	m = Object{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = kv[i+1]
	}
	return m
}

// Object is a JSON object, as encoding/json reads it into any.
type Object = map[string]any

// Answer is an HTTP answer whose body is a JSON object. Its methods report to T.
type Answer struct {
	T      testing.TB
	Status int
	Header http.Header
	Body   string
	JSON   Object
}

// Rest sends a request for a path below /v1, and gives the answer whatever its status.
// It ends the test if the answer is not JSON; the test fails if the answer is not as
// the OpenAPI document says.
func (w *World) Rest(method, path string, h http.Header, body string) Answer {
	w.T.Helper()
	r, err := http.NewRequest(method, w.HTTP.URL+"/v1"+path, strings.NewReader(body))
	require.NoError(w.T, err)
	r.Header = h.Clone()
	answer, err := w.Client.Do(r)
	require.NoError(w.T, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.T, err)
	a := Answer{T: w.T, Status: answer.StatusCode, Header: answer.Header, Body: string(b)}
	dec := json.NewDecoder(bytes.NewReader(b))
	require.NoError(w.T, dec.Decode(&a.JSON), "%s %s answers %s", method, path, b)
	return a
}

// Dig finds a value in nested objects by the names on the way to it. It gives nil if
// one of them is missing.
func Dig(v any, path ...string) any {
	for _, name := range path {
		o, ok := v.(Object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

// Text gives the string at this path in the answer, found as Dig does. It ends the test
// if there is no string.
func (a Answer) Text(path ...string) string {
	a.T.Helper()
	text, ok := Dig(a.JSON, path...).(string)
	require.True(a.T, ok, "no %v in %s", path, a.Body)
	return text
}

// RequireRefused ends the test unless the answer is an error in the contract's shape,
// with this status, and a message that contains about.
func (a Answer) RequireRefused(status int, about string) {
	a.T.Helper()
	require.Equal(a.T, status, a.Status, a.Body)
	require.EqualValues(a.T, status, Dig(a.JSON, "error", "code"), a.Body)
	require.Contains(a.T, a.Text("error", "message"), about)
}

// RequireDone ends the test unless the status is 200 and the answer says success.
func (a Answer) RequireDone() {
	a.T.Helper()
	require.Equal(a.T, 200, a.Status, a.Body)
	require.Equal(a.T, true, a.JSON["success"], a.Body)
}

// IDs lists the ids of an array of objects, in order: "" for one without an id, and
// an empty list if v is no array.
func IDs(v any) []string {
	found := []string{}
	list, _ := v.([]any)
	for _, item := range list {
		id, _ := Dig(item, "id").(string)
		found = append(found, id)
	}
	return found
}

// Parsed reads a JSON object. It gives nil if raw is anything else.
func Parsed(raw wire.Raw) (o Object) {
	_ = json.Unmarshal(raw, &o)
	return o
}
