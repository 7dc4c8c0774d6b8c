package server

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
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
	return worldOn(t, storetest.Engine(t, t.TempDir()), limits)
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
	if o.Presence.Return == 0 {
		o.Presence.Return = time.Nanosecond
	}
	s, err := New(t.Context(), e, i, o)
	require.NoError(t, err)
	w := &world{t: t, engine: e, identity: i, server: s, http: httptest.NewServer(described(t, s.Handler()))}
	t.Cleanup(w.close)
	return w
}

func (w *world) close() {
	ctx, stop := contextWithin(storetest.WaitFor)
	defer stop()
	require.NoError(w.t, w.server.Close(ctx))
	w.http.Close()
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
	require.Equal(w.t, 200, w.rest("PUT", "/settings", secret(), said).status)
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

// newAgent is one more agent, who is named like his user name.
func (w *world) newAgent(name string, langs ...string) login {
	w.t.Helper()
	_, err := w.identity.CreateAgent(w.t.Context(), "demo", identity.NewAgent{Username: name, Password: "long enough", Name: name, Langs: langs})
	require.NoError(w.t, err)
	return w.session(w.rest("POST", "/agents/login", app(), `{"username":"`+name+`","password":"long enough"}`))
}

// chatIn makes a chat of a new visitor.
func (w *world) chatIn(t testing.TB, more ...any) (visitor *peer, id string) {
	t.Helper()
	visitor = w.open(t, w.visitor("Vera"))
	created := visitor.ask(chat.EventCreate, obj(append([]any{"room", "1"}, more...)...))
	return visitor, dig(created, "chat", "id").(string)
}

// available asks how many agents there are for room 1.
func (w *world) available(more string) any {
	w.t.Helper()
	return dig(w.rest("GET", "/agents/available?roomId=1"+more, app(), "").json, "agents", "1")
}

// conversation is a visitor and an agent in a chat.
func (w *world) conversation(t testing.TB) (visitor, agent *peer, chatID string) {
	t.Helper()
	visitor, agent = w.open(t, w.visitor("Vera")), w.open(t, w.agent("agent1")).onDuty()
	chatID = visitor.newChat()
	visitor.ask(chat.EventAssign, obj("chatId", chatID))
	require.Equal(t, chatID, agent.next("invitations:new")["chatId"])
	agent.ask("invitations:accept", obj("chatId", chatID))
	visitor.next(chat.EventJoin)
	return visitor, agent, chatID
}

func (w *world) upload(l http.Header, f sent) httpAnswer {
	w.t.Helper()
	body, into := io.Pipe()
	form := multipart.NewWriter(into)
	go func() {
		for name, value := range f.fields {
			_ = form.WriteField(name, value)
		}
		if f.content != nil {
			part, _ := form.CreatePart(textproto.MIMEHeader{
				"Content-Disposition": {`form-data; name="media"; filename="` + f.name + `"`}, "Content-Type": {f.kind},
			})
			_, _ = io.Copy(part, f.content)
		}
		_ = form.Close()
		_ = into.Close()
	}()
	r, err := http.NewRequest("POST", w.http.URL+"/v1/media", body)
	require.NoError(w.t, err)
	r.Header = l.Clone()
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	a := httpAnswer{t: w.t, status: answer.StatusCode, header: answer.Header, body: string(b)}
	require.NoError(w.t, json.Unmarshal(b, &a.json), a.body)
	return a
}

// sent is a form with a file, as browsers send it.
type sent struct {
	fields  map[string]string
	name    string
	kind    string
	content io.Reader
}

var pngBytes = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"), make([]byte, 5000)...)

func (w *world) download(path string, h http.Header) (int, http.Header, []byte) {
	w.t.Helper()
	r, err := http.NewRequest("GET", w.http.URL+"/v1"+path, nil)
	require.NoError(w.t, err)
	r.Header = h.Clone()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	return answer.StatusCode, answer.Header, b
}

// listed asks for a list of chats.
func (w *world) listed(l login, query string) []string {
	w.t.Helper()
	a := w.rest("GET", "/chats?"+query, as(l), "")
	require.Equal(w.t, 200, a.status, a.body)
	return idsOf(a.json["chats"])
}

// newApp makes another app than the demo and gives the headers of its secret and
// of the admin.
func (w *world) newApp(id string) (mine, admin http.Header) {
	w.t.Helper()
	adminSecret, err := w.identity.EnsureAdmin(w.t.Context())
	require.NoError(w.t, err)
	admin = http.Header{"X-Hyper-Secret": {adminSecret}}
	a := w.rest("POST", "/apps", admin, `{"id":"`+id+`","rooms":["1","2"]}`)
	require.Equal(w.t, 200, a.status, a.body)
	return http.Header{"X-Hyper-Appid": {id}, "X-Hyper-Secret": {a.text("secret")}}, admin
}

// closedChat is a conversation that is over, with its ticket.
func (w *world) closedChat(t *testing.T) (visitor, agent *peer, id, ticket string) {
	t.Helper()
	visitor, agent, id = w.conversation(t)
	agent.ask(chat.EventClose, obj("chatId", id))
	ticket = dig(visitor.next(chat.EventInfo), "data", "ticketId").(string)
	return visitor, agent, id, ticket
}

// colleague is agent2, on duty in no room at all.
func (w *world) colleague(t testing.TB) *peer {
	t.Helper()
	p := w.open(t, w.agent("agent2"))
	p.ask("agents:available", obj("available", true, "rooms", []string{}))
	return p
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
