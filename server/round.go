package server

import (
	"encoding/json"
	"slices"

	"parley/core/chat"
)

// round is one search for an agent: invitations one after the other, until one
// is accepted or the search is given up. It is folded from the log, so that it
// survives a restart.
//
//	(none) --chats:assign, attempt 1--> invited
//	invited --chats:assign--> invited          timed out, the next one is asked
//	invited --invitations:reject--> between
//	between --chats:assign--> invited
//	any --agent joins, forever:alone, chats:close--> (none)
type round struct {
	running  bool
	out      bool       // an invitation waits for its answer
	invited  invitation // the last one
	tried    []string   // agents invited, in order, once for each time
	rejected []string   // agents who said no
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
		if inv.Attempt == 1 {
			r = round{}
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
		r.running, r.out = false, false
	case chat.EventAlone, chat.EventClose, chat.EventIntervene:
		r.running, r.out = false, false
	}
	return r, nil
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
