package chatstate

import (
	"maps"

	"parley/core/chat"
)

// declined says when agents last had the chat and did not want it: unix seconds by agent.
// They rejected it, let an invitation run out, or left by choice. Under enough it says
// when a search ended because it had asked as many as it was to ask. It is forgotten when
// an agent comes. The map is never changed, only replaced.
type declined map[string]float64

const enough = ""

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
		inv := round.Invited
		if e.Event != chat.EventAssign && round.Running && inv.MaxAttempts > 0 && inv.Attempt >= inv.MaxAttempts {
			d = d.by(enough, at)
		}
		// An invitation that ends early has been taken back: the agent was gone, or had
		// no room. Half of its time allows for clocks that differ.
		if round.Pending && at >= inv.ExpiresAt-inv.Interval/2 {
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

// Declined tells whether an agent is not offered the chat again: they did not want it since
// they came on duty, or a search has asked enough agents since then, and since they came
// into a chat or left one. Both times are in unix seconds, rounded to milliseconds: of two
// things in the same one, coming on duty counts as the later.
func (s *State) Declined(agentID string, onDutySince, movedAt float64) bool {
	own, found := s.declined[agentID]
	all, asked := s.declined[enough]
	return found && own > onDutySince || asked && all > max(onDutySince, movedAt)
}
