package core_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/core"
	"parley/core/wire"
)

// FuzzStep gives a client in a conversation random lines of script: frames that no
// server would send, among commands, timers, clock changes, reconnects and crashes.
// fuzzed checks every step, and the end.
func FuzzStep(f *testing.F) {
	for _, file := range must(transcripts.ReadDir("testdata")) {
		f.Add(string(must(transcripts.ReadFile("testdata/" + file.Name()))))
	}
	for _, lines := range []string{
		`frame {"seq":9007199254740992,"event":"messages:new","data":{"chatId":"c","userId":7}}`,
		`frame {"seq":12,"prev":11,"event":"chats:intervene","data":{"chatId":"c","intervenedUsers":[{}]}}`,
		`frame {"id":"#2","data":{"chat":{"id":"c","users":{}}}}`,
		`frame {"eventId":"#3","event":"chats:create"}`,
		"send c hi\nown #3 12 11 chats:leave {\"chatId\":\"c\"}\nlogout\nopened @\nclosed @",
		"load c\nfetched -1 \x00\nfire deadline\npage visible",
		"push 14 12 messages:new {\"chatId\":\"c\",\"message\":{\"id\":\"c.14\"}}\nanswer {\"chat\":{\"id\":\"c\",\"seq\":9}}\nlive\nanswer {\"chat\":[]}\nclosed\nback {\"c\":{\"id\":\"c\",\"seq\":7}}\npush 8 7 chats:close {\"chatId\":\"c\"}",
		"frame {\"event\":\"chats:history\",\"data\":{\"chatId\":\"c\",\"from\":3,\"history\":[{\"id\":\"c.1\"}]}}\nframe {\"event\":\"bye\",\"data\":{\"retryAfter\":-1}}\nback {\"c\":{\"id\":\"c\",\"resumed\":true,\"seq\":9}}\nanswer {}",
		"adopt {\"id\":\"e1\",\"appId\":\"demo\",\"userId\":\"v\",\"chatId\":\"c\",\"event\":\"messages:new\",\"data\":{\"message\":\"x\"},\"at\":1700000000000}\nanswer 7\nretry e1\ndiscard e1",
		"send c one\nclosed\nafter -3h\nsend c two\nback {}\nanswer {\"message\":{\"id\":\"c.12\"},\"seq\":12,\"prev\":11}\nafter 9000h\nfire deadline\ncrash {\"id\":\"c\",\"seq\":12,\"last\":\"c.12\"}\nback {\"c\":{\"id\":\"c\",\"seq\":11}}",
		"send c one\npage hidden\nimport c []\nupload c a.txt\nfetched 503 \ndownload /media/1\nlogout\nlogin\nback {}",
		"send c one\nanswer {\"message\":{\"id\":\"c.12\",\"sender\":\"v\"},\"seq\":12,\"prev\":11}\nframe {\"id\":\"x\",\"data\":{\"message\":{\"id\":\"c.12\",\"sender\":\"v\"}}}",
	} {
		f.Add(lines)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		z := newFuzzed(t)
		n := 0
		for line := range strings.Lines(lines) {
			if n++; n > 100 {
				break
			}
			if !strings.HasPrefix(line, " ") { // not an effect of a transcript
				z.anything(strings.TrimRight(line, "\n"))
			}
		}
		z.finish()
	})
}

// fuzzed is a client under random input.
type fuzzed struct {
	*script
	calls   core.Call
	open    bool                // the current socket is open
	opening string              // id of the last session:open
	asked   []string            // ids of requests that were not answered here
	stored  map[string]wire.Raw // its outbox
	fetches []core.Call
}

func newFuzzed(t *testing.T) *fuzzed {
	z := &fuzzed{script: newScript(t, core.Options{MaxPending: 20, MaxTransfers: 3}), calls: 100, open: true, stored: map[string]wire.Raw{}}
	z.run(chatting)
	return z
}

// anything does any line.
func (z *fuzzed) anything(line string) {
	word, text, _ := strings.Cut(z.names.expand(line), " ")
	rest := text
	if first, after, _ := strings.Cut(rest, " "); strings.Trim(first, "0123456789") == "" {
		rest = after // the number of a call, in a transcript
	}
	if in := z.asks(word, rest); in != nil {
		z.meets(in, len(line))
		return
	}
	z.happens(word, rest, text)
}

