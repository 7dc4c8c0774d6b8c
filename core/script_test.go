package core_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/wire"
)

// A script drives a client line by line. Commands begin with their call number:
//
//	outbox {record}              for the next init or adopt
//	more [NEWEST]                the store has more than that; the id of its newest record
//	init 1 [app=ID] [ID TOKEN]   with a stored session
//	login 2 ID TOKEN | logout 3
//	create 4 {data} [ATTEMPTS/TIMEOUT] | load 5 CHAT [ATTEMPTS/TIMEOUT]
//	search 6 CHAT [ALGORITHM] | activity 7 CHAT TYPE | read 8 CHAT MESSAGE | close 9 CHAT [{extraData}]
//	send 10 CHAT TEXT            TEXT may be X*N: X, N times
//	upload 13 CHAT NAME SIZE | download 14 PATH [TOKEN]
//	import 15 CHAT [entries] | upto 16 CHAT MESSAGE
//	event 11 NAME [data] | api 12 METHOD PATH [body]
//
// Facts; @N names an epoch that is not the latest:
//
//	opened [@N] | closed CODE [@N] | frame [@N] TEXT | fetched CALL STATUS [BODY]
//	reply ID data | refuse ID CODE MESSAGE | push SEQ PREV EVENT data | own ID SEQ PREV EVENT data
//	adopt        the store hands over the outbox
//	fire TIMER   at the time it was armed for | page EVENT | after DURATION   nothing but time passes
type script struct {
	t      testing.TB
	core   *core.Machine
	now    int64
	count  uint64
	epoch  int
	due    map[core.Timer]int64
	outbox []wire.Raw
	again  *core.Again
	newest string // of what the store still has to give
	names  names
	ended  map[core.Call]bool
	watch  func(core.Effect)           // sees each effect, if it is set
	take   func(core.Frame) core.Input // what the shell makes of a push or reply, if it is set
}

func newScript(t testing.TB, o core.Options) *script {
	return &script{t: t, core: core.New(o), now: 1_700_000_000_000, due: map[core.Timer]int64{}, ended: map[core.Call]bool{}}
}

// run does each line and gives the effects of the last one.
func (s *script) run(lines string) (effects []string) {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			effects = s.line(line)
		}
	}
	return effects
}

func (s *script) line(line string) []string {
	word, rest, _ := strings.Cut(s.names.expand(line), " ")
	switch word {
	case "outbox":
		s.outbox = append(s.outbox, wire.Raw(rest))
		return nil
	case "more":
		s.newest = cmp.Or(rest, "later")
		return nil
	case "after":
		d, err := time.ParseDuration(rest)
		require.NoError(s.t, err, line)
		s.now += d.Milliseconds()
		return nil
	}
	in := s.command(word, rest)
	if in == nil {
		in = s.fact(word, rest)
	}
	require.NotNil(s.t, in, "unknown line %q", line)
	return s.step(in)
}

// cut gives the first n words of text, "" for those that are absent, and then the rest.
func cut(text string, n int) []string {
	words := make([]string, n+1)
	for i := range n {
		words[i], text, _ = strings.Cut(text, " ")
	}
	words[n] = text
	return words
}

func (s *script) number(text string) int {
	n, err := strconv.Atoi(text)
	require.NoError(s.t, err)
	return n
}

func (s *script) command(word, rest string) core.Input {
	number, rest, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(number)
	call := core.Call(n)
	switch word {
	case "init":
		app := core.App{ID: "demo", API: "http://x/v1", Socket: "ws://x/v1/socket"}
		if name, found := strings.CutPrefix(rest, "app="); found {
			app.ID, rest, _ = strings.Cut(name, " ")
		}
		in := core.Init{Call: call, App: app, Again: s.again}
		in.Outbox, in.Newest = s.left()
		if id, token, found := strings.Cut(rest, " "); found {
			in.Stored = &core.Session{AppID: "demo", ID: id, Token: token}
		}
		return in
	case "login":
		w := cut(rest, 1)
		return core.Login{Call: call, ID: w[0], Token: w[1]}
	case "logout":
		return core.Logout{Call: call}
	case "renewable":
		return core.Renewable{Call: call}
	case "create":
		data, config, _ := strings.Cut(rest, " ")
		return core.CreateChat{Call: call, Data: wire.Raw(data), Config: s.config(config)}
	case "load":
		w := cut(rest, 1)
		return core.LoadChat{Call: call, ChatID: w[0], Config: s.config(w[1])}
	case "search":
		w := cut(rest, 1)
		return core.SearchAgent{Call: call, ChatID: w[0], Algorithm: w[1]}
	case "activity":
		w := cut(rest, 1)
		return core.SendActivity{Call: call, ChatID: w[0], Type: w[1]}
	case "send":
		w := cut(rest, 1)
		if unit, times, found := strings.Cut(w[1], "*"); found {
			w[1] = strings.Repeat(unit, s.number(times))
		}
		return core.SendMessage{Call: call, ChatID: w[0], Text: w[1]}
	case "upload":
		w := cut(rest, 2)
		return core.Upload{Call: call, ChatID: w[0], Name: w[1], Size: uint64(s.number(w[2]))}
	case "download":
		w := cut(rest, 1)
		return core.Download{Call: call, Path: w[0], Token: w[1]}
	case "import":
		w := cut(rest, 1)
		return core.ImportHistory{Call: call, ChatID: w[0], History: wire.Raw(w[1])}
	case "upto":
		w := cut(rest, 1)
		return core.ReadMessage{Call: call, ChatID: w[0], MessageID: w[1], UpTo: true}
	case "read":
		w := cut(rest, 1)
		return core.ReadMessage{Call: call, ChatID: w[0], MessageID: w[1]}
	case "close":
		w := cut(rest, 1)
		return core.CloseChat{Call: call, ChatID: w[0], ExtraData: wire.Raw(w[1])}
	case "retry":
		return core.Retry{Call: call, EventID: rest}
	case "discard":
		return core.Discard{Call: call, EventID: rest}
	case "event":
		w := cut(rest, 1)
		return core.SendEvent{Call: call, Event: w[0], Data: wire.Raw(w[1])}
	case "api":
		w := cut(rest, 2)
		return core.API{Call: call, Method: w[0], Path: w[1], Body: wire.Raw(w[2])}
	}
	return nil
}

