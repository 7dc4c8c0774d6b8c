package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/limit"
	"parley/server/servertest"
)

// What the app has for all is not used up by those who may not have any of it.
func TestRefusedCallsTakeNothingOfTheApp(t *testing.T) {
	t.Parallel()
	few := limit.Rate{PerSecond: 0.001, Burst: 3}
	rates := server.Rates{}
	for _, kind := range []limit.Kind{limit.Chats, limit.Searches, limit.Uploads} {
		rates[limit.Count{Kind: kind, Scope: limit.App}] = few
		rates[limit.Count{Kind: kind, Scope: limit.Visitor}] = limit.Rate{PerSecond: 100, Burst: 100}
	}
	rates[limit.Count{Kind: limit.Visitors, Scope: limit.App}] = limit.Rate{PerSecond: 100, Burst: 100}
	file := func(chatID string) servertest.File {
		return servertest.File{Fields: map[string]string{"chatId": chatID}, Name: "a.txt", Kind: "text/plain", Content: strings.NewReader("some text")}
	}
	for _, tc := range []struct {
		name    string
		status  int // of a refusal
		refused func(w *servertest.World, paul *servertest.Peer, chatID string) int
		allowed func(w *servertest.World, vera *servertest.Peer, chatID string) servertest.Answer
	}{
		{"chats of somebody blocked", 403, func(w *servertest.World, paul *servertest.Peer, _ string) int {
			return w.Rest("POST", "/chats", servertest.As(paul.Login), `{"room":"1"}`).Status
		}, func(w *servertest.World, _ *servertest.Peer, _ string) servertest.Answer {
			return w.Rest("POST", "/chats", servertest.As(w.Visitor("Mary")), `{"room":"1"}`)
		}},
		{"chats of somebody blocked, by socket", 403, func(_ *servertest.World, paul *servertest.Peer, _ string) int {
			return paul.Reply(paul.Post("chats:create", servertest.Obj("room", "1"))).Error.Code
		}, func(w *servertest.World, _ *servertest.Peer, _ string) servertest.Answer {
			return w.Rest("POST", "/chats", servertest.As(w.Visitor("Mary")), `{"room":"1"}`)
		}},
		{"chats in the name of others", 403, func(w *servertest.World, paul *servertest.Peer, _ string) int {
			return w.Rest("POST", "/chats", servertest.As(paul.Login), `{"room":"1","userId":"somebody"}`).Status
		}, func(w *servertest.World, _ *servertest.Peer, _ string) servertest.Answer {
			return w.Rest("POST", "/chats", servertest.As(w.Visitor("Mary")), `{"room":"1"}`)
		}},
		{"searches for the chat of others", 403, func(w *servertest.World, paul *servertest.Peer, id string) int {
			return w.Rest("POST", "/chats/"+id+"/assign", servertest.As(paul.Login), "").Status
		}, func(w *servertest.World, vera *servertest.Peer, id string) servertest.Answer {
			return w.Rest("POST", "/chats/"+id+"/assign", servertest.As(vera.Login), "")
		}},
		{"files for the chat of others", 403, func(w *servertest.World, paul *servertest.Peer, id string) int {
			return w.Upload(servertest.As(paul.Login), file(id)).Status
		}, func(w *servertest.World, vera *servertest.Peer, id string) servertest.Answer {
			return w.Upload(servertest.As(vera.Login), file(id))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{Rates: rates})
			vera, paul := w.Open(t, w.Visitor("Vera")), w.Open(t, w.Visitor("Paul"))
			id := vera.NewChat()
			w.Rest("POST", "/blocks", servertest.Secret(), `{"visitorId":"`+paul.Login.ID+`"}`)
			for range 5 {
				require.Equal(t, tc.status, tc.refused(w, paul, id))
			}
			a := tc.allowed(w, vera, id)
			assert.Equal(t, http.StatusOK, a.Status, a.Body)
		})
	}
}

// Every call is one of the caller's own, also one that is refused, and however early.
func TestRefusedCallsAreRequestsOfTheCaller(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"by its URL", "POST", "/chats/{chat}/messages", `{"message":"x"}`, 403},
		{"without a body", "DELETE", "/chats/{chat}", "", 403},
		{"by its body", "POST", "/chats", `{"room":"1","userId":"somebody"}`, 403},
		{"by its fields", "POST", "/chats", `{"room":"none"}`, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{Rates: server.Rates{{Kind: limit.Requests, Scope: limit.Visitor}: {PerSecond: 0.001, Burst: 3}}})
			id, paul := w.Open(t, w.Visitor("Vera")).NewChat(), w.Visitor("Paul")
			path := pathParameter.ReplaceAllString(tc.path, id)
			for range 3 {
				a := w.Rest(tc.method, path, servertest.As(paul), tc.body)
				require.Equal(t, tc.status, a.Status, a.Body)
			}
			require.Equal(t, 429, w.Rest(tc.method, path, servertest.As(paul), tc.body).Status)
			if tc.body != "" {
				status, _ := begun(t, w, tc.method+" /v1"+path, servertest.As(paul), "application/json", "{")
				assert.Equal(t, 429, status, "and the body is not read any more")
			}
		})
	}
}
