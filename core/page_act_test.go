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
	if len(chats) == 0 { // an earlier page has told of them
		chats = p.w.model.Chats()
		chats = chats[len(chats)-1:]
	}
	chatID := chats[random.IntN(len(chats))]
	switch n := random.IntN(40); {
	case n < 4:
		s := p.newSent(chatID, "imports")
		entry := wire.NewObject(nil).Str("sender", "assistant").Str("message", s.text).Done()
		p.ask(s, core.ImportHistory{Call: s.call(p), ChatID: chatID, History: wire.AppendArray(nil, []wire.Raw{entry})})
	case n < 22:
		s := p.newSent(chatID, "says")
		p.ask(s, core.SendMessage{Call: s.call(p), ChatID: chatID, Text: s.text})
	case n < 28:
		if m := p.chats[chatID]; m != nil && len(m.history) > 0 {
			h := m.history
			p.step(core.ReadMessage{Call: p.call(nil), ChatID: chatID, MessageID: h[random.IntN(len(h))]})
		}
	case n < 31:
		p.step(core.SendActivity{Call: p.call(nil), ChatID: chatID, Type: "writing"})
	case n < 34:
		p.step(core.LoadChat{Call: p.call(nil), ChatID: chatID})
	case n < 36:
		p.step(core.SearchAgent{Call: p.call(nil), ChatID: chatID})
	case n < 38 && p.user == "a" && random.IntN(3) == 0:
		p.step(core.SendEvent{Call: p.call(nil), Event: "chats:leave", Data: wire.NewObject(nil).Str("chatId", chatID).Done()})
	case random.IntN(12) == 0:
		p.step(core.CloseChat{Call: p.call(nil), ChatID: chatID})
	}
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
