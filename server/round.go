package server

import (
	"encoding/json"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// round is one search for an agent: invitations one after the other, until one
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
type round struct {
	running  bool
	out      bool       // an invitation waits for its answer
	invited  invitation // the last one
	tried    []string   // agents invited, in order, once for each time
	rejected []string   // agents who said no
	transfer transfer   // whose invitation it is; zero if it is no transfer to an agent
	leaving  []string   // agents who have handed the chat over, and are to leave it
	rested   []string   // agents who are not asked again
	until    float64    // until this time, in unix seconds
}

// handsTo tells whether the user is invited to take the chat over from others.
func (r round) handsTo(userID string) bool {
	return r.out && r.transfer.By != "" && r.invited.Agent.ID == userID
}

// invitation is the data of a chats:assign entry.
type invitation struct {
	ChatID      string     `json:"chatId"`
	Agent       agentBrief `json:"agent"`
	Attempt     int        `json:"attempt"` // 1 starts a round
	MaxAttempts int        `json:"maxAttempts"`
	Interval    float64    `json:"interval"`  // seconds
	Algorithm   string     `json:"algorithm"` // by which the agents of the round are chosen
	ExpiresAt   float64    `json:"expiresAt"` // unix seconds
	Asked       *question  `json:"asked,omitempty"`
}

// agentBrief is what searchAgent tells of an agent.
type agentBrief struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Nickname   string `json:"nickname"`
	ProviderID string `json:"providerId"`
}

func (r round) after(e chat.Entry) (round, error) {
	switch e.Event {
	case chat.EventAssign:
		var inv invitation
		if err := json.Unmarshal(e.Data, &inv); err != nil {
			return r, err
		}
		if !r.running {
			r = round{leaving: r.leaving, rested: r.rested, until: r.until}
		}
		r.running, r.out, r.invited = true, true, inv
		r.tried = append(slices.Clip(r.tried), inv.Agent.ID)
	case eventReject:
		id, err := chat.Text(e.Data, "userId")
		if err != nil {
			return r, err
		}
		r.out = false
		r.rejected = append(slices.Clip(r.rejected), id)
	case chat.EventJoin:
		if joinMode(e) == chat.ModeWatch {
			break
		}
		if r.handsTo(joining(e)) {
			r.leaving = slices.Concat(r.leaving, r.transfer.Leaving)
		}
		r.running, r.out = false, false
	case chat.EventTransfer:
		var t transfer
		if err := json.Unmarshal(e.Data, &t); err != nil {
			return r, err
		}
		if t.InQueue {
			return round{rested: t.Leaving, until: t.RestUntil, leaving: slices.Concat(r.leaving, t.Leaving)}, nil
		}
		if t.Invitation == nil {
			return round{running: true, rejected: t.Leaving, leaving: slices.Concat(r.leaving, t.Leaving)}, nil
		}
		return round{
			running: true, out: true, invited: *t.Invitation, tried: []string{t.Invitation.Agent.ID},
			transfer: t, leaving: r.leaving,
		}, nil
	case chat.EventLeave:
		id, err := chat.Text(e.Data, "userId")
		if err != nil {
			return r, err
		}
		r.leaving, r.transfer.Leaving = without(r.leaving, id), without(r.transfer.Leaving, id)
	case eventRest:
		var peace rest
		if err := json.Unmarshal(e.Data, &peace); err != nil {
			return r, err
		}
		return round{leaving: r.leaving, tried: r.tried, rested: slices.Concat(r.tried, r.rejected), until: peace.Until}, nil
	case chat.EventAlone:
		r.running, r.out = false, false
	case chat.EventClose, chat.EventIntervene:
		r = round{tried: r.tried}
	}
	return r, nil
}

// withdrawn is the round as if the agent who is invited had not been.
func (r round) withdrawn() round {
	if r.out {
		r.out = false
		r.invited.Attempt--
		r.tried = r.tried[:len(r.tried)-1]
	}
	return r
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
}

// spares tells whether an agent is not to be asked now.
func (r round) spares(agentID string) bool {
	return slices.Contains(r.rejected, agentID) || unixSeconds(time.Now()) < r.until && slices.Contains(r.rested, agentID)
}

// tries counts how often an agent was invited in this round.
func (r round) tries(agentID string) (n int) {
	for _, id := range r.tried {
		if id == agentID {
			n++
		}
	}
	return n
}

// transfer is the data of a chats:transfer entry: a chat is handed over to an
// agent, who is invited, or to a room, where a new round begins.
type transfer struct {
	ChatID     string      `json:"chatId"`
	By         string      `json:"userId"`               // who hands it over
	Leaving    []string    `json:"leaving"`              // agents who leave: to a room at once, else when it is accepted
	Room       string      `json:"room,omitempty"`       // one of the two is given
	Invitation *invitation `json:"invitation,omitempty"` // by which only this agent is asked, once
	InQueue    bool        `json:"inQueue,omitempty"`    // the chat waits in line in the room
	RestUntil  float64     `json:"restUntil,omitempty"`  // unix seconds; before, who leaves is not asked there
}

// question is what a webhook was asked before an invitation. It is kept in the
// invitation's entry, so that the hook is told of it only if it has not answered.
type question struct {
	Hook     string `json:"hook"`
	ID       string `json:"id"` // of the delivery
	Answered bool   `json:"answered"`
}

// accepts tells whether an entry is the join of the agent who was invited.
func (s *state) accepts(e chat.Entry) bool {
	var r round
	for _, earlier := range s.log {
		if earlier.Seq >= e.Seq {
			break
		}
		r, _ = r.after(earlier.Entry) // what makes no sense changes nothing
	}
	return r.out && r.invited.Agent.ID == joining(e) && joinMode(e) != chat.ModeWatch
}

// told is an invitation as webhooks see it, left open.
func (inv invitation) told() *wire.Object {
	agent, _ := json.Marshal(inv.Agent) // texts only
	return wire.NewObject(nil).Str("chatId", inv.ChatID).Raw("agent", agent).Int("attempt", int64(inv.Attempt)).
		Int("maxAttempts", int64(inv.MaxAttempts)).Float("interval", inv.Interval).Str("algorithm", inv.Algorithm)
}
