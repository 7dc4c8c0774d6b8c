package chatstate

import (
	"maps"

	"parley/core/chat"
)

// declined says when agents last had the chat and did not want it: unix seconds by agent.
// They rejected it, let an invitation run out, or left by choice. It is forgotten when an
// agent comes. A map in it is never changed, only replaced.
type declined map[string]float64

// after gives what it is after an entry that the log took at the time at; round is the one
// before it, now the chat after it.
func (d declined) after(e chat.Entry, at float64, round Round, now chat.Chat) declined {
	if e.Event == chat.EventJoin && now.Attended() {
		return nil
	}
	switch e.Event {
	case EventReject:
		return d.with(e, at)
	case chat.EventLeave:
		if reason, _ := chat.Text(e.Data, "reason"); reason == "" {
			return d.with(e, at)
		}
	case chat.EventAssign, chat.EventAlone, EventCooldown:
		// An invitation that ends early has been taken back: the agent was gone, or had
		// no room. Half of its time allows for clocks that differ.
		if inv := round.Invited; round.Pending && at >= inv.ExpiresAt-inv.Interval/2 {
			return d.by(inv.Agent.ID, at)
		}
	}
	return d
}

// with notes the user whom an entry names.
func (d declined) with(e chat.Entry, at float64) declined {
	id, err := chat.Text(e.Data, "userId")
	if err != nil {
		return d
	}
	return d.by(id, at)
}

func (d declined) by(agentID string, at float64) declined {
	next := maps.Clone(d)
	if next == nil {
		next = declined{}
	}
	next[agentID] = at
	return next
}

// DeclinedSince tells whether the agent did not want the chat since a time, in unix seconds.
func (s *State) DeclinedSince(agentID string, since float64) bool {
	at, found := s.declined[agentID]
	return found && at >= since
}
