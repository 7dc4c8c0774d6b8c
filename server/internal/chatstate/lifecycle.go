package chatstate

import (
	"parley/core/chat"
	"parley/core/wire"
)

// Lifecycle is what the server has to look after in a chat, folded from its log.
type Lifecycle struct {
	Round        Round
	Ticketed     bool    // the ticket that follows the close is there,
	Ticket       string  // with this id
	LastActivity float64 // when the last message came, or the chat began; unix seconds
	Alerted      bool    // it was announced that the chat will expire, and nobody has said anything since
	Away         bool    // the creator counts as gone, as he has had no connection for too long; he may come back
}

// After is the life of a chat after an entry, by the chat after it. While the
// creator is away nobody is invited who would find nobody there; the round goes on
// when he is back.
func (l Lifecycle) After(now chat.Chat, e chat.Entry) (Lifecycle, error) {
	switch e.Event {
	case chat.EventJoin:
		if JoiningUser(e) == now.Creator {
			l.Away = false
			return l, nil
		}
	case chat.EventCreate:
		l.LastActivity = created(e.Data, "chat")
	case chat.EventMessage:
		l.LastActivity, l.Alerted = max(l.LastActivity, created(e.Data, "message")), false
	case chat.EventExpiryAlert:
		l.Alerted = true
	case chat.EventInfo:
		l.Ticketed = true
		l.Ticket, _ = wire.String(JSONMember(JSONMember(e.Data, "data"), "ticketId")) // the server wrote it
	}
	var err error
	l.Round, err = l.Round.after(e)
	if err == nil && e.Event == chat.EventLeave && !now.Users.Has(now.Creator) {
		l.Away = l.Away || isAway(e)
		if l.Away && !now.Attended() {
			l.Round = l.Round.withdrawn()
		}
	}
	return l, err
}

// isAway tells whether an entry says that its user is away, and not that he left.
func isAway(e chat.Entry) bool { return e.Event == chat.EventLeave && e.By == chat.System }

// created gives the time of what an entry has as a member.
func created(data wire.Raw, name string) float64 {
	at, _ := wire.Float(JSONMember(JSONMember(data, name), "created")) // the server wrote it
	return at
}

// Ends says when the chat expires, if nobody says anything; 0 is never.
func (l Lifecycle) ExpiresAt(expireAfter float64) float64 {
	if expireAfter <= 0 {
		return 0
	}
	return l.LastActivity + expireAfter
}
