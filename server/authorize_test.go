package server_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/op"
	"parley/server/servertest"
)

// forAnybody are the operations that need no session and no secret. Add one only
// after thinking about it.
var forAnybody = []string{
	"POST /users", "POST /agents/login", "POST /agents/login/totp", "POST /agents/login/oidc", "POST /agents/login/oidc/finish",
	"POST /agents/login/passkey", "POST /agents/login/passkey/confirm", "GET /agents/available", "GET /agents/online",
	"GET /settings", "GET /apps/{appId}/validate", "GET /apps/{appId}/pictures/{pictureId}", "GET /id",
}

// pathParameter is a parameter in the path of an operation.
var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// walkOperations asks for the operations that are of interest with these credentials, about
// what the ids name.
func walkOperations(w *servertest.World, t *testing.T, h http.Header, about map[string]string, of func(*op.Operation) bool, check func(op *op.Operation, name string, a servertest.Answer)) {
	for _, op := range roomsOf(w).Table.List {
		if op.Method == "" || !of(op) {
			continue
		}
		path := pathParameter.ReplaceAllStringFunc(op.Path, func(param string) string {
			if id := about[strings.Trim(param, "{}")]; id != "" {
				return id
			}
			return "x"
		})
		body := `{"chatId":"` + about["chatId"] + `","type":"writing","room":"1","message":"x"}`
		if strings.Contains(op.Path, "{chatId}") || op.Method == "GET" {
			body = ""
		}
		if op.Method == "GET" {
			path += "?chatId=" + about["chatId"] + "&id=" + about["mediaId"] + "&sourceType=ticket&sourceId=" + about["chatId"] + "-x"
		}
		if strings.Contains(op.Path, "{chatId}") {
			path, _, _ = strings.Cut(path, "?")
		}
		a := w.Rest(op.Method, path, h, body)
		a.T = t
		check(op, op.Method+" "+op.Path, a)
	}
}

// Every operation checks who asks.
func TestEveryOperationIsAuthorised(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, agent, id := w.Conversation(t)
	visitor.Say(id, "hello")
	mine, _ := w.NewApp("mine")
	require.Equal(t, 200, w.Rest("POST", "/agents", mine, `{"username":"boss","password":"long enough","role":"supervisor"}`).Status)
	mineApp := http.Header{"X-Hyper-Appid": {"mine"}}
	boss := w.Session(w.Rest("POST", "/agents/login", mineApp, `{"username":"boss","password":"long enough"}`))
	guest := w.Session(w.Rest("POST", "/users", mine, `{"name":"Guest"}`))
	withToken := func(h http.Header, l servertest.Login) http.Header {
		h = h.Clone()
		h.Set("x-hyper-token", l.Token)
		return h
	}
	about := map[string]string{
		"chatId": id, "messageId": id + ".1", "mediaId": id + "-x", "userId": visitor.Login.ID, "agentId": agent.Login.ID,
		"appId": "demo", "format": "csv",
	}
	all := func(*op.Operation) bool { return true }
	// A link says by itself what it is for (TestSurveyLinks), and a path of the caller's own account names nothing of others.
	ofOneThing := func(operation *op.Operation) bool {
		return operation.Access != op.SurveyLink && operation.Access != op.OwnAccount && (strings.Contains(operation.Path, "Id}") || operation.Access >= op.ChatReader)
	}
	stranger, colleague := w.Visitor("Paul"), w.Agent("agent2")

	t.Run("no credentials", func(t *testing.T) {
		walkOperations(w, t, http.Header{}, about, all, func(_ *op.Operation, name string, a servertest.Answer) {
			if !slices.Contains([]string{"GET /apps/{appId}/validate", "GET /apps/{appId}/pictures/{pictureId}"}, name) { // their paths name the app
				assert.Contains(t, []int{401, 403}, a.Status, "%s: %s", name, a.Body)
			}
		})
	})
	t.Run("the app's id alone", func(t *testing.T) {
		open := []string{}
		walkOperations(w, t, servertest.App(), about, all, func(operation *op.Operation, name string, a servertest.Answer) {
			if operation.Access == op.AnyApp {
				open = append(open, name)
			} else {
				assert.Contains(t, []int{401, 403}, a.Status, "%s: %s", name, a.Body)
			}
		})
		assert.ElementsMatch(t, forAnybody, open)
	})
	for _, tc := range []struct {
		name   string
		header http.Header
		may    []op.Access
	}{
		{"a visitor", servertest.As(stranger), []op.Access{op.AnyApp, op.SurveyLink, op.AnySession, op.UserOrSupervisor}},
		{"an agent", servertest.As(colleague), []op.Access{op.AnyApp, op.SurveyLink, op.AnySession, op.UserOrSupervisor, op.AnyAgent, op.OwnAccount, op.AgentForChat, op.Invitee, op.ChatJoiner}},
	} {
		t.Run(tc.name+" who has nothing to do with it", func(t *testing.T) {
			walkOperations(w, t, tc.header, about, func(op *op.Operation) bool { return !slices.Contains(tc.may, op.Access) }, func(_ *op.Operation, name string, a servertest.Answer) {
				assert.Equal(t, 403, a.Status, "%s: %s", name, a.Body)
			})
		})
	}
	for name, token := range map[string]servertest.Login{"a visitor": guest, "a supervisor": boss} {
		t.Run("the session of "+name+" of another app", func(t *testing.T) {
			walkOperations(w, t, withToken(servertest.App(), token), about, all, func(_ *op.Operation, name string, a servertest.Answer) {
				assert.Equal(t, 401, a.Status, "%s: %s", name, a.Body)
			})
		})
	}
	for name, h := range map[string]http.Header{"a visitor": withToken(mineApp, guest), "a supervisor": withToken(mineApp, boss), "the secret": mine} {
		t.Run("in the name of another app, "+name, func(t *testing.T) {
			walkOperations(w, t, h, about, ofOneThing, func(_ *op.Operation, name string, a servertest.Answer) {
				assert.Contains(t, []int{403, 404}, a.Status, "%s: %s", name, a.Body)
			})
		})
	}
	chat := w.Rest("GET", "/chats/"+id, servertest.Secret(), "")
	assert.Equal(t, "active", chat.Text("chat", "status"))
	assert.Equal(t, []string{visitor.Login.ID, agent.Login.ID}, servertest.IDs(servertest.Dig(chat.JSON, "chat", "users")), "nothing of all this has done anything")
	assert.Len(t, servertest.Dig(chat.JSON, "chat", "history"), 1)
}
