package server

import (
	"parley/core/chat"
	"parley/core/wire"
)

// life is what the server has to look after in a chat, folded from its log.
type life struct {
	round    round
	ticketed bool    // the ticket that follows the close is there,
	ticket   string  // with this id
	said     float64 // when the last message came, or the chat began; unix seconds
	alerted  bool    // it was announced that the chat will expire, and nobody has said anything since
	away     bool    // the creator counts as gone, as he has had no connection for too long; he may come back
}

// after is the life of a chat after an entry, by the chat after it. While the
// creator is away nobody is invited who would find nobody there; the round goes on
// when he is back.
func (l life) after(now chat.Chat, e chat.Entry) (life, error) {
	switch e.Event {
	case chat.EventJoin:
		if joining(e) == now.Creator {
			l.away = false
			return l, nil
		}
	case chat.EventCreate:
		l.said = created(e.Data, "chat")
	case chat.EventMessage:
		l.said, l.alerted = max(l.said, created(e.Data, "message")), false
	case chat.EventExpiryAlert:
		l.alerted = true
	case chat.EventInfo:
		l.ticketed = true
		l.ticket, _ = wire.String(member(member(e.Data, "data"), "ticketId")) // the server wrote it
	}
	var err error
	l.round, err = l.round.after(e)
	if err == nil && e.Event == chat.EventLeave && !now.Users.Has(now.Creator) {
		l.away = l.away || isAway(e)
		if l.away && !now.Attended() {
			l.round = l.round.withdrawn()
		}
	}
	return l, err
}

// isAway tells whether an entry says that its user is away, and not that he left.
func isAway(e chat.Entry) bool { return e.Event == chat.EventLeave && e.By == chat.System }

// created gives the time of what an entry has as a member.
func created(data wire.Raw, name string) float64 {
	at, _ := wire.Float(member(member(data, name), "created")) // the server wrote it
	return at
}

// ends says when the chat expires, if nobody says anything; 0 is never.
func (l life) ends(expireAfter float64) float64 {
	if expireAfter <= 0 {
		return 0
	}
	return l.said + expireAfter
}
