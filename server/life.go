package server

import (
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// life is what the server has to look after in a chat, folded from its log.
type life struct {
	round    round
	ticketed bool    // the ticket that follows the close is there
	said     float64 // when the last message came, or the chat began; unix seconds
	alerted  bool    // it was announced that the chat will expire, and nobody has said anything since
}

// after is the life of a chat after an entry.
func (l life) after(e chat.Entry) (life, error) {
	switch e.Event {
	case chat.EventCreate:
		l.said = created(e.Data, "chat")
	case chat.EventMessage:
		l.said, l.alerted = max(l.said, created(e.Data, "message")), false
	case chat.EventExpiryAlert:
		l.alerted = true
	case chat.EventInfo:
		l.ticketed = true
	}
	var err error
	l.round, err = l.round.after(e)
	return l, err
}

// created gives the time of what an entry has as a member.
func created(data wire.Raw, name string) float64 {
	at, _ := wire.Float(member(member(data, name), "created")) // the server wrote it
	return at
}

// due says when a chat needs the server next, as far as its log tells. What
// should be done by now, by whoever brought it about, is made good a second later.
func (l life) due(now chat.Chat, set ChatSettings) (d dueRecord) {
	soon := unixSeconds(time.Now().Add(time.Second))
	switch {
	case now.Status == chat.Closed && l.ticketed:
		return dueRecord{}
	case now.Status == chat.Closed || len(l.round.leaving) > 0:
		return dueRecord{At: soon}
	case l.round.out:
		d = dueRecord{At: l.round.invited.ExpiresAt, Agent: l.round.invited.Agent.ID}
	case l.round.running:
		d = dueRecord{At: soon}
	}
	if end := l.ends(set); end != 0 {
		if alert := end - set.ExpiryAlert; !l.alerted && set.alerts() {
			end = alert
		}
		if d.At == 0 || end < d.At {
			d.At = end
		}
	}
	return d
}

// ends says when the chat expires, if nobody says anything; 0 is never.
func (l life) ends(set ChatSettings) float64 {
	if set.ExpireAfter <= 0 {
		return 0
	}
	return l.said + set.ExpireAfter
}

// alerts tells whether it is announced that a chat will expire.
func (c ChatSettings) alerts() bool { return c.ExpiryAlert > 0 && c.ExpiryAlert < c.ExpireAfter }
