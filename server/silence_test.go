package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// quiet is a world of chats in which little is said, all by REST.
type quiet struct {
	*servertest.World
	agent http.Header
}

func (q quiet) ask(method, path string, h http.Header, body string) servertest.Answer {
	q.T.Helper()
	a := q.Rest(method, path, h, body)
	require.Equal(q.T, 200, a.Status, a.Body)
	return a
}

func (q quiet) begin(who servertest.Login, more string) (chat string) {
	q.T.Helper()
	return q.ask("POST", "/chats", servertest.As(who), `{"room":"1"`+more+`}`).Text("chat", "id")
}

func (q quiet) say(by http.Header, chat string) {
	q.T.Helper()
	q.ask("POST", "/chats/"+chat+"/messages", by, `{"message":"Hello"}`)
}

func (q quiet) join(chat string) { q.T.Helper(); q.ask("POST", "/chats/"+chat+"/join", q.agent, "") }

// close closes a chat, and waits until it is in the list of closed chats.
func (q quiet) close(who servertest.Login, chat string) {
	q.T.Helper()
	q.ask("DELETE", "/chats/"+chat, servertest.As(who), "")
	require.Eventually(q.T, func() bool {
		return strings.Contains(q.Rest("GET", "/chats?status=closed&limit=100", servertest.Secret(), "").Body, chat)
	}, storetest.WaitFor, storetest.Tick)
}

// sweep removes what was closed before now, as if the life of silent visitors had passed.
func (q quiet) sweep() {
	q.T.Helper()
	require.NoError(q.T, server.Sweep(q.T.Context(), q.Server, time.Now().Add(q.Identity.SilentLife()+time.Minute)))
}

// goes tells whether a visitor is silent, and so goes when they are not there any more.
func (q quiet) goes(who servertest.Login) bool {
	kv, err := q.Engine.JS.KeyValue(q.T.Context(), "parley_silent")
	require.NoError(q.T, err)
	_, err = kv.Get(q.T.Context(), "demo."+who.ID)
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		require.NoError(q.T, err)
	}
	return err == nil
}

func (q quiet) hasChat(chat string) bool {
	return q.Rest("GET", "/chats/"+chat, servertest.Secret(), "").Status == 200
}

func newQuiet(t *testing.T) quiet {
	w := servertest.New(t, server.Limits{})
	roomsOf(w).Members.Patience = time.Nanosecond // a chat that is gone was claimed long ago
	return quiet{w, servertest.As(w.Agent("agent1"))}
}

// A visitor in whose chats nobody has said anything goes, and these with them, once they are
// closed. Whatever was said, by whomever, keeps both, and so does what is open.
func TestVisitorsWhoNeverWroteGo(t *testing.T) {
	t.Parallel()
	q := newQuiet(t)
	require.NoError(t, q.Server.SeedDemoSettings(t.Context()))
	_, secret := identityKey(t, q.World, "HS256")
	scenes := map[string]struct {
		goes bool
		play func(who servertest.Login, chat string)
	}{
		"alone":         {true, q.close},
		"with an agent": {true, func(who servertest.Login, chat string) { q.join(chat); q.close(who, chat) }},
		"twice":         {true, func(who servertest.Login, chat string) { q.close(who, chat); q.close(who, q.begin(who, "")) }},
		"wrote":         {false, func(who servertest.Login, chat string) { q.say(servertest.As(who), chat); q.close(who, chat) }},
		"was written to": {false, func(who servertest.Login, chat string) {
			q.join(chat)
			q.say(q.agent, chat)
			q.close(who, chat)
		}},
		"wrote the next time": {false, func(who servertest.Login, chat string) {
			q.close(who, chat)
			next := q.begin(who, "")
			q.say(servertest.As(who), next)
			q.close(who, next)
		}},
		"begins another": {false, func(who servertest.Login, chat string) { q.close(who, chat); q.begin(who, "") }},
		"imported": {false, func(who servertest.Login, chat string) {
			q.ask("POST", "/chats/"+chat+"/history", servertest.As(who), `{"history":[{"sender":"assistant","message":"Hi"}]}`)
			q.close(who, chat)
		}},
		"answered a survey": {false, func(who servertest.Login, chat string) {
			q.close(who, chat)
			_, now, err := roomsOf(q.World).Log.ViewLatest(t.Context(), ids.Key{App: "demo", ID: chat})
			require.NoError(t, err)
			_, link := linked(t, q.ask("GET", ofTicket(server.DemoSurvey.ID, now.Ticket), servertest.As(who), ""))
			q.ask("POST", "/surveys/1/answers", servertest.App(), string(servertest.JSON(servertest.Obj("link", link, "answers", servertest.Obj("rating", 4)))))
		}},
		"waits":     {false, func(servertest.Login, string) {}},
		"is served": {false, func(_ servertest.Login, chat string) { q.join(chat) }},
		"on hold": {false, func(who servertest.Login, chat string) {
			q.close(who, chat)
			q.ask("PUT", "/users/"+who.ID+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`)
		}},
		"chat on hold": {false, func(who servertest.Login, chat string) {
			q.close(who, chat)
			q.ask("PUT", "/chats/"+chat+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`)
		}},
		"confirmed": {false, func(who servertest.Login, chat string) {
			q.close(who, chat)
			q.ask("PUT", "/users/"+who.ID, servertest.Secret(), `{"externalId":"customer-43"}`)
		}},
	}
	visitors, chats := map[string]servertest.Login{}, map[string]string{}
	for name, scene := range scenes {
		visitors[name] = q.Visitor("Vera")
		chats[name] = q.begin(visitors[name], "")
		scene.play(visitors[name], chats[name])
	}
	for name, who := range map[string]servertest.Login{
		"known":           q.Session(q.Rest("POST", "/users", servertest.App(), proven(token(t, secret, "customer-42", nil)))),
		"made by the app": q.Session(q.Rest("POST", "/users", servertest.Secret(), `{"name":"Made"}`)),
	} {
		visitors[name], chats[name] = who, q.begin(who, "")
		q.close(who, chats[name])
	}
	require.NoError(t, server.Sweep(t.Context(), q.Server, time.Now().Add(-time.Minute)))
	for name := range visitors {
		assert.True(t, q.hasChat(chats[name]), "%s: it is too early", name)
	}
	for range 2 {
		q.sweep()
	}
	for name, who := range visitors {
		assert.Equal(t, !scenes[name].goes, q.hasChat(chats[name]), name)
		assert.Equal(t, scenes[name].goes, q.goes(who), name)
	}
}

