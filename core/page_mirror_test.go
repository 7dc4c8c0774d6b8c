package core_test

import (
	"slices"

	"github.com/stretchr/testify/assert"

	"parley/core"
	"parley/core/wire"
)

// mirror is a page's copy of a chat.
type mirror struct {
	id      string
	seq     uint64
	opened  int // the connection on which it was last opened, where it can miss nothing
	status  string
	first   map[string]bool // the messages when the chat was opened
	history []string
	told    []string // those of message:received
	users   string
}

func (p *page) mirror(effect core.Effect) {
	switch e := effect.(type) {
	case core.HistoryPart:
		p.w.check(len(p.parts[e.ChatID]) >= int(e.From), "a part is missing")
		p.parts[e.ChatID] = append(p.parts[e.ChatID][:e.From:e.From], p.items(e.Messages)...)
	case core.OpenChat:
		p.open(e.Chat)
	case core.PatchChat:
		m, users := p.chats[e.ChatID], wire.Raw(nil)
		p.read(e.Members, "users", &users, "status", &m.status)
		m.users = string(users)
	case core.At:
		p.chats[e.ChatID].seq = e.Seq
	case core.AppendMessages:
		m := p.chats[e.ChatID]
		for _, raw := range p.items(e.Messages) {
			if id := parseMessage(p.w.t, raw).id; !slices.Contains(m.history, id) {
				m.history = append(m.history, id)
			}
		}
	case core.Emit:
		if e.Event == "message:received" {
			var message wire.Raw
			p.read(e.Data, "message", &message)
			m := p.chats[e.ChatID]
			m.told = append(m.told, parseMessage(p.w.t, message).id)
		}
	case core.Drop:
		p.chats = map[string]*mirror{}
	}
}

func (p *page) open(chat wire.Raw) {
	var id, status string
	var seq uint64
	var users, history wire.Raw
	p.read(chat, "id", &id, "users", &users, "history", &history, "seq", &seq, "status", &status)
	m := p.chats[id]
	fresh := m == nil
	if fresh {
		m = &mirror{id: id, first: map[string]bool{}}
		p.chats[id] = m
	}
	m.history, m.users, m.seq, m.status, m.opened = nil, string(users), seq, status, p.epoch
	for _, raw := range append(p.parts[id], p.items(history)...) {
		message := parseMessage(p.w.t, raw)
		m.history = append(m.history, message.id)
		m.first[message.id] = m.first[message.id] || fresh
	}
	delete(p.parts, id)
}

func (p *page) read(raw wire.Raw, fields ...any) {
	err := wire.Read(raw, fields...)
	p.w.check(err == nil, "%s: %v", raw, err)
}

func (p *page) items(array wire.Raw) (list []wire.Raw) {
	err := wire.Items(array, func(raw wire.Raw) error {
		list = append(list, raw)
		return nil
	})
	p.w.check(err == nil, "%s: %v", array, err)
	return list
}

// opensAndGaps checks that a chat that is opened again, at a later position on a later
// connection, causes one "gap" if it misses what others did, and that nothing else
// causes one.
func (p *page) opensAndGaps(effects []core.Effect) {
	for i, effect := range effects {
		if e, is := effect.(core.Emit); is && e.To == core.ToParley && e.Event == "gap" {
			open, is := effects[i-1].(core.OpenChat)
			p.w.check(is, "a gap is emitted, but the chat is not opened again")
			_, jumps := p.jumps(open)
			p.w.check(jumps, "a gap is emitted, but the chat goes on where it was")
		}
		if open, is := effect.(core.OpenChat); is {
			id, jumps := p.jumps(open)
			told := false
			if i+1 < len(effects) {
				e, is := effects[i+1].(core.Emit)
				told = is && e.Event == "gap"
			}
			if m := p.chats[id]; jumps && m.opened < p.epoch && p.w.model.Misses(id, p.user, m.seq, p.seqOf(open)) {
				p.w.check(told, "%s: what was missed of %s from %d to %d by %T is not reported", p.name, id, m.seq, p.seqOf(open), p.doing)
			}
		}
	}
}

func (p *page) seqOf(e core.OpenChat) (seq uint64) {
	p.read(e.Chat, "seq", &seq)
	return seq
}

// jumps tells whether a chat is opened at a later position than the page has.
func (p *page) jumps(e core.OpenChat) (id string, jumps bool) {
	p.read(e.Chat, "id", &id)
	m := p.chats[id]
	return id, m != nil && p.seqOf(e) > m.seq
}

// asked tells whether this page sent the message and was not told that it failed.
func (p *page) asked(text string) bool {
	return slices.ContainsFunc(p.w.sent, func(s *sent) bool { return s.tab == p.tab && s.text == text && !(s.ended && s.err != nil) })
}

// judge compares the page with the model.
func (p *page) judge() {
	t := p.w.t
	for number, c := range p.calls {
		p.w.check(c.ended, "call %d of %s has not ended", number, p.name)
	}
	for chatID, m := range p.chats {
		if !p.w.model.Member(chatID, p.user) {
			continue // those who have left get no more pushes
		}
		history, others := []string(nil), []string{}
		for _, raw := range p.w.model.Messages(chatID) {
			message := parseMessage(t, raw)
			history = append(history, message.id)
			if p.asked(message.text) {
				p.w.check(!slices.Contains(m.told, message.id), "%s is told its own message %s", p.name, message.text)
			}
			if message.sender != p.user && !message.imported && !m.first[message.id] {
				others = append(others, message.id)
			}
		}
		if !slices.Equal(history, m.history) {
			assert.Equal(t, history, m.history, "%s: history of %s", p.name, chatID)
		}
		told := slices.DeleteFunc(slices.Clone(m.told), func(id string) bool { return !slices.Contains(others, id) })
		if !slices.Equal(others, told) {
			assert.Equal(t, others, told, "%s: what was emitted for %s", p.name, chatID)
		}
		twice := slices.Clone(m.told)
		slices.Sort(twice)
		p.w.check(len(slices.Compact(twice)) == len(m.told), "%s: told twice", p.name)
		users := p.w.model.Users(chatID)
		p.w.check(users == m.users, "%s: users of %s: %s, not %s", p.name, chatID, m.users, users)
	}
}
