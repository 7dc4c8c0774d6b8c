package core_test

import (
	"fmt"
	"maps"
	"slices"

	"parley/core"
	"parley/core/wire"
)

// act is something that a page asks for.
func (p *page) act() {
	random := p.w.random
	if len(p.chats) == 0 && !p.enters || random.IntN(20) == 0 {
		p.enter()
		return
	}
	chats := slices.Sorted(maps.Keys(p.chats))
	if len(chats) == 0 { // an earlier page had them
		chats = p.w.model.Chats()
		chats = chats[len(chats)-1:]
	}
	chatID := chats[random.IntN(len(chats))]
	pick(random, acts)(actIn{p, chatID})
}

// actIn is a page that does something in a chat.
type actIn struct {
	*page
	chatID string
}

// acts is what pages ask for in a chat.
var acts = []chance[actIn]{
	{36, func(p actIn) {
		s := p.newSent(p.chatID, "says")
		p.ask(s, core.SendMessage{Call: s.call(p.page), ChatID: p.chatID, Text: s.text})
	}},
	{12, func(p actIn) {
		if m := p.chats[p.chatID]; m != nil && len(m.history) > 0 {
			p.step(core.ReadMessage{Call: p.call(nil), ChatID: p.chatID, MessageID: m.history[p.w.random.IntN(len(m.history))]})
		}
	}},
	{8, func(p actIn) {
		s := p.newSent(p.chatID, "imports")
		entry := wire.NewObject(nil).Str("sender", "assistant").Str("message", s.text).Done()
		p.ask(s, core.ImportHistory{Call: s.call(p.page), ChatID: p.chatID, History: wire.AppendArray(nil, []wire.Raw{entry})})
	}},
	{6, func(p actIn) { p.step(core.SendActivity{Call: p.call(nil), ChatID: p.chatID, Type: "writing"}) }},
	{6, func(p actIn) { p.step(core.LoadChat{Call: p.call(nil), ChatID: p.chatID}) }},
	{4, func(p actIn) { p.step(core.SearchAgent{Call: p.call(nil), ChatID: p.chatID}) }},
	{4, func(p actIn) {
		if p.user == "a" && p.w.random.IntN(3) == 0 {
			p.step(core.SendEvent{Call: p.call(nil), Event: "chats:leave", Data: wire.NewObject(nil).Str("chatId", p.chatID).Done()})
		}
	}},
	{8, func(p actIn) {
		if p.w.random.IntN(12) == 0 {
			p.step(core.CloseChat{Call: p.call(nil), ChatID: p.chatID})
		}
	}},
}

// ask sends a message.
func (p *page) ask(s *sent, command core.Input) {
	p.sending = s
	p.step(command)
	p.sending = nil
}

// enter is how users come to chats: visitors create them, agents join.
func (p *page) enter() {
	p.login()
	if p.user != "a" {
		p.step(core.CreateChat{Call: p.call(nil), Data: wire.Raw(`{"room":"1"}`)})
		return
	}
	for i := range 3 {
		chatID := fmt.Sprintf("chat%d", 1+i)
		p.step(core.SendEvent{Call: p.call(nil), Event: "chats:join", Data: wire.NewObject(nil).Str("chatId", chatID).Done()})
		p.step(core.LoadChat{Call: p.call(nil), ChatID: chatID})
	}
}