// Who has become silent again lasts once they begin another chat, or are put on hold.
func TestSilentAgain(t *testing.T) {
	t.Parallel()
	q := newQuiet(t)
	again, held, silent := q.Visitor("Again"), q.Visitor("Held"), q.Visitor("Silent")
	for _, who := range []servertest.Login{again, held, silent} {
		assert.True(t, q.goes(who), "who has no chat")
		q.close(who, q.begin(who, ""))
		assert.False(t, q.goes(who), "who had one just now")
	}
	q.sweep()
	for _, who := range []servertest.Login{again, held, silent} {
		assert.True(t, q.goes(who))
		assert.Equal(t, 200, q.Rest("GET", "/users/"+who.ID, servertest.As(who), "").Status, "while they are there their session goes on")
	}
	chat := q.begin(again, "")
	q.ask("PUT", "/users/"+held.ID+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`)
	q.say(servertest.As(again), chat)
	q.close(again, chat)
	q.sweep()
	assert.Equal(t, []bool{false, false, true}, []bool{q.goes(again), q.goes(held), q.goes(silent)})
	assert.True(t, q.hasChat(chat))
}

// The chat of a visitor who has expired meanwhile goes too.
func TestSilentChatOfNobody(t *testing.T) {
	t.Parallel()
	q := newQuiet(t)
	who := q.Visitor("Vera")
	chat := q.begin(who, "")
	q.close(who, chat)
	require.NoError(t, q.Identity.EraseUser(t.Context(), "demo", who.ID))
	q.sweep()
	assert.False(t, q.hasChat(chat))
}

// A sweep that ends between two steps leaves nobody silent who has begun another chat: the
// next one keeps them.
func TestSilentSweepInterrupted(t *testing.T) {
	t.Parallel()
	q := newQuiet(t)
	who := q.Visitor("Vera")
	q.close(who, q.begin(who, ""))
	next := q.begin(who, "")
	q.fade(who)
	assert.True(t, q.goes(who))
	q.say(servertest.As(who), next)
	q.sweep()
	assert.False(t, q.goes(who))
}

// fade makes a visitor silent, as a sweep does that ends after that.
func (q quiet) fade(who servertest.Login) {
	q.T.Helper()
	silent, err := q.Identity.Fade(q.T.Context(), ids.Key{App: "demo", ID: who.ID})
	require.NoError(q.T, err)
	require.True(q.T, silent)
}

// Whose time is over while something keeps them stays, and who goes leaves no trace in the
// indexes of chats, also if they crashed as they began one.
func TestSilentRemovalLooksAgain(t *testing.T) {
	t.Parallel()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{}, identity.SilentVisitors(4*time.Second))
	q, members := quiet{w, servertest.As(w.Agent("agent1"))}, roomsOf(w).Members
	wrote, waits, held, empty, crashed := q.Visitor("Wrote"), q.Visitor("Waits"), q.Visitor("Held"), q.Visitor("Empty"), q.Visitor("Crashed")
	begun := q.begin(wrote, "")
	q.say(servertest.As(wrote), begun)
	q.close(wrote, begun)
	q.begin(waits, "")
	q.close(empty, q.begin(empty, ""))
	q.begin(held, "")
	q.ask("PUT", "/users/"+held.ID+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`)
	for _, who := range []servertest.Login{wrote, waits, held, empty} {
		q.fade(who)
	}
	left := ids.Key{App: "demo", ID: ids.New()}
	require.NoError(t, members.Claim(t.Context(), "demo", crashed.ID, left.ID, nil))
	require.NoError(t, members.Add(t.Context(), left, false, crashed.ID, index.TakesPart))

	for _, who := range []servertest.Login{empty, crashed} {
		require.Eventually(t, func() bool {
			return q.Rest("GET", "/users/"+who.ID, servertest.Secret(), "").Status == 404
		}, storetest.WaitFor, storetest.Tick)
		past, _, err := members.Past.Page(t.Context(), "demo", who.ID, 0, 10)
		require.NoError(t, err)
		open, err := members.Begun(t.Context(), "demo", who.ID)
		require.NoError(t, err)
		in, err := members.Chats(t.Context(), "demo", false, who.ID)
		require.NoError(t, err)
		assert.Empty(t, append(past, in...), who.ID)
		assert.False(t, open, who.ID)
	}
	for _, who := range []servertest.Login{wrote, waits, held} {
		require.Eventually(t, func() bool { return !q.goes(who) }, storetest.WaitFor, storetest.Tick)
		assert.Equal(t, 200, q.Rest("GET", "/users/"+who.ID, servertest.Secret(), "").Status)
	}
}
