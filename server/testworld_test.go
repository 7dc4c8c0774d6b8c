package server

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

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/store"
)

// world is a server with the demo data, reached as clients reach it.
type world struct {
	t        testing.TB
	engine   *store.Engine
	identity *identity.Store
	server   *Server
	http     *httptest.Server
}

func newWorld(t testing.TB, limits Limits) *world {
	t.Helper()
	return worldOn(t, testEngine(t, t.TempDir()), limits)
}

// worldOn is another server on an engine that may have one already.
func worldOn(t testing.TB, e *store.Engine, limits Limits) *world {
	t.Helper()
	return worldWith(t, e, Options{Limits: limits})
}

func worldWith(t testing.TB, e *store.Engine, o Options) *world {
	t.Helper()
	i, err := identity.Open(t.Context(), e, identity.CheapHashes())
	require.NoError(t, err)
	require.NoError(t, identity.SeedDemo(t.Context(), i))
	if o.Presence.AgentGrace == 0 {
		o.Presence.AgentGrace = 20 * time.Millisecond
	}
	o.Presence.SettleWithin = 20 * time.Millisecond
	if o.back == 0 {
		o.back = time.Nanosecond
	}
	s, err := New(t.Context(), e, i, o)
	require.NoError(t, err)
	w := &world{t: t, engine: e, identity: i, server: s, http: httptest.NewServer(described(t, s.Handler()))}
	t.Cleanup(w.close)
	return w
}

func (w *world) close() {
	ctx, stop := contextWithin(waitFor)
	defer stop()
	require.NoError(w.t, w.server.Close(ctx))
	w.http.Close()
}

// crash ends the server as kill -9 does: nobody is told, and nothing tidied up.
func (w *world) crash() {
	w.t.Helper()
	w.server.stop()
	w.server.timers.Stop()
	w.server.hub.LifeMu.Lock()
	for c := range w.server.hub.Conns {
		c.Socket.Discard()
	}
	w.server.hub.LifeMu.Unlock()
}

// login is a user with a session.
type login struct{ id, token string }

func (w *world) visitor(name string) login {
	w.t.Helper()
	return w.session(w.rest("POST", "/users", app(), `{"name":"`+name+`"}`))
}

func (w *world) agent(username string) login {
	w.t.Helper()
	return w.session(w.rest("POST", "/agents/login", app(), `{"username":"`+username+`","password":"demo"}`))
}

func (w *world) session(a httpAnswer) login {
	w.t.Helper()
	require.Equal(w.t, 200, a.status, a.body)
	return login{a.text("user", "id"), a.text("session", "token")}
}

// set changes the app's settings.
func (w *world) set(said string) {
	w.t.Helper()
	require.NoError(w.t, w.server.settings.Put(w.t.Context(), "demo", wire.Raw(said)))
}

// state is a chat as this server knows it.
func (w *world) state(id string) chatstate.State {
	w.t.Helper()
	_, now, err := w.server.log.View(w.t.Context(), ids.Key{App: "demo", ID: id}, 0)
	require.NoError(w.t, err)
	return now
}

// requireNothingToDo waits until nothing is left to do for a chat but to let it
// expire, and its timer is gone if it is closed.
func (w *world) requireNothingToDo(id string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		now := w.state(id)
		_, revision := w.server.timers.Get(ids.Key{App: "demo", ID: id})
		return routing.DueOf(now.Lifecycle, now.Chat, settings.ChatSettings{}).At == 0 && (revision == 0 || now.Chat.Status != chat.Closed)
	}, waitFor, tick)
}

// headers of requests.
func app() http.Header           { return http.Header{"X-Hyper-Appid": {"demo"}} }
func secret() http.Header        { h := app(); h.Set("x-hyper-secret", "demo-secret"); return h }
func as(l login) http.Header     { h := app(); h.Set("x-hyper-token", l.token); return h }
func data(v any) json.RawMessage { b, _ := json.Marshal(v); return b }
func obj(kv ...any) (m object) {
	m = object{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = kv[i+1]
	}
	return m
}

type object = map[string]any

type httpAnswer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
	json   object
}

func (w *world) rest(method, path string, h http.Header, body string) httpAnswer {
	w.t.Helper()
	r, err := http.NewRequest(method, w.http.URL+"/v1"+path, strings.NewReader(body))
	require.NoError(w.t, err)
	r.Header = h.Clone()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	a := httpAnswer{t: w.t, status: answer.StatusCode, header: answer.Header, body: string(b)}
	dec := json.NewDecoder(bytes.NewReader(b))
	require.NoError(w.t, dec.Decode(&a.json), "%s %s answers %s", method, path, b)
	return a
}

// dig finds a value in nested objects.
func dig(v any, path ...string) any {
	for _, name := range path {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

func (a httpAnswer) text(path ...string) string {
	a.t.Helper()
	text, ok := dig(a.json, path...).(string)
	require.True(a.t, ok, "no %v in %s", path, a.body)
	return text
}

// requireRefused holds that the answer is an error in the shape of the contract.
func (a httpAnswer) requireRefused(status int, about string) {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.body)
	require.EqualValues(a.t, status, dig(a.json, "error", "code"), a.body)
	require.Contains(a.t, a.text("error", "message"), about)
}

// requireDone holds that the answer says so.
func (a httpAnswer) requireDone() {
	a.t.Helper()
	require.Equal(a.t, 200, a.status, a.body)
	require.Equal(a.t, true, a.json["success"], a.body)
}

// ids lists the ids of an array of objects.
func idsOf(v any) []string {
	found := []string{}
	list, _ := v.([]any)
	for _, item := range list {
		id, _ := dig(item, "id").(string)
		found = append(found, id)
	}
	return found
}

func parsed(raw wire.Raw) (o object) {
	_ = json.Unmarshal(raw, &o)
	return o
}
