package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
)

// target is a server of an app's own, that is told of events. It holds every post
// to the contract: signed with the secret of the handshake, and with an id.
type target struct {
	t    testing.TB
	http *httptest.Server

	mu        sync.Mutex
	secret    string
	handshake func(w http.ResponseWriter, secret string)       // nil does it right
	answer    func(w http.ResponseWriter, p posted, count int) // nil is 200; count is that of posts so far
	posts     []posted
}

type posted struct {
	id, trigger string
	data        object
	body        object
}

func newTarget(t testing.TB) *target {
	t.Helper()
	g := &target{t: t}
	g.http = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.http.Close)
	return g
}

func (g *target) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	assert.NoError(g.t, err)
	g.mu.Lock()
	if secret := r.Header.Get(webhook.HeaderSecret); secret != "" {
		handshake := g.handshake
		if handshake == nil {
			g.secret = secret
		}
		g.mu.Unlock()
		if handshake == nil {
			w.Header().Set(webhook.HeaderSecret, secret)
			return
		}
		handshake(w, secret)
		return
	}
	mac := hmac.New(sha256.New, []byte(g.secret))
	_, _ = mac.Write(body)
	assert.Equal(g.t, hex.EncodeToString(mac.Sum(nil)), r.Header.Get(webhook.HeaderSignature))
	assert.Equal(g.t, "application/json; charset=utf-8", r.Header.Get("Content-Type"))
	p := posted{id: r.Header.Get(webhook.HeaderDelivery), body: object{}}
	assert.NoError(g.t, json.Unmarshal(body, &p.body))
	assert.NotEmpty(g.t, p.id)
	assert.Equal(g.t, "demo", p.body["appId"])
	assert.InDelta(g.t, time.Now().Unix(), p.body["created_at"], 60)
	p.trigger, _ = p.body["trigger"].(string)
	p.data, _ = p.body["data"].(object)
	g.posts = append(g.posts, p)
	answer, count := g.answer, len(g.posts)
	g.mu.Unlock()
	if answer != nil {
		answer(w, p, count)
	}
}

// answers sets what the target does from now on.
func (g *target) answers(with func(w http.ResponseWriter, p posted, count int)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = with
}

func (g *target) status(code int) {
	g.answers(func(w http.ResponseWriter, _ posted, _ int) { w.WriteHeader(code) })
}

// of lists the posts of a trigger so far.
func (g *target) of(trigger string) (found []posted) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.posts {
		if p.trigger == trigger {
			found = append(found, p)
		}
	}
	return found
}

// wait gives the posts of a trigger when there are as many.
func (g *target) wait(trigger string, count int) (found []posted) {
	g.t.Helper()
	require.Eventually(g.t, func() bool {
		found = g.of(trigger)
		return len(found) >= count
	}, 2*storetest.WaitFor, storetest.Tick, "%s", trigger)
	return found
}

// texts gives what the messages say that have come, each once.
func (g *target) texts() []string {
	var texts []string
	seen := map[string]bool{}
	for _, p := range g.of("messages:new") {
		if !seen[p.id] {
			seen[p.id] = true
			texts = append(texts, dig(p.data, "message", "message").(string))
		}
	}
	return texts
}

// hooked is a world whose webhooks may be posted to on this machine, and soon
// again.
func hooked(t testing.TB, e *store.Engine) *world {
	t.Helper()
	return worldWith(t, e, Options{Webhooks: quick})
}

var quick = webhook.Options{
	Private: true, Within: time.Second, AgentWithin: 300 * time.Millisecond,
	FirstRetry: 10 * time.Millisecond, LongestRetry: 50 * time.Millisecond,
}

// hook makes a webhook and gives its id.
func (w *world) hook(g *target, events ...string) string {
	w.t.Helper()
	a := w.rest("POST", "/webhooks", secret(), string(data(obj("events", events, "target", g.http.URL+"/hook"))))
	require.Equal(w.t, 200, a.status, a.body)
	return a.text("webhook", "id")
}

func (w *world) hookState(id string) object {
	w.t.Helper()
	a := w.rest("GET", "/webhooks/"+id, secret(), "")
	require.Equal(w.t, 200, a.status, a.body)
	return a.json["webhook"].(object)
}
