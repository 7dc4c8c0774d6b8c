//go:build !js

// A browser takes a minute for what is played here, and the core, which asks for nothing but its input, decides alike there.

package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/core"
	"parley/core/wire"
)

const (
	behindGap = chatting + `push 14 12 messages:new {"chatId":"c","userId":"a","message":{"id":"c.14","sender":"a"}}
	`
	opens   = `reply %s {"user":` + visitor + `,"chats":{}}`
	resumes = `reply %s {"user":` + visitor + `,"chats":{"c":{"id":"c","resumed":true,"seq":11}}}`
)

// honest answers as a server must, except to the events in answers.
func honest(open string, otherwise map[string]string) func(wire.Frame) []string {
	return func(f wire.Frame) []string {
		answer, other := otherwise[f.Event]
		switch {
		case other && answer == "":
			return nil
		case other && strings.Contains(answer, "%s"):
			return strings.Split(fmt.Sprintf(answer, f.ID), "\n")
		case other:
			return strings.Split(answer, "\n")
		case f.Event == wire.EventOpen:
			return []string{fmt.Sprintf(open, f.ID)}
		case f.Event == wire.EventPing:
			return []string{`frame {"event":"pong"}`}
		case f.ID == "" || f.Event == wire.EventPong:
			return nil
		}
		return []string{fmt.Sprintf(`reply %s {"success":true}`, f.ID)}
	}
}

