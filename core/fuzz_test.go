package core_test

import (
	"strings"
	"testing"

	"parley/core"
	"parley/core/wire"
)

// FuzzStep feeds whatever lines come to a client in the midst of a conversation:
// frames, facts and commands that nobody would send. It must not panic, and every
// call must end at most once.
func FuzzStep(f *testing.F) {
	for _, file := range must(transcripts.ReadDir("testdata")) {
		f.Add(string(must(transcripts.ReadFile("testdata/" + file.Name()))))
	}
	for _, line := range []string{
		`frame {"seq":9007199254740992,"event":"messages:new","data":{"chatId":"c","userId":7}}`,
		`frame {"seq":12,"prev":11,"event":"chats:intervene","data":{"chatId":"c","intervenedUsers":[{}]}}`,
		`frame {"id":"#2","data":{"chat":{"id":"c","users":{}}}}`,
		`frame {"eventId":"#3","event":"chats:create"}`,
		"send 4 c hi\nown #3 12 11 chats:leave {\"chatId\":\"c\"}\nlogout 5\nopened @9\nclosed 1 @1",
		"fetched 4 -1 \x00\nfire deadline\npage visible",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		s := newScript(t, core.Options{})
		s.run(chatting)
		calls := core.Call(100)
		for line := range strings.Lines(lines) {
			line = strings.TrimSpace(line)
			word, rest, _ := strings.Cut(s.names.expand(line), " ")
			calls++
			switch word {
			case "frame":
				s.step(core.Frame{Epoch: s.epoch, Text: []byte(rest)})
			case "reply":
				id, data, _ := strings.Cut(rest, " ")
				if frame := (wire.Frame{ID: id, Data: wire.Raw(data)}); wire.Valid(frame.Data) {
					s.step(core.Frame{Epoch: s.epoch, Text: frame.Append(nil)})
				}
			case "opened":
				s.step(core.Opened{Epoch: s.epoch})
			case "closed":
				s.step(core.Closed{Epoch: s.epoch, Code: len(rest)})
			case "fetched":
				s.step(core.Fetched{Call: calls - 1, Status: 200 + len(rest), Body: []byte(rest)})
			case "fire":
				s.now += int64(len(rest)) * 1000
				s.step(core.Fired{Timer: core.Timer(len(rest) % 7)})
			case "page":
				s.step(core.Page{Event: core.PageEvent(len(rest) % 6)})
			case "login":
				s.step(core.Login{Call: calls, ID: "v", Token: "t"})
			case "logout":
				s.step(core.Logout{Call: calls})
			case "send":
				s.step(core.SendMessage{Call: calls, ChatID: "c", Text: rest})
			case "event":
				event, data, _ := strings.Cut(rest, " ")
				s.step(core.SendEvent{Call: calls, Event: event, Data: wire.Raw(data)})
			case "api":
				s.step(core.API{Call: calls, Method: "GET", Path: "/x", Body: wire.Raw(rest)})
			case "create":
				s.step(core.CreateChat{Call: calls, Data: wire.Raw(`{}`)})
			case "load", "search", "close", "read":
				s.step(core.LoadChat{Call: calls, ChatID: rest})
				s.step(core.CloseChat{Call: calls + 1, ChatID: rest})
				calls++
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