// happens does a line that is not a command: its first word, and the rest without and
// with the number of a call.
func (z *fuzzed) happens(word, rest, text string) {
	epoch := z.epoch
	if after, old := strings.CutPrefix(rest, "@"); old {
		epoch, rest = epoch-1, after
	}
	switch word {
	case "frame":
		z.meets(everySecond(core.Frame{Epoch: epoch, Text: []byte(rest)}), len(rest))
	case "reply", "refuse", "push", "own":
		if !strings.HasPrefix(text, "@") {
			z.receives(epoch, string(z.fact(word, text).(core.Frame).Text))
		}
	case "answer":
		if len(z.asked) > 0 {
			id := z.asked[0]
			z.asked = z.asked[1:]
			z.receives(epoch, `{"id":"`+id+`","data":`+rest+`}`)
		}
	case "back":
		z.back(rest)
	case "opened":
		z.meets(core.Opened{Epoch: epoch}, 0)
	case "closed":
		z.meets(core.Closed{Epoch: epoch, Code: len(rest)}, 0)
	case "fetched":
		z.fetched(rest)
	case "fire":
		delete(z.due, timers[rest])
		z.meets(core.Fired{Timer: timers[rest]}, 0)
	case "after":
		if d, err := time.ParseDuration(rest); err == nil {
			z.setClock(d % (20 * year))
		}
	case "live":
		for range 10 {
			z.fire()
		}
	case "crash":
		z.crash(rest)
	case "page":
		z.meets(core.Page{Event: core.PageEvent(len(rest) % 7)}, 0)
	case "adopt":
		z.meets(core.Adopt{Outbox: []wire.Raw{wire.Raw(rest)}}, len(rest))
	}
}

// receives delivers a frame as a browser does, whose frames are always UTF-8.
func (z *fuzzed) receives(epoch int, text string) {
	if utf8.ValidString(text) {
		z.meets(everySecond(core.Frame{Epoch: epoch, Text: []byte(text)}), len(text))
	}
}

// fetched answers the oldest HTTP request, if there is one.
func (z *fuzzed) fetched(rest string) {
	if len(z.fetches) == 0 {
		return
	}
	w := cut(rest, 2)
	status, known := map[string]int{"-1": -1, "0": 0, "404": 404, "503": 503}[w[0]]
	if !known {
		status = 200
	}
	call := z.fetches[0]
	z.fetches = z.fetches[1:]
	z.meets(core.Fetched{Call: call, Status: status, Body: []byte(w[1] + w[2])}, len(rest))
}

