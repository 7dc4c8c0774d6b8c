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

// World is a server with the demo data, reached as clients reach it.
type World struct {
	T        testing.TB
	Engine   *store.Engine
	Identity *identity.Store
	Server   *server.Server
	HTTP     *httptest.Server
}

// New runs a server on an engine of its own, whose data is gone when the test ends.
func New(t testing.TB, limits server.Limits) *World {
	t.Helper()
	return On(t, storetest.Engine(t, t.TempDir()), limits)
}

// On is another server on an engine that may have one already.
func On(t testing.TB, e *store.Engine, limits server.Limits) *World {
	t.Helper()
	return With(t, e, server.Options{Limits: limits})
}

// With is On with all options. Agents who lose their connection count as gone after 20 ms,
// unless the options say otherwise.
func With(t testing.TB, e *store.Engine, o server.Options) *World {
	t.Helper()
	i, err := identity.Open(t.Context(), e, identity.CheapHashes())
	require.NoError(t, err)
	require.NoError(t, identity.SeedDemo(t.Context(), i))
	if o.Presence.AgentGrace == 0 {
		o.Presence.AgentGrace = 20 * time.Millisecond
	}
	o.Presence.SettleWithin = 20 * time.Millisecond
	if o.Presence.Return == 0 {
		o.Presence.Return = time.Nanosecond
	}
	s, err := server.New(t.Context(), e, i, o)
	require.NoError(t, err)
	w := &World{T: t, Engine: e, Identity: i, Server: s, HTTP: httptest.NewServer(Described(t, s.Handler()))}
	t.Cleanup(w.Close)
	return w
}

// Close ends the server; the engine goes on. The test's end does it too.
func (w *World) Close() {
	ctx, stop := ContextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(w.T, w.Server.Close(ctx))
	w.HTTP.Close()
}

// Login is a user with a session.
type Login struct{ ID, Token string }

// Visitor makes a visitor, and gives them a session.
func (w *World) Visitor(name string) Login {
	w.T.Helper()
	return w.Session(w.Rest("POST", "/users", App(), `{"name":"`+name+`"}`))
}

// Agent logs in one of the demo app's agents.
func (w *World) Agent(username string) Login {
	w.T.Helper()
	return w.Session(w.Rest("POST", "/agents/login", App(), `{"username":"`+username+`","password":"demo"}`))
}

// Session reads the user and the session from an answer that must have them.
func (w *World) Session(a Answer) Login {
	w.T.Helper()
	require.Equal(w.T, 200, a.Status, a.Body)
	return Login{a.Text("user", "id"), a.Text("session", "token")}
}

// Set changes the app's settings.
func (w *World) Set(said string) {
	w.T.Helper()
	require.Equal(w.T, 200, w.Rest("PUT", "/settings", Secret(), said).Status)
}

// App gives the headers that name an app.
func App() http.Header           { return http.Header{"X-Hyper-Appid": {"demo"}} }
func Secret() http.Header        { h := App(); h.Set("x-hyper-secret", "demo-secret"); return h }
func As(l Login) http.Header     { h := App(); h.Set("x-hyper-token", l.Token); return h }
func JSON(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
func Obj(kv ...any) (m Object) {
	m = Object{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = kv[i+1]
	}
	return m
}

type Object = map[string]any

type Answer struct {
	T      testing.TB
	Status int
	Header http.Header
	Body   string
	JSON   Object
}

// Rest asks for a path below /v1. The answer must be JSON, and as the OpenAPI document says.
func (w *World) Rest(method, path string, h http.Header, body string) Answer {
	w.T.Helper()
	r, err := http.NewRequest(method, w.HTTP.URL+"/v1"+path, strings.NewReader(body))
	require.NoError(w.T, err)
	r.Header = h.Clone()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(w.T, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.T, err)
	a := Answer{T: w.T, Status: answer.StatusCode, Header: answer.Header, Body: string(b)}
	dec := json.NewDecoder(bytes.NewReader(b))
	require.NoError(w.T, dec.Decode(&a.JSON), "%s %s answers %s", method, path, b)
	return a
}

// Dig finds a value in nested objects.
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

func (a Answer) Text(path ...string) string {
	a.T.Helper()
	text, ok := Dig(a.JSON, path...).(string)
	require.True(a.T, ok, "no %v in %s", path, a.Body)
	return text
}

// RequireRefused holds that the answer is an error in the shape of the contract.
func (a Answer) RequireRefused(status int, about string) {
	a.T.Helper()
	require.Equal(a.T, status, a.Status, a.Body)
	require.EqualValues(a.T, status, Dig(a.JSON, "error", "code"), a.Body)
	require.Contains(a.T, a.Text("error", "message"), about)
}

// RequireDone holds that the answer says so.
func (a Answer) RequireDone() {
	a.T.Helper()
	require.Equal(a.T, 200, a.Status, a.Body)
	require.Equal(a.T, true, a.JSON["success"], a.Body)
}

// IDs lists the ids of an array of objects.
func IDs(v any) []string {
	found := []string{}
	list, _ := v.([]any)
	for _, item := range list {
		id, _ := Dig(item, "id").(string)
		found = append(found, id)
	}
	return found
}

// Parsed reads a JSON object; what is not one is nil.
func Parsed(raw wire.Raw) (o Object) {
	_ = json.Unmarshal(raw, &o)
	return o
}
