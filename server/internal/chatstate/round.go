package chatstate

import (
	"encoding/json"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

// Round is one search for an agent: invitations one after the other, until an
// agent accepts or the search is given up. It is folded from the log, so that it
// survives a restart.
//
//	(none) --chats:assign--> invited
//	invited --chats:assign--> invited          timed out, the next agent is invited
//	invited --invitations:reject--> between
//	between --chats:assign--> invited
//	invited --chats:leave of a creator who is away--> between
//	(none) --chats:leave, searching--> between  the last agent is not there any longer
//	any --chats:transfer to an agent--> invited
//	any --chats:transfer to a room--> between, or (none) if the chat waits in the queue there
//	any, in the queue --queues:rest--> (none)  no agent accepted; the queue begins a new round
//	any --agent joins, forever:alone, chats:intervene, chats:close--> (none)
//
// A chat is left alone when a search ends without an agent, or the last agent leaves by
// choice, until an agent comes, or somebody searches anew. Meanwhile it is offered to
// those who come on duty, or get time for it; nobody hears of it if they do not accept.
type Round struct {
	Running       bool
	Pending       bool       // an invitation waits for its answer
	Invited       Invitation // the last one
	Attempted     []string   // agents invited, in order; an agent stands there once for each invitation
	rejected      []string   // agents who rejected, or handed the chat over
	Transfer      Transfer   // whose invitation it is; zero if it does not come from a transfer to an agent
	Leaving       []string   // agents who have handed the chat over and are still to be taken out of it
	Alone         bool       // the chat is left alone, also while it is offered again
	coolingDown   []string   // agents who are not invited again
	cooldownUntil float64    // before this time, in unix seconds
}

// Invitation is the data of a chats:assign entry.
type Invitation struct {
	ChatID      string     `json:"chatId"`
	Agent       AgentBrief `json:"agent"`
	Attempt     int        `json:"attempt"` // 1 starts a round
	MaxAttempts int        `json:"maxAttempts"`
	Interval    float64    `json:"interval"`        // seconds
	Algorithm   string     `json:"algorithm"`       // by which the agents of the round are chosen
	ExpiresAt   float64    `json:"expiresAt"`       // unix seconds
	Again       bool       `json:"again,omitempty"` // the chat was left alone before, and is offered again
	Asked       *Question  `json:"asked,omitempty"`
}

// AgentBrief is what searchAgent gives of an agent.
type AgentBrief struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Nickname   string `json:"nickname"`
	ProviderID string `json:"providerId"`
}

// Question is what a webhook was asked before an invitation. The invitation's entry
// keeps it, so that a webhook that has answered is not sent the invitation too.
type Question struct {
	Hook     string `json:"hook"`
	ID       string `json:"id"` // of the delivery
	Answered bool   `json:"answered"`
}

// Transfer is the data of a chats:transfer entry: a chat is handed over to an
// agent, who is invited, or to a room, where a new round begins.
type Transfer struct {
	ChatID        string      `json:"chatId"`
	By            string      `json:"userId"`               // who hands it over
	Leaving       []string    `json:"leaving"`              // agents who leave: to a room at once, to an agent when they accept
	Room          string      `json:"room,omitempty"`       // either this is given
	Invitation    *Invitation `json:"invitation,omitempty"` // or this: only this agent is invited, once
	InQueue       bool        `json:"inQueue,omitempty"`    // the chat waits in the queue of the room
	CooldownUntil float64     `json:"restUntil,omitempty"`  // unix seconds before which those who leave are not invited there
}

// Alone is the data of a forever:alone entry: no agent has accepted, or there was
// nobody to invite.
type Alone struct {
	ChatID string `json:"chatId"`
	Nobody bool   `json:"nobody,omitempty"` // only webhooks hear of this one; the search itself was answered
}

// FoundNobody tells whether an entry says that a search has found nobody to invite.
func FoundNobody(e chat.Entry) bool {
	var a Alone
	return e.Event == chat.EventAlone && json.Unmarshal(e.Data, &a) == nil && a.Nobody
}

// Cooldown is the data of a queues:rest entry.
type Cooldown struct {
	ChatID string  `json:"chatId"`
	Until  float64 `json:"until"` // unix seconds
}

// roundAfter gives, by the entry's event, the round after an entry. Other events
// change nothing.
var roundAfter = map[string]func(r Round, e chat.Entry) (Round, error){
	chat.EventAssign:    Round.invite,
	EventReject:         Round.reject,
	EventSought:         func(r Round, _ chat.Entry) (Round, error) { r.Alone = r.Alone && !r.Running; return r, nil },
	chat.EventJoin:      Round.join,
	chat.EventTransfer:  Round.transfer,
	chat.EventLeave:     Round.leave,
	EventCooldown:       Round.coolDown,
	chat.EventAlone:     func(r Round, _ chat.Entry) (Round, error) { return r.leaveAlone(), nil },
	chat.EventClose:     func(r Round, _ chat.Entry) (Round, error) { return Round{Attempted: r.Attempted}, nil },
	chat.EventIntervene: func(r Round, _ chat.Entry) (Round, error) { return Round{Attempted: r.Attempted}, nil },
}

// after gives the round after an entry. On an error the round is as it was.
func (r Round) after(e chat.Entry) (Round, error) {
	if change := roundAfter[e.Event]; change != nil {
		return change(r, e)
	}
	return r, nil
}

