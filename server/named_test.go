package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/limit"
	"parley/server/servertest"
)

// A client cannot have the server look for chats beyond its rate by naming them.
func TestChatsThatAreNamed(t *testing.T) {
	t.Parallel()
	few := limit.Rate{PerSecond: 1e-6, Burst: 10}
	w := servertest.New(t, server.Limits{Rates: server.Rates{{Kind: limit.Requests, Scope: limit.Visitor}: few}})
	open := func(l servertest.Login, own string, others int) wire.Frame {
		seen := servertest.Object{}
		if own != "" {
			seen[own] = 1
		}
		for n := range others {
			seen[fmt.Sprintf("none%d", n)] = 1
		}
		p := w.Dial(t)
		p.Login = l
		return p.Reply(p.Post(wire.EventOpen, servertest.Obj("appId", "demo", "token", l.Token, "chats", seen)))
	}
	vera := w.Visitor("Vera")
	id := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	for range 12 {
		require.Nil(t, open(vera, id, 0).Error, "their own cost nothing")
	}
	require.Nil(t, open(vera, id, 6).Error)
	refused := open(vera, id, 6).Error
	require.NotNil(t, refused)
	assert.Equal(t, wire.RateExceeded.Name(), refused.Reason)
	assert.NotZero(t, refused.RetryAfter)
	tooMany := open(w.Visitor("Mary"), "", 1001).Error
	require.NotNil(t, tooMany)
	assert.Equal(t, wire.BadArgument.Name(), tooMany.Reason)
}

// Each change of a record overwrites what it replaces, which costs far more than it does to
// ask for one.
func TestVisitorsChangeThemselvesAtARate(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	vera := w.Visitor("Vera")
	change := func(l servertest.Login) servertest.Answer {
		return w.Rest("PUT", "/users/"+l.ID, servertest.As(l), `{"name":"V"}`)
	}
	made := 0
	var a servertest.Answer
	for a = change(vera); a.Status == 200 && made < 100; a = change(vera) {
		made++
	}
	t.Logf("%d changes", made)
	assert.InDelta(t, 22, made, 10)
	require.Equal(t, 429, a.Status)
	assert.NotEmpty(t, a.Header.Get("Retry-After"))
	assert.Equal(t, 200, change(w.Visitor("Mary")).Status)
	for range 40 {
		require.Equal(t, 200, w.Rest("PUT", "/users/"+vera.ID, servertest.Secret(), `{"name":"V"}`).Status)
	}
}
