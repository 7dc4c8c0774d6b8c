package servertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/internal/webhook"
)

// Target is an app's own server, to which webhooks post events. It holds every post
// to the contract: signed with the secret of the handshake, and with an id.
type Target struct {
	T    testing.TB
	HTTP *httptest.Server

	mu        sync.Mutex
	Secret    string
	Handshake func(w http.ResponseWriter, secret string)       // nil does it right
	answer    func(w http.ResponseWriter, p Posted, count int) // nil is 200; count is that of posts so far
	posts     []Posted
}

// Posted is a post that a Target got: the id of the delivery, and the trigger and the
// data of the event.
type Posted struct {
	ID, Trigger string
	Traceparent string // "" without the header
	Data        Object
	body        Object
}

// NewTarget starts a target that does the handshake and takes every event, until the test ends.
func NewTarget(t testing.TB) *Target {
	t.Helper()
	g := &Target{T: t}
	g.HTTP = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.HTTP.Close)
	return g
}

func (g *Target) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	assert.NoError(g.T, err)
	g.mu.Lock()
	if secret := r.Header.Get(webhook.HeaderSecret); secret != "" {
		handshake := g.Handshake
		if handshake == nil {
			g.Secret = secret
		}
		g.mu.Unlock()
		if handshake == nil {
			w.Header().Set(webhook.HeaderSecret, secret)
			return
		}
		handshake(w, secret)
		return
	}
	signed := func(text string) string {
		mac := hmac.New(sha256.New, []byte(g.Secret))
		_, _ = mac.Write([]byte(text))
		return hex.EncodeToString(mac.Sum(nil))
	}
	at := r.Header.Get(webhook.HeaderTime)
	seconds, err := strconv.ParseInt(at, 10, 64)
	assert.NoError(g.T, err)
	assert.InDelta(g.T, time.Now().Unix(), seconds, 60)
	assert.Equal(g.T, signed(string(body)), r.Header.Get(webhook.HeaderSignature))
	assert.Equal(g.T, signed(at+"."+string(body)), r.Header.Get(webhook.HeaderTimed))
	assert.Equal(g.T, "application/json; charset=utf-8", r.Header.Get("Content-Type"))
	p := Posted{ID: r.Header.Get(webhook.HeaderDelivery), Traceparent: r.Header.Get("Traceparent"), body: Object{}}
	assert.NoError(g.T, json.Unmarshal(body, &p.body))
	assert.NotEmpty(g.T, p.ID)
	assert.Equal(g.T, "demo", p.body["appId"])
	assert.InDelta(g.T, time.Now().Unix(), p.body["created_at"], 60)
	p.Trigger, _ = p.body["trigger"].(string)
	p.Data, _ = p.body["data"].(Object)
	g.posts = append(g.posts, p)
	answer, count := g.answer, len(g.posts)
	g.mu.Unlock()
	if answer != nil {
		answer(w, p, count)
	}
}

// Answers sets how the target answers events from now on; nil is 200. count is the
// number of posts so far, this one included.
func (g *Target) Answers(with func(w http.ResponseWriter, p Posted, count int)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = with
}

// Status makes the target answer events with this HTTP status from now on.
func (g *Target) Status(code int) {
	g.Answers(func(w http.ResponseWriter, _ Posted, _ int) { w.WriteHeader(code) })
}

// Of lists the posts with this trigger so far, in order of arrival.
func (g *Target) Of(trigger string) (found []Posted) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.posts {
		if p.Trigger == trigger {
			found = append(found, p)
		}
	}
	return found
}

// Wait gives the posts with this trigger as soon as there are at least count. The test
// ends if they do not come within twice storetest.WaitFor.
func (g *Target) Wait(trigger string, count int) (found []Posted) {
	g.T.Helper()
	require.Eventually(g.T, func() bool {
		found = g.Of(trigger)
		return len(found) >= count
	}, 2*storetest.WaitFor, storetest.Tick, "%s", trigger)
	return found
}

// Texts lists the texts of the new messages that were posted, each message once however
// often it was delivered.
func (g *Target) Texts() []string {
	var texts []string
	seen := map[string]bool{}
	for _, p := range g.Of("messages:new") {
		if !seen[p.ID] {
			seen[p.ID] = true
			texts = append(texts, Dig(p.Data, "message", "message").(string))
		}
	}
	return texts
}

// Hooked gives a World on the engine e whose webhooks may have targets on this machine,
// and are retried soon: its options are Quick.
func Hooked(t testing.TB, e *store.Engine) *World {
	t.Helper()
	return With(t, e, server.Options{Webhooks: Quick})
}

// Quick are options of webhooks for tests: private targets, and short waits.
var Quick = webhook.Options{
	Private: true, Within: time.Second, AgentWithin: 300 * time.Millisecond,
	FirstRetry: 10 * time.Millisecond, LongestRetry: 50 * time.Millisecond,
}

// Hook makes a webhook that posts these events to the target, and gives its id. The
// test ends if the server refuses.
func (w *World) Hook(g *Target, events ...string) string {
	w.T.Helper()
	a := w.Rest("POST", "/webhooks", Secret(), string(JSON(Obj("events", events, "target", g.HTTP.URL+"/hook"))))
	require.Equal(w.T, 200, a.Status, a.Body)
	return a.Text("webhook", "id")
}

// HookState gives a webhook as its owner reads it. The test ends if there is none with
// this id.
func (w *World) HookState(id string) Object {
	w.T.Helper()
	a := w.Rest("GET", "/webhooks/"+id, Secret(), "")
	require.Equal(w.T, 200, a.Status, a.Body)
	return a.JSON["webhook"].(Object)
}
