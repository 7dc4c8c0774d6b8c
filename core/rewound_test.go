package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
)

// A server that was restored from a backup may have a shorter log than its clients.
// They take over its state once. They ignore an answer that is only old, such as one
// that is repeated after a reconnect.
func TestRewound(t *testing.T) {
	t.Parallel()
	const (
		said12 = chatting + `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"a"}}
		`
		back  = said12 + "closed 1006\nfire redial\nopened\n"
		again = `reply #3 {"user":` + visitor + `,"chats":{"c":`
	)
	onlyOpen := []string{"emit chat", "append", "chats:get"}
	check(t, []edge{
		{name: "a chat as it was before", given: back, when: again + chatAt(11) + `}}`, then: []string{`open {"id":"c"`, `emit parley gap {"chatId":"c"}`}, never: onlyOpen},
		{name: "with what was said there since, which may have the ids of what is lost", given: back, when: again + chatAt(11, "c.12", "c.13") + `}}`, then: []string{`[{"id":"c.12"`, `emit parley gap`}, never: onlyOpen},
		{name: "and then all goes on", given: back + again + chatAt(11) + `}}`, when: `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"a"}}`,
			then: []string{"at c 12", "append c", "emit chat c message:received"}, never: []string{"gap"}},
		{name: "the page sees who is in it", given: back, when: again + `{"id":"c","status":"waiting","users":[` + visitor + `],"seq":10}}}`, then: []string{"open", "gap", "user:left"}},
		{name: "a replay that begins earlier: the chat is asked for", given: back, when: again + `{"id":"c","resumed":true,"seq":9}}}`, then: []string{"chats:get"}, never: []string{"open {", "gap"}},
		{name: "and is as it was before", given: back + again + `{"id":"c","resumed":true,"seq":9}}}`, when: `reply #4 {"chat":` + chatAt(9) + `}`, then: []string{"open", "gap"}, never: onlyOpen},
		{name: "or not", given: back + again + `{"id":"c","resumed":true,"seq":9}}}`, when: `reply #4 {"chat":` + chatAt(12, "c.12") + `}`, then: []string{"open"}, never: []string{"gap", "emit chat"}},
		{name: "a chat that no longer exists", given: back, when: `reply #3 {"user":` + visitor + `,"chats":{}}`, then: []string{"chats:get"}, never: []string{"open {"}},
		{name: "causes an error, and the chat stays", given: back + `reply #3 {"user":` + visitor + `,"chats":{}}` + "\nrefuse #4 404 no chat c", when: "send 4 c hi", then: []string{`"event":"messages:new"`}},
		{name: "a chat of which a replay is to come, though nobody asked", given: logged + "closed 1006\nfire redial\nopened", when: `reply #2 {"user":` + visitor + `,"chats":{"c":{"id":"c","resumed":true,"seq":9}}}`, then: []string{"chats:get"}, never: []string{"open {"}},

		{name: "the page asks for a chat", given: said12 + "load 4 c", when: `reply #3 {"chat":` + chatAt(11) + `}`, then: []string{"open", "gap", "settle 4"}, never: []string{"emit chat"}},
		{name: "an answer from before what came since", given: chatting + "load 4 c\n" + `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"a"}}`, when: `reply #3 {"chat":` + chatAt(11) + `}`,
			then: []string{"settle 4"}, never: []string{"open", "gap", "chats:get"}},
		{name: "a first answer, given again after a reconnect", given: chatting + "load 4 c\nclosed 1006\nfire redial\nopened\n" + `reply #4 {"user":` + visitor + `,"chats":{"c":` + chatAt(15) + `}}`, when: `reply #3 {"chat":` + chatAt(11) + `}`,
			then: []string{"settle 4"}, never: []string{"open", "gap"}},
		{name: "so is that of a chat made", given: logged + "create 3 {}\nclosed 1006\nfire redial\nopened\n" + `reply #3 {"user":` + visitor + `,"chats":{"c":` + chatAt(15) + `}}`, when: `reply #2 {"chat":` + chatAt(10) + `}`,
			then: []string{"settle 3"}, never: []string{"open", "gap"}},
	})
}

// An agent who is added to many chats at once gets them all.
func TestManyUnknownChats(t *testing.T) {
	t.Parallel()
	s := newScript(t, core.Options{})
	s.run(logged)
	for i := range 300 {
		effects := s.run(fmt.Sprintf(`push 9 8 messages:new {"chatId":"c%d","userId":"a","message":{"id":"m","sender":"a"}}`, i))
		assert.Contains(t, effects[len(effects)-1], "chats:get", i)
		s.run("reply #" + s.lastID() + fmt.Sprintf(` {"chat":{"id":"c%d","seq":9}}`, i))
	}
	assert.Equal(t, 300, s.core.Stats().Chats)
}

// A session with a hundred thousand chats opens, and opens again.
func TestManyChats(t *testing.T) {
	t.Parallel()
	var chats strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&chats, `%s"c%d":{"id":"c%d","status":"active","seq":9}`, strings.Repeat(",", min(i, 1)), i, i)
	}
	s := newScript(t, core.Options{})
	s.run(opening)
	assert.Len(t, s.run(`reply #1 {"user":`+visitor+`,"chats":{`+chats.String()+`}}`), 100_000+7)
	require.Equal(t, 100_000, s.core.Stats().Chats)
	s.run("closed 1006\nfire redial\nopened")
	effects := s.run(`reply #2 {"user":` + visitor + `,"chats":{}}`)
	assert.Less(t, len(effects), 20, "they are asked for a few at a time")
	require.Equal(t, 100_000, s.core.Stats().Chats)
}