// A server that always fails in some way is asked again and again, at a limited rate,
// and the page gets an error.
func TestLiars(t *testing.T) {
	t.Parallel()
	push := func(from, by int, format string) func() []string {
		return func() []string {
			from += by
			return []string{strings.ReplaceAll(format, "$", fmt.Sprint(from))}
		}
	}
	const wrongPrev = `push $ 3 messages:new {"chatId":"c","userId":"a","message":{"id":"c.$","sender":"a"}}`
	stranger := `push $ 3 messages:new {"chatId":"x$","userId":"a","message":{"id":"x.$","sender":"a"}}`
	garbage := `reply %s {"chat":[7]}`
	for _, tc := range []struct {
		name    string
		given   string
		accepts string
		open    string
		answers map[string]string // by event
		every   time.Duration
		does    func() []string
		most    map[string]int // the most of some effects and events in an hour
		least   map[string]int
		told    string
	}{
		{name: "a chat that is to be loaded and no longer exists", given: behindGap, answers: map[string]string{"chats:get": "refuse %s 404 no chat c"}, most: map[string]int{"chats:get": 1, "error": 1},
			told: `parley error {"code":404,"message":"chat \"c\" cannot be loaded: no chat c","chatId":"c"}`},
		{name: "whose store fails", given: behindGap, answers: map[string]string{"chats:get": "refuse %s 503 the store fails"}, most: map[string]int{"chats:get": 400}, least: map[string]int{"chats:get": 100},
			told: `parley error {"code":503,"message":"chat \"c\" cannot be loaded: the store fails","chatId":"c"}`},
		{name: "a defect", given: behindGap, answers: map[string]string{"chats:get": "refuse %s 500 defect"}, most: map[string]int{"chats:get": 400}, told: `parley error {"code":500`},
		{name: "garbage", given: behindGap, answers: map[string]string{"chats:get": garbage}, most: map[string]int{"chats:get": 400}, told: `"chatId":"c","reason":"bad-answer"}`},
		{name: "another chat", given: behindGap, answers: map[string]string{"chats:get": `reply %s {"chat":{"id":"d","seq":9}}`}, most: map[string]int{"chats:get": 400}, told: `the server answered with chat \"d\" instead of \"c\"`},
		{name: "no answer", given: behindGap, answers: map[string]string{"chats:get": ""}, most: map[string]int{"chats:get": 400}, told: `the server did not answer chats:get within 30s`},
		{name: "an answer that falls behind what was pushed", given: behindGap, answers: map[string]string{"chats:get": `reply %s {"chat":` + chatAt(12) + `}`}, most: map[string]int{"chats:get": 1},
			told: `the server sent a push with position 14 of chat \"c\", whose log ends at 12`},
		{name: "that says it goes on", given: behindGap, answers: map[string]string{"chats:get": `reply %s {"chat":{"id":"c","resumed":true,"seq":11}}`}, most: map[string]int{"chats:get": 400}},
		{name: "pushes that never fit", given: chatting, answers: map[string]string{"chats:get": `reply %s {"chat":` + chatAt(12) + `}`}, every: 200 * time.Millisecond, does: push(20, 1, wrongPrev), most: map[string]int{"chats:get": 400},
			told: "the server sent a push with position"},
		{name: "entries that cannot be applied", given: chatting, answers: map[string]string{"chats:get": `reply %s {"chat":` + chatAt(11) + `}`}, every: 200 * time.Millisecond,
			does: push(0, 1, `push 12 11 chats:leave {"chatId":"c"}`), most: map[string]int{"chats:get": 400}, told: "chats:leave of chat c"},
		{name: "pushes of ever more chats", given: logged, open: opens, answers: map[string]string{"chats:get": "refuse %s 404 no such chat"}, every: 200 * time.Millisecond, does: push(0, 1, stranger), most: map[string]int{"chats:get": 60 * 101},
			told: "the server sent pushes of more than 100 unknown chats"},
		{name: "pushes of ever more chats, that cannot be read", given: logged, open: opens, answers: map[string]string{"chats:get": garbage}, every: 200 * time.Millisecond, does: push(0, 1, stranger), most: map[string]int{"chats:get": 60 * 101}},
		{name: "pushes of no chat", given: logged, open: opens, every: 200 * time.Millisecond, does: push(0, 1, `push $ 3 messages:new {"userId":"a","message":{"id":"x.$"}}`), most: map[string]int{"chats:get": 0}, told: "the server's push messages:new: has no chatId"},

		{name: "a socket that closes at once", given: chatting + "closed 1006", accepts: "closed 1006", most: map[string]int{"dial": 400}, least: map[string]int{"dial": 100}, told: `parley connection {"state":"waiting","reason":"lost"`},
		{name: "once it is open", given: chatting + "closed 1006", accepts: "opened\nclosed 1006", most: map[string]int{"dial": 400}},
		{name: "once the session is", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: resumes + "\nclosed 1006"}, most: map[string]int{"dial": 400}, least: map[string]int{"dial": 100}},
		{name: "a bye at once", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: resumes + "\n" + `frame {"event":"bye","data":{"code":4000,"retryAfter":0}}`}, most: map[string]int{"dial": 400}, told: `"reason":"server"`},
		{name: "a bye with a negative retryAfter", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: `frame {"event":"bye","data":{"retryAfter":-7}}`}, most: map[string]int{"dial": 400}},
		{name: "a session that never opens", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: ""}, most: map[string]int{"dial": 400}, told: `"reason":"timeout"`},
		{name: "that cannot be opened now", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: "refuse %s 503 starting"}, most: map[string]int{"dial": 400}, told: `"reason":"refused"`},
		{name: "whose answer cannot be read", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: `reply %s {"user":` + visitor + `,"chats":[]}`}, most: map[string]int{"dial": 400},
			told: `the server's answer to session:open: must be a JSON object, not a JSON array`},
		{name: "parts without end", given: chatting + "closed 1006", answers: map[string]string{wire.EventOpen: ""}, every: 200 * time.Millisecond, does: push(0, 1, `frame {"event":"chats:history","data":{"chatId":"c","from":0,"history":[]}}`), most: map[string]int{"dial": 4},
			told: `the server sent more than 10000 frames chats:history in a row`},

		{name: "a page that is seen all the time, the network away", given: chatting + "closed 1006", accepts: "closed 1006", every: 200 * time.Millisecond, does: push(0, 1, "page visible"), most: map[string]int{"dial": 1500}, least: map[string]int{"dial": 1000}},
		{name: "the network there", given: chatting, every: 200 * time.Millisecond, does: push(0, 1, "page online"), most: map[string]int{"dial": 0, "ping": 1210}, least: map[string]int{"ping": 1100}},
		{name: "a page that asks to retry all the time", given: chatting + "closed 1006\nsend 4 c hi", accepts: "closed 1006", every: 200 * time.Millisecond, does: push(0, 1, "retry 0 #3"), most: map[string]int{"dial": 1500}},
		{name: "a store that takes nothing", given: chatting + "send 4 c hi", answers: map[string]string{"messages:new": "refuse %s 503 full"}, most: map[string]int{"messages:new": 400}},
		{name: "a socket that is open and deaf", given: chatting, answers: map[string]string{"ping": ""}, most: map[string]int{"dial": 110}, least: map[string]int{"dial": 90}, told: `"reason":"silent"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newScene(newScript(t, core.Options{}))
			if tc.open == "" {
				tc.open = resumes
			}
			if tc.accepts != "" {
				w.accepts = strings.Split(tc.accepts, "\n")
			}
			w.answers, w.every, w.does = honest(tc.open, tc.answers), tc.every, tc.does
			w.hope = tc.told
			w.see(w.run(tc.given))
			w.pass(time.Hour)
			for what, most := range tc.most {
				assert.LessOrEqual(t, w.count[what], most, what)
			}
			for what, least := range tc.least {
				assert.GreaterOrEqual(t, w.count[what], least, what)
			}
			assert.True(t, w.heard, "nothing tells %s", tc.told)
		})
	}
}