func (s *script) left() (outbox []wire.Raw, newest string) {
	outbox, newest = s.outbox, s.newest
	s.outbox, s.newest = nil, ""
	return outbox, newest
}

func (s *script) config(text string) (c core.Config) {
	if attempts, timeout, found := strings.Cut(text, "/"); found {
		c.AssignMaxAttempts, c.AssignTimeout = s.number(attempts), timeout
	}
	return c
}

func (s *script) fact(word, rest string) core.Input {
	epoch := s.epoch
	if number, found := strings.CutPrefix(rest, "@"); found {
		number, rest, _ = strings.Cut(number, " ")
		epoch = s.number(number)
	}
	frame := func(format string, args ...any) core.Input {
		return core.Frame{Epoch: epoch, Text: fmt.Appendf(nil, format, args...)}
	}
	take := func(f core.Input) core.Input {
		if s.take == nil {
			return f
		}
		return s.take(f.(core.Frame))
	}
	switch word {
	case "opened":
		return core.Opened{Epoch: epoch, Direct: true}
	case "closed":
		return core.Closed{Epoch: epoch, Code: s.number(strings.TrimSpace(rest))}
	case "unreached":
		if rest != "" {
			return core.Closed{Epoch: epoch, Unreached: true, RetryAfter: uint64(s.number(rest))}
		}
		return core.Closed{Epoch: epoch, Unreached: true}
	case "moved":
		return core.Closed{Epoch: epoch, Moved: true}
	case "frame":
		return frame("%s", rest)
	case "reply":
		w := cut(rest, 1)
		return take(frame(`{"id":%q,"data":%s}`, w[0], w[1]))
	case "refuse":
		w := cut(rest, 2)
		return frame(`{"id":%q,"error":{"code":%s,"message":%q}}`, w[0], w[1], w[2])
	case "push":
		w := cut(rest, 3)
		return take(frame(`{"seq":%s,"prev":%s,"event":%q,"data":%s}`, w[0], w[1], w[2], w[3]))
	case "own":
		w := cut(rest, 4)
		return frame(`{"seq":%s,"prev":%s,"eventId":%q,"event":%q,"data":%s}`, w[1], w[2], w[0], w[3], w[4])
	case "fetched":
		w := cut(rest, 2)
		return core.Fetched{Call: core.Call(s.number(w[0])), Status: s.number(w[1]), Body: []byte(w[2])}
	case "adopt":
		outbox, newest := s.left()
		return core.Adopt{Outbox: outbox, Newest: newest}
	case "fire":
		timer := timers[rest]
		due, armed := s.due[timer]
		require.True(s.t, armed, "timer %s is not armed", rest)
		delete(s.due, timer)
		s.now = max(s.now, due)
		return core.Fired{Timer: timer}
	case "page":
		return core.Page{Event: map[string]core.PageEvent{"online": core.PageOnline, "offline": core.PageOffline,
			"visible": core.PageVisible, "hidden": core.PageHidden, "left": core.PageLeft, "back": core.PageBack}[rest]}
	}
	return nil
}

// step also checks what is true of every step: a call ends once, and the bytes of a
// frame may be reused.
func (s *script) step(in core.Input) []string {
	s.count++
	random := s.count * 0x9E3779B97F4A7C15 // the golden ratio scatters the counter over 64 bits
	effects := s.core.Step(core.Moment{Now: s.now, Rand: random}, in, nil)
	if f, is := in.(core.Frame); is {
		clear(f.Text)
	}
	lines := make([]string, len(effects))
	for i, e := range effects {
		lines[i] = s.names.shorten(render(e))
		if s.watch != nil {
			s.watch(e)
		}
		switch e := e.(type) {
		case core.Dial:
			s.epoch = e.Epoch
		case core.Arm:
			s.due[e.Timer] = s.now + e.After.Milliseconds()
		case core.Disarm:
			delete(s.due, e.Timer)
		case core.Settle:
			s.end(e.Call)
		case core.Reject:
			s.end(e.Call)
		}
	}
	return lines
}

func (s *script) end(call core.Call) {
	require.False(s.t, s.ended[call], "call %d ended twice", call)
	s.ended[call] = true
}

// lastID is the number of the newest id made.
func (s *script) lastID() string { return strconv.Itoa(len(s.names.ids)) }

func (s *script) previousID() string { return strconv.Itoa(len(s.names.ids) - 1) }

// chatAt gives the chat of these scripts at a position, with messages of the agent.
func chatAt(seq int, messages ...string) string {
	history := ""
	for i, id := range messages {
		history += strings.Repeat(",", min(i, 1)) + fmt.Sprintf(`{"id":%q,"sender":"a"}`, id)
	}
	return fmt.Sprintf(`{"id":"c","status":"active","creator":"v","users":[%s,%s],"watchers":[],"history":[%s],"seq":%d}`, visitor, agent, history, seq)
}
