package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Table d.2: routes about agents.
func TestConformanceOfAgents(t *testing.T) {
	t.Parallel()
	whole := t // clients stay connected from one row to the next
	w := servertest.New(t, server.Limits{})
	secret := servertest.Secret()
	var id string

	t.Run("d.2 POST /agents: {user} with the secret", func(t *testing.T) {
		made := done(w.Rest("POST", "/agents", secret, `{"username":"anna","password":"long enough","name":"Anna","rooms":["1","2"]}`))
		id = servertest.Dig(made, "user", "id").(string)
		assert.Equal(t, id, servertest.Dig(made, "user", "providerId"))
	})

	t.Run("d.2 GET /agents, GET /agents/{id}: {agents} and {agent}", func(t *testing.T) {
		assert.Contains(t, servertest.IDs(done(w.Rest("GET", "/agents", secret, ""))["agents"]), id)
		assert.Equal(t, "Anna", servertest.Dig(done(w.Rest("GET", "/agents/"+id, secret, "")), "agent", "name"))
	})

	t.Run("d.2 PUT /agents/{id}: {agent} with the change", func(t *testing.T) {
		assert.Equal(t, "A.", servertest.Dig(done(w.Rest("PUT", "/agents/"+id, secret, `{"nickname":"A."}`)), "agent", "nickname"))
	})

	var anna *servertest.Peer
	t.Run("d.2 POST /agents/login: {user, session: {token}} for a name and a password", func(t *testing.T) {
		in := done(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"anna","password":"long enough"}`))
		anna = w.Open(whole, servertest.Login{ID: id, Token: servertest.Dig(in, "session", "token").(string)}).OnDuty()
	})

	t.Run("d.2 GET /agents/available: {agents: {room: count}} for roomIds and langs, or single ones", func(t *testing.T) {
		assert.Equal(t, servertest.Obj("1", 1.0, "2", 1.0), done(w.Rest("GET", "/agents/available?roomIds=1,2", servertest.App(), ""))["agents"])
		assert.Equal(t, servertest.Obj("1", 1.0), done(w.Rest("GET", "/agents/available?roomIds=1&langs=en", servertest.App(), ""))["agents"])
	})

	t.Run("d.2 GET /agents/online: {agentsOnline: Boolean}", func(t *testing.T) {
		assert.Equal(t, true, done(w.Rest("GET", "/agents/online?roomId=1", servertest.App(), ""))["agentsOnline"])
	})

	t.Run("d.2 POST /agents/logout: with the secret and the agent's id, from some rooms or altogether", func(t *testing.T) {
		online := func(room string) any {
			return done(w.Rest("GET", "/agents/online?roomId="+room, servertest.App(), ""))["agentsOnline"]
		}
		done(w.Rest("POST", "/agents/logout", secret, `{"id":"`+id+`","rooms":["2"]}`))
		assert.Equal(t, []any{true, false}, []any{online("1"), online("2")})
		done(w.Rest("POST", "/agents/logout", secret, `{"agentId":"`+id+`"}`))
		assert.Equal(t, []any{false, false}, []any{online("1"), online("2")})
		anna.Ended()
		w.Rest("GET", "/chats", servertest.As(anna.Login), "").RequireRefused(401, "token")
		done(w.Rest("POST", "/agents/login", servertest.App(), `{"username":"anna","password":"long enough"}`))
		w.Rest("POST", "/agents/logout", secret, `{}`).RequireRefused(400, "agentId")
		w.Rest("POST", "/agents/logout", secret, `{"id":"`+id+`","rooms":["2","nowhere"]}`).RequireRefused(400, `no room "nowhere"`)
		w.Rest("POST", "/agents/logout", secret, `{"agentId":"`+w.Visitor("Vera").ID+`"}`).RequireRefused(404, "agent")
		w.Rest("POST", "/agents/logout", servertest.App(), `{"agentId":"`+id+`"}`).RequireRefused(401, "session")
	})
}

// Table d.2: routes about surveys.
func TestConformanceOfSurveys(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, _, ticket := w.ClosedChat(t)

	t.Run("d.2 GET /surveys/{id}: {survey: {url}} for a ticket", func(t *testing.T) {
		w.Set(`{"surveys":[{"id":"1","title":"How was it?","questions":[{"id":"q","text":"?","type":"text"}]}]}`)
		found := done(w.Rest("GET", "/surveys/1?sourceType=ticket&sourceId="+ticket, servertest.As(visitor.Login), ""))
		assert.True(t, strings.HasPrefix(servertest.Dig(found, "survey", "url").(string), w.HTTP.URL+"/survey/"))
	})
}

// Table d.2 and c.3: routes about webhooks, their handshake and their signature.
func TestConformanceOfWebhooks(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	g := servertest.NewTarget(t)
	secret := servertest.Secret()
	var id string

	t.Run("d.2 POST /webhooks: {webhook} for events and a target", func(t *testing.T) {
		// the set that connectors' instructions prescribe
		set := []string{"queues:update", "invitations:new", "invitations:accept", "forever:alone", "chats:close", "messages:new", "users:activity", "system:info"}
		made := done(w.Rest("POST", "/webhooks/", secret, string(servertest.JSON(servertest.Obj("events", set, "target", g.HTTP.URL)))))
		id = servertest.Dig(made, "webhook", "id").(string)
		w.Rest("POST", "/webhooks", secret, `{"events":["chats:jion"],"target":"`+g.HTTP.URL+`"}`).RequireRefused(400, "users:signup")
	})

	t.Run("c.3 handshake: a post with X-Hook-Secret, which the target sends back with 200", func(t *testing.T) {
		assert.NotEmpty(t, g.Secret)
	})

	t.Run("d.2 GET /webhooks, GET /webhooks/{id}: {webhooks} and {webhook}", func(t *testing.T) {
		assert.Equal(t, []string{id}, servertest.IDs(done(w.Rest("GET", "/webhooks", secret, ""))["webhooks"]))
		assert.Equal(t, g.HTTP.URL, w.HookState(id)["target"])
	})

	t.Run("c.2 body: {trigger, appId, data, created_at} in unix seconds", func(t *testing.T) {
		visitor, id := w.ChatIn(t)
		visitor.Say(id, "hi")
		assert.Equal(t, "messages:new", g.Wait("messages:new", 1)[0].Trigger) // the target checks the rest
	})

	t.Run("c.3 signature: X-Hook-Signature is the hex HMAC-SHA256 of the body", func(t *testing.T) {
		assert.Len(t, g.Of("messages:new"), 1) // the target has checked it
	})

	t.Run("d.2 PUT /webhooks/{id}: {webhook} with the change", func(t *testing.T) {
		assert.Equal(t, []any{"chats:join"}, servertest.Dig(done(w.Rest("PUT", "/webhooks/"+id, secret, `{"events":["chats:join"]}`)), "webhook", "events"))
	})
}