// asks gives the command of a line, nil if it has none.
func (z *fuzzed) asks(word, rest string) core.Input {
	z.calls++
	call, w := z.calls, cut(rest, 1)
	raw := wire.Raw(w[1])
	if len(raw) > 0 && !wire.Valid(raw) {
		raw = nil // shells give valid JSON
	}
	switch word {
	case "init":
		return core.Init{Call: call, App: core.App{ID: "demo"}}
	case "login":
		return core.Login{Call: call, ID: "v", Token: "t"}
	case "logout":
		return core.Logout{Call: call}
	case "renewable":
		return core.Renewable{Call: call}
	case "create":
		return core.CreateChat{Call: call, Data: wire.Raw(`{}`)}
	case "load":
		return core.LoadChat{Call: call, ChatID: w[0]}
	case "search":
		return core.SearchAgent{Call: call, ChatID: w[0]}
	case "activity":
		return core.SendActivity{Call: call, ChatID: w[0], Type: "writing"}
	case "send":
		return core.SendMessage{Call: call, ChatID: w[0], Text: w[1]}
	case "read":
		return core.ReadMessage{Call: call, ChatID: w[0], MessageID: w[1]}
	case "close":
		return core.CloseChat{Call: call, ChatID: w[0], ExtraData: raw}
	case "import":
		return core.ImportHistory{Call: call, ChatID: w[0], History: raw}
	case "upload":
		return core.Upload{Call: call, ChatID: w[0], Name: w[1], Size: 9}
	case "download":
		return core.Download{Call: call, Path: w[0]}
	case "retry":
		return core.Retry{Call: call, EventID: w[0]}
	case "discard":
		return core.Discard{Call: call, EventID: w[0]}
	case "event":
		return core.SendEvent{Call: call, Event: w[0], Data: raw}
	case "api":
		return core.API{Call: call, Method: "GET", Path: "/x", Body: raw}
	}
	z.calls--
	return nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// moves are the lines that FuzzMoves combines.
var moves = []string{
	"send c hi", "send c again", "read c c.9", "import c [{\"sender\":\"assistant\"}]", "close c", "load c", "load x", "create", "search c", "activity c", "upload c a.txt", "download /media/1", "event chats:leave {\"chatId\":\"c\"}", "event chats:intervene {\"chatId\":\"c\"}",
	"login", "logout", "renewable", "init", "retry #3", "retry #4", "discard #3", "discard #4", "api",
	"live", "fire deadline", "fire redial", "fire stable", "fire heartbeat", "fire open", "fire retry", "after -1h", "after 1h", "after 10s", "page .", "page ...", "page ....",
	"opened", "closed", "opened @", "closed @", "fetched {}", "fetched 503 ", "fetched -1 ", `fetched {"seq":12,"prev":11,"message":{"id":"c.12","message":{"id":"m"}}}`,
	"back {}", `back {"c":{"id":"c","seq":9}}`, `back {"c":{"id":"c","resumed":true,"seq":11}}`, `back {"c":{"id":"c","resumed":true,"seq":7},"x":{"id":"x","history":[{"id":"x.1"}]}}`, `back {"c":{"id":"c","seq":15,"history":[{"id":"c.12"},{"id":"c.15"}]}}`, `back {"c":7}`, `back []`,
	"answer {}", "answer 7", `answer {"seq":12,"prev":11,"message":{"id":"c.12","sender":"v"}}`, `answer {"seq":14,"prev":13}`, `answer {"chat":{"id":"c","seq":16}}`, `answer {"chat":{"id":"c","seq":8}}`, `answer {"chat":{"id":"x","seq":8,"history":[{"id":"x.8"}]}}`, `answer {"chat":{}}`,
	"refuse #3 503 full", "refuse #3 504 perhaps", "refuse #4 410 closed", "refuse #5 404 no", "refuse #6 500 defect", "refuse #7 429 slow down", "reply #3 {}", "reply #4 {}",
	`push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"a"}}`, `push 13 12 messages:new {"chatId":"c","userId":"a","message":{"id":"c.12","sender":"a"}}`, `push 15 12 chats:close {"chatId":"c"}`, `push 12 11 chats:join {"chatId":"c"}`, `push 3 2 chats:join {"chatId":"x","user":{"id":"v"}}`,
	`own #3 12 11 messages:new {"chatId":"c","userId":"v","message":{"id":"c.12","sender":"v"}}`, `own #4 13 12 history:import {"chatId":"c","history":[]}`, `own #3 14 13 messages:read {"chatId":"c"}`,
	`frame {"event":"chats:history","data":{"chatId":"c","from":0,"history":[{"id":"c.1"}]}}`, `frame {"event":"chats:history","data":{"chatId":"x","from":5,"history":[{"id":"c.11"}]}}`, `frame {"event":"bye","data":{"retryAfter":1}}`, "frame {", `frame {"error":{"code":400}}`, `frame {"event":"ping"}`,
	`adopt {"id":"e1","appId":"demo","userId":"v","chatId":"c","event":"messages:new","data":{"message":"x"},"at":1700000000000}`, `adopt {"id":"e2","appId":"demo","userId":"v","chatId":"c","event":"chats:close","data":{}}`, "adopt []", "retry e1", "discard e2", "reply e1 {}",
	"crash {}", `crash {"id":"c","seq":12,"last":"c.12"}`,
}

// FuzzMoves is FuzzStep with the moves above, one for each byte.
func FuzzMoves(f *testing.F) {
	all := make([]byte, len(moves))
	for i := range all {
		all[i] = byte(i)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, picks []byte) {
		z := newFuzzed(t)
		for _, pick := range picks[:min(len(picks), 100)] {
			z.anything(moves[int(pick)%len(moves)])
		}
		z.finish()
	})
}
