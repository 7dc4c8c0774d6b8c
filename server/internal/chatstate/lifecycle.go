package chatstate

import (
	"parley/core/chat"
	"parley/core/wire"
)

// Lifecycle is what the server has to do for a chat by itself, folded from its log.
type Lifecycle struct {
	Round        Round
	Ticketed     bool    // the chat is closed and has its ticket,
	Ticket       string  // with this id
	TicketNumber string  // and this number, for people; "" of a ticket of version 1.0.0
	LastActivity float64 // unix seconds: of the last message, or of the creation
	Alerted      bool    // it was announced that the chat will expire, and there was no message since
	Away         bool    // the creator has had no connection for too long, and was taken out until they come back
}

// after gives the lifecycle after an entry; before and now are the chat before and
// after it. While the creator is away no agent is invited, as they would find nobody
// there; the round goes on when the creator is back.
func (l Lifecycle) after(before, now chat.Chat, e chat.Entry) (Lifecycle, error) {
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
		return l, nil
	case chat.EventExpiryAlert:
		l.Alerted = true
	case chat.EventInfo:
		l.Ticketed = true
		ticket := wire.Member(e.Data, "data") // the server wrote it
		l.Ticket, _ = wire.String(wire.Member(ticket, "ticketId"))
		l.TicketNumber, _ = wire.String(wire.Member(ticket, "ticketNumber"))
	}
	var err error
	l.Round, err = l.Round.after(e)
	if err == nil && e.Event == chat.EventLeave && !now.Users.Has(now.Creator) {
		l.Away = l.Away || isAway(e)
		if l.Away && !now.Attended() {
			l.Round = l.Round.withdraw()
		}
	}
	if err == nil && e.Event == chat.EventLeave && before.Status == chat.Active && now.Status == chat.Waiting && !l.Round.Running {
		l.Round = l.Round.leaveAlone()
	}
	return l, err
}

// isAway tells whether an entry takes its user out because they are away, and not
// because they left.
func isAway(e chat.Entry) bool { return e.Event == chat.EventLeave && e.By == chat.System }

// created gives the time, in unix seconds, at which a member of the data was created.
func created(data wire.Raw, name string) float64 {
	at, _ := wire.Float(wire.Member(wire.Member(data, name), "created")) // the server wrote it
	return at
}

// ExpiresAt gives the unix seconds at which the chat expires if there is no further
// message, 0 for never. expireAfter is the app's setting, in seconds.
func (l Lifecycle) ExpiresAt(expireAfter float64) float64 {
	if expireAfter <= 0 {
		return 0
	}
	return l.LastActivity + expireAfter
}