func (r Round) invite(e chat.Entry) (Round, error) {
	var inv Invitation
	if err := json.Unmarshal(e.Data, &inv); err != nil {
		return r, err
	}
	if !r.Running {
		r.rejected, r.Attempted, r.Transfer = nil, nil, Transfer{}
	}
	if !inv.Again {
		r.Alone = false
	}
	r.Running, r.Pending, r.Invited = true, true, inv
	r.Attempted = append(slices.Clip(r.Attempted), inv.Agent.ID)
	return r, nil
}

func (r Round) reject(e chat.Entry) (Round, error) {
	id, err := chat.Text(e.Data, "userId")
	if err != nil {
		return r, err
	}
	r.Pending = false
	r.rejected = append(slices.Clip(r.rejected), id)
	return r, nil
}

func (r Round) join(e chat.Entry) (Round, error) {
	if joinMode(e) == chat.ModeWatch {
		return r, nil
	}
	if r.HandsOverTo(JoiningUser(e)) {
		r.Leaving = slices.Concat(r.Leaving, r.Transfer.Leaving)
	}
	return r.stop(), nil
}

// stop ends the round: an agent has come.
func (r Round) stop() Round {
	r.Running, r.Pending, r.Alone = false, false, false
	return r
}

// leaveAlone ends the round without an agent.
func (r Round) leaveAlone() Round {
	r.Running, r.Pending, r.Alone = false, false, true
	return r
}

func (r Round) transfer(e chat.Entry) (Round, error) {
	var t Transfer
	if err := json.Unmarshal(e.Data, &t); err != nil {
		return r, err
	}
	switch {
	case t.InQueue:
		return Round{coolingDown: t.Leaving, cooldownUntil: t.CooldownUntil, Leaving: slices.Concat(r.Leaving, t.Leaving)}, nil
	case t.Invitation == nil:
		return Round{Running: true, rejected: t.Leaving, Leaving: slices.Concat(r.Leaving, t.Leaving)}, nil
	}
	return Round{
		Running: true, Pending: true, Invited: *t.Invitation, Attempted: []string{t.Invitation.Agent.ID},
		Transfer: t, Leaving: r.Leaving,
	}, nil
}

func (r Round) leave(e chat.Entry) (Round, error) {
	id, err := chat.Text(e.Data, "userId")
	if err != nil {
		return r, err
	}
	var searching bool
	if err := wire.Read(e.Data, "searching", &searching); err != nil {
		return r, err
	}
	r.Leaving, r.Transfer.Leaving = without(r.Leaving, id), without(r.Transfer.Leaving, id)
	switch {
	case !searching:
	case r.Running: // an invitation to one agent: when it fails, the search goes on
		r.Invited.MaxAttempts = 0
	default:
		r = Round{Running: true, Leaving: r.Leaving}
	}
	return r, nil
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
}

func (r Round) coolDown(e chat.Entry) (Round, error) {
	var c Cooldown
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return r, err
	}
	return Round{
		Leaving: r.Leaving, Attempted: r.Attempted, Alone: r.Alone,
		coolingDown: slices.Concat(r.Attempted, r.rejected), cooldownUntil: c.Until,
	}, nil
}

// withdraw takes a pending invitation back, as if it had not been made.
func (r Round) withdraw() Round {
	if r.Pending {
		r.Pending = false
		r.Invited.Attempt--
		r.Attempted = r.Attempted[:len(r.Attempted)-1]
	}
	return r
}

// HandsOverTo tells whether the user is invited to take the chat over from others.
func (r Round) HandsOverTo(userID string) bool {
	return r.Pending && r.Transfer.By != "" && r.Invited.Agent.ID == userID
}

// Excludes tells whether an agent must not be invited now.
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

// IsAcceptance tells whether an entry is the join of the agent who was invited.
func (s *State) IsAcceptance(e chat.Entry) bool {
	var r Round
	for _, earlier := range s.Log {
		if earlier.Seq >= e.Seq {
			break
		}
		r, _ = r.after(earlier.Entry) // what cannot be read changes nothing
	}
	return r.Pending && r.Invited.Agent.ID == JoiningUser(e) && joinMode(e) != chat.ModeWatch
}

// JSON writes an invitation as webhooks get it, and leaves the object open.
func (inv Invitation) JSON() *wire.Object {
	agent, _ := json.Marshal(inv.Agent) // it is texts only
	return wire.NewObject(nil).Str("chatId", inv.ChatID).Raw("agent", agent).Int("attempt", int64(inv.Attempt)).
		Int("maxAttempts", int64(inv.MaxAttempts)).Float("interval", inv.Interval).Str("algorithm", inv.Algorithm)
}

// joinMode gives the mode of a chats:join entry, "" for taking part.
func joinMode(e chat.Entry) string {
	var data struct{ Mode string }
	_ = json.Unmarshal(e.Data, &data) // what cannot be read has no mode
	return data.Mode
}

// RemovedAgents gives the ids of the agents whom an intervention takes out.
func RemovedAgents(e chat.Entry) (ids []string) {
	var data struct{ IntervenedUsers []struct{ ID string } }
	_ = json.Unmarshal(e.Data, &data) // the server wrote it, or it is another kind of entry
	for _, u := range data.IntervenedUsers {
		ids = append(ids, u.ID)
	}
	return ids
}
