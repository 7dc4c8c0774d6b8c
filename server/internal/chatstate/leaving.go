package chatstate

import (
	"cmp"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// Reasons for which agents leave a chat that they did not leave themselves, as a
// chats:leave carries them.
const (
	ReasonLost     = "lost"     // no connection for the app's grace
	ReasonLogout   = "logout"   // logged out
	ReasonDisabled = "disabled" // the account was disabled or removed
)

// LeaveData is the data of the entry by which a user leaves. In queue mode the last
// agent leaves the chat to the queue.
func LeaveData(f *Folded, u chat.User, queueMode bool) wire.Raw {
	o := leaveObject(f, u)
	if queueMode && f.losesLastAgent(u.ID) && !f.Queue.Enqueued {
		o.Bool("inQueue", true)
	}
	return o.Done()
}

// HandBackData is the data of the entry by which an agent leaves for a reason that is
// not theirs. The last agent leaves the chat to the front of the queue; without queue
// mode a new search begins, if the chat has a visitor.
func HandBackData(f *Folded, u chat.User, reason string, queueMode bool) wire.Raw {
	o := leaveObject(f, u).Str("reason", reason)
	switch {
	case !f.losesLastAgent(u.ID) || f.Queue.Enqueued:
	case queueMode:
		o.Bool("inQueue", true)
	case f.Away || f.Chat.Users.Has(f.Chat.Creator):
		o.Bool("searching", true)
	}
	return o.Done()
}

func leaveObject(f *Folded, u chat.User) *wire.Object {
	return wire.NewObject(nil).Str("chatId", f.Key.ID).Str("userId", u.ID).Raw("user", u.Raw)
}

// losesLastAgent tells whether no agent is left when this user leaves.
func (s *State) losesLastAgent(userID string) bool {
	after := Preview(s.Chat, chat.EventLeave, wire.NewObject(nil).Str("userId", userID).Done())
	return s.Chat.Status == chat.Active && after.Status == chat.Waiting
}

// Owner gives the agent who has the chat; the zero AgentBrief if none does. The creator
// counts as its visitor, and an agent who hands the chat over has it no longer.
func (s *State) Owner() AgentBrief {
	for _, a := range AttendingAgents(s.Chat) {
		if a.ID != s.Chat.Creator && !slices.Contains(s.Round.Leaving, a.ID) {
			return a
		}
	}
	return AgentBrief{}
}

// CheckFree refuses who wants a chat that an agent has; the error names that agent.
func (s *State) CheckFree() error {
	owner := s.Owner()
	if owner.ID == "" {
		return nil
	}
	return wire.Errorf(wire.ChatTaken, "%s has the chat already", cmp.Or(owner.Nickname, owner.Name, owner.ID))
}
