package chatstate

import (
	"encoding/json"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

// Round is one search for an agent: invitations one after the other, until one
// is accepted or the search is given up. It is folded from the log, so that it
// survives a restart.
//
//	(none) --chats:assign--> invited
//	invited --chats:assign--> invited          timed out, the next one is asked
//	invited --invitations:reject--> between
//	between --chats:assign--> invited
//	invited --chats:leave of a creator who is away--> between
//	any --chats:transfer to an agent--> invited
//	any --chats:transfer to a room--> between, or (none) if the chat waits in line there
//	any, in the queue --queues:rest--> (none)  nobody was won; the queue begins anew
//	any --agent joins, forever:alone, chats:intervene, chats:close--> (none)
type Round struct {
	Running       bool
	Pending       bool       // an invitation waits for its answer
	Invited       Invitation // the last one
	Attempted     []string   // agents invited, in order, once for each time
	rejected      []string   // agents who said no
	Transfer      Transfer   // whose invitation it is; zero if it is no transfer to an agent
	Leaving       []string   // agents who have handed the chat over, and are to leave it
	coolingDown   []string   // agents who are not asked again
	cooldownUntil float64    // until this time, in unix seconds
}

// HandsOverTo tells whether the user is invited to take the chat over from others.
func (r Round) HandsOverTo(userID string) bool {
	return r.Pending && r.Transfer.By != "" && r.Invited.Agent.ID == userID
}

// Invitation is the data of a chats:assign entry.
type Invitation struct {
	ChatID      string     `json:"chatId"`
	Agent       AgentBrief `json:"agent"`
	Attempt     int        `json:"attempt"` // 1 starts a round
	MaxAttempts int        `json:"maxAttempts"`
	Interval    float64    `json:"interval"`  // seconds
	Algorithm   string     `json:"algorithm"` // by which the agents of the round are chosen
	ExpiresAt   float64    `json:"expiresAt"` // unix seconds
	Asked       *Question  `json:"asked,omitempty"`
}

// AgentBrief is what searchAgent tells of an agent.
type AgentBrief struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Nickname   string `json:"nickname"`
	ProviderID string `json:"providerId"`
}

func (r Round) after(e chat.Entry) (Round, error) {
	switch e.Event {
	case chat.EventAssign:
		var inv Invitation
		if err := json.Unmarshal(e.Data, &inv); err != nil {
			return r, err
		}
		if !r.Running {
			r = Round{Leaving: r.Leaving, coolingDown: r.coolingDown, cooldownUntil: r.cooldownUntil}
		}
		r.Running, r.Pending, r.Invited = true, true, inv
		r.Attempted = append(slices.Clip(r.Attempted), inv.Agent.ID)
	case EventReject:
		id, err := chat.Text(e.Data, "userId")
		if err != nil {
			return r, err
		}
		r.Pending = false
		r.rejected = append(slices.Clip(r.rejected), id)
	case chat.EventJoin:
		if joinMode(e) == chat.ModeWatch {
			break
		}
		if r.HandsOverTo(JoiningUser(e)) {
			r.Leaving = slices.Concat(r.Leaving, r.Transfer.Leaving)
		}
		r.Running, r.Pending = false, false
	case chat.EventTransfer:
		var t Transfer
		if err := json.Unmarshal(e.Data, &t); err != nil {
			return r, err
		}
		if t.InQueue {
			return Round{coolingDown: t.Leaving, cooldownUntil: t.CooldownUntil, Leaving: slices.Concat(r.Leaving, t.Leaving)}, nil
		}
		if t.Invitation == nil {
			return Round{Running: true, rejected: t.Leaving, Leaving: slices.Concat(r.Leaving, t.Leaving)}, nil
		}
		return Round{
			Running: true, Pending: true, Invited: *t.Invitation, Attempted: []string{t.Invitation.Agent.ID},
			Transfer: t, Leaving: r.Leaving,
		}, nil
	case chat.EventLeave:
		id, err := chat.Text(e.Data, "userId")
		if err != nil {
			return r, err
		}
		r.Leaving, r.Transfer.Leaving = without(r.Leaving, id), without(r.Transfer.Leaving, id)
	case EventCooldown:
		var peace Cooldown
		if err := json.Unmarshal(e.Data, &peace); err != nil {
			return r, err
		}
		return Round{Leaving: r.Leaving, Attempted: r.Attempted, coolingDown: slices.Concat(r.Attempted, r.rejected), cooldownUntil: peace.Until}, nil
	case chat.EventAlone:
		r.Running, r.Pending = false, false
	case chat.EventClose, chat.EventIntervene:
		r = Round{Attempted: r.Attempted}
	}
	return r, nil
}

// withdrawn is the round as if the agent who is invited had not been.
func (r Round) withdrawn() Round {
	if r.Pending {
		r.Pending = false
		r.Invited.Attempt--
		r.Attempted = r.Attempted[:len(r.Attempted)-1]
	}
	return r
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
}

// Excludes tells whether an agent is not to be asked now.
func (r Round) Excludes(agentID string) bool {
	return slices.Contains(r.rejected, agentID) || ids.Unix(time.Now()) < r.cooldownUntil && slices.Contains(r.coolingDown, agentID)
}

// Attempts counts how often an agent was invited in this round.
func (r Round) Attempts(agentID string) (n int) {
	for _, id := range r.Attempted {
		if id == agentID {
			n++
		}
	}
	return n
}

// Transfer is the data of a chats:transfer entry: a chat is handed over to an
// agent, who is invited, or to a room, where a new round begins.
type Transfer struct {
	ChatID        string      `json:"chatId"`
	By            string      `json:"userId"`               // who hands it over
	Leaving       []string    `json:"leaving"`              // agents who leave: to a room at once, else when it is accepted
	Room          string      `json:"room,omitempty"`       // one of the two is given
	Invitation    *Invitation `json:"invitation,omitempty"` // by which only this agent is asked, once
	InQueue       bool        `json:"inQueue,omitempty"`    // the chat waits in line in the room
	CooldownUntil float64     `json:"restUntil,omitempty"`  // unix seconds; before, who leaves is not asked there
}

// Question is what a webhook was asked before an invitation. It is kept in the
// invitation's entry, so that the hook is told of it only if it has not answered.
type Question struct {
	Hook     string `json:"hook"`
	ID       string `json:"id"` // of the delivery
	Answered bool   `json:"answered"`
}

// IsAcceptance tells whether an entry is the join of the agent who was invited.
func (s *State) IsAcceptance(e chat.Entry) bool {
	var r Round
	for _, earlier := range s.Log {
		if earlier.Seq >= e.Seq {
			break
		}
		r, _ = r.after(earlier.Entry) // what makes no sense changes nothing
	}
	return r.Pending && r.Invited.Agent.ID == JoiningUser(e) && joinMode(e) != chat.ModeWatch
}

// Object is an invitation as webhooks see it, left open.
func (inv Invitation) JSON() *wire.Object {
	agent, _ := json.Marshal(inv.Agent) // texts only
	return wire.NewObject(nil).Str("chatId", inv.ChatID).Raw("agent", agent).Int("attempt", int64(inv.Attempt)).
		Int("maxAttempts", int64(inv.MaxAttempts)).Float("interval", inv.Interval).Str("algorithm", inv.Algorithm)
}
