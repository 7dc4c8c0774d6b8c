package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core"
)

// An edge is one thing that can happen to a client: what it was told before, what
// happens, and the effects that follow. Each text of the column then must be in an effect of
// its own, in this order; no text of never in any.
type edge struct {
	name    string
	options core.Options
	given   string
	when    string
	then    []string
	never   []string
}

func check(t *testing.T, edges []edge) {
	t.Helper()
	for _, e := range edges {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, e.options)
			s.run(e.given)
			effects := s.run(e.when)
			got := strings.Join(effects, "\n")
			rest := effects
			for _, want := range e.then {
				i := slices.IndexFunc(rest, func(effect string) bool { return strings.Contains(effect, want) })
				if !assert.GreaterOrEqual(t, i, 0, "no effect (after those before it) has\n%s\nin\n%s", want, got) {
					return
				}
				rest = rest[i+1:]
			}
			for _, never := range e.never {
				assert.NotContains(t, got, never)
			}
			if e.then == nil && e.never == nil {
				assert.Empty(t, effects, "nothing follows")
			}
		})
	}
}

// Where scripts begin.
const (
	ready = `
		init 1
		fetched 1 200 {}
	`
	visitor = `{"id":"v","name":"Visitor"}`
	agent   = `{"id":"a","nickname":"Agent","providerId":"parley"}`
	opening = ready + `
		login 2 v t
		opened
	`
	logged = opening + `
		reply #1 {"user":` + visitor + `,"chats":{}}
	`
	fresh    = `{"id":"c","status":"waiting","creator":"v","users":[` + visitor + `],"watchers":[],"history":[],"seq":10}`
	chatting = logged + `
		create 3 {"room":"1"}
		reply #2 {"chat":` + fresh + `,"seq":10,"prev":0}
		push 11 10 chats:join {"chatId":"c","user":` + agent + `,"sender":"a","mode":"","transfer":false}
	`
	closed = chatting + `
		push 12 11 chats:close {"chatId":"c","userId":"a"}
	`
)
