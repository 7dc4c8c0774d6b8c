package chatstate

import (
	"encoding/json"
	"slices"

	"parley/core/chat"
)

// Audience is a group of recipients who may see the same entries of a chat.
type Audience int

const (
	visitors  Audience = iota // the public entries
	Staff                     // also who reads along
	audiences                 // how many there are
)

// AudienceOf tells what an agent may see, or a visitor.
func AudienceOf(agent bool) Audience {
	if agent {
		return Staff
	}
	return visitors
}

// Entries that are in the log for the server's own use only.
const EventReject = "invitations:reject"

// visible says who may see an entry, by the chat as it was before it. What the
// assignment does stays inside, as does a search that ends while an agent is in
// the chat, and a transfer until it is accepted; who reads along is withheld from the visitor,
// unless the chat was created to tell it.
func (f *Folded) visible(e chat.Entry) (sees [audiences]bool) {
	switch e.Event {
	case chat.EventAssign, EventReject, EventEnqueue, EventCooldown:
		return sees
	case chat.EventAlone:
		if f.Chat.Attended() {
			return sees
		}
		sees[visitors] = true
	case chat.EventTransfer:
		if room, _ := chat.Text(e.Data, "room"); room == "" {
			return sees
		}
		sees[visitors] = true
	case chat.EventJoin:
		sees[visitors] = f.Config.HistoryWatch || joinMode(e) != chat.ModeWatch
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId") // one that cannot be read removes nobody
		sees[visitors] = f.Config.HistoryWatch || !f.Chat.Watchers.Has(id)
	default:
		sees[visitors] = true
	}
	sees[Staff] = true
	return sees
}

func joinMode(e chat.Entry) string {
	var data struct{ Mode string }
	_ = json.Unmarshal(e.Data, &data) // no mode is the usual one
	return data.Mode
}

// Joining gives the id of the user whom an entry brings into the chat, "" if none.
func JoiningUser(e chat.Entry) string {
	var data struct{ User, Interventor struct{ ID string } }
	switch e.Event {
	case chat.EventCreate, chat.EventJoin, chat.EventIntervene:
		_ = json.Unmarshal(e.Data, &data) // the server wrote it
	}
	if e.Event == chat.EventIntervene {
		return data.Interventor.ID
	}
	return data.User.ID
}

// Removes tells whether an entry takes the user out of the chat. Who is away gets
// to know all of it when he is back.
func Removes(e chat.Entry, userID string) bool {
	switch e.Event {
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId")
		return id == userID && !isAway(e)
	case chat.EventIntervene:
		return slices.Contains(RemovedAgents(e), userID)
	}
	return false
}

// Intervened gives the ids of the agents whom an intervention takes out.
func RemovedAgents(e chat.Entry) (ids []string) {
	var data struct{ IntervenedUsers []struct{ ID string } }
	_ = json.Unmarshal(e.Data, &data) // the server wrote it, or it is no entry at all
	for _, u := range data.IntervenedUsers {
		ids = append(ids, u.ID)
	}
	return ids
}
