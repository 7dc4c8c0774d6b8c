package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// A flood of visitors who never begin a chat is gone by itself. Who has begun one stays, who
// is connected stays for as long as that, and so does everybody whom the app vouches for.
func TestSilentVisitorsGo(t *testing.T) {
	t.Parallel()
	w := servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{}, identity.SilentVisitors(time.Second))
	_, secret := identityKey(t, w, "HS256")
	flood := map[string]bool{}
	for range 20 {
		flood[w.Visitor("Nobody").ID] = true
	}
	connected := w.Open(t, w.Visitor("Connected"))
	begun, byApp, held := w.Visitor("Begun"), w.Visitor("Begun by the app"), w.Visitor("On hold")
	require.Equal(t, 200, w.Rest("POST", "/chats", servertest.As(begun), `{"room":"1"}`).Status)
	require.Equal(t, 200, w.Rest("POST", "/chats", servertest.Secret(), `{"room":"1","creator":"`+byApp.ID+`"}`).Status)
	w.Rest("PUT", "/users/"+held.ID+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
	known := w.Session(w.Rest("POST", "/users", servertest.App(), proven(token(t, secret, "customer-42", nil))))
	confirmed := w.Visitor("Confirmed")
	require.Equal(t, 200, w.Rest("PUT", "/users/"+confirmed.ID, servertest.Secret(), `{"externalId":"customer-43"}`).Status)
	made := w.Session(w.Rest("POST", "/users", servertest.Secret(), `{"name":"Made by the app"}`))

	listed := func() (visitors []string) {
		for _, id := range servertest.IDs(w.Rest("GET", "/users?limit=100", servertest.Secret(), "").JSON["users"]) {
			if flood[id] {
				return nil
			}
			visitors = append(visitors, id)
		}
		return visitors
	}
	var left []string
	require.Eventually(t, func() bool { left = listed(); return left != nil }, storetest.WaitFor, storetest.Tick)
	for name, who := range map[string]servertest.Login{
		"connected": connected.Login, "begun": begun, "begun by the app": byApp, "on hold": held, "known": known, "confirmed": confirmed, "made by the app": made,
	} {
		assert.Contains(t, left, who.ID, name)
		assert.Equal(t, 200, w.Rest("GET", "/users/"+who.ID, servertest.As(who), "").Status, name)
	}
	for id := range flood {
		w.Rest("GET", "/users/"+id, servertest.Secret(), "").RequireRefused(404, "unknown user")
	}
	connected.Ask("chats:create", servertest.Obj("room", "1"))
}
