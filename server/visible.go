package server

import (
	"encoding/json"
	"slices"

	"parley/core/chat"
)

// audience is a group of recipients who may see the same entries of a chat.
type audience int

const (
	visitors  audience = iota // the public entries
	staff                     // also who reads along
	audiences                 // how many there are
)

// audienceOf tells what an agent may see, or a visitor.
func audienceOf(agent bool) audience {
	if agent {
		return staff
	}
	return visitors
}

// Entries that are in the log for the server's own use only.
const eventReject = "invitations:reject"

// visible says who may see an entry, by the chat as it was before it. What the
// assignment does stays inside, as does a search that ends while an agent is in
// the chat, and a transfer until it is accepted; who reads along is withheld from the visitor,
// unless the chat was created to tell it.
func (f *folded) visible(e chat.Entry) (sees [audiences]bool) {
	switch e.Event {
	case chat.EventAssign, eventReject, eventEnqueue, eventRest:
		return sees
	case chat.EventAlone:
		if f.chat.Attended() {
			return sees
		}
		sees[visitors] = true
	case chat.EventTransfer:
		if room, _ := chat.Text(e.Data, "room"); room == "" {
			return sees
		}
		sees[visitors] = true
	case chat.EventJoin:
		sees[visitors] = f.config.HistoryWatch || joinMode(e) != chat.ModeWatch
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId") // one that cannot be read removes nobody
		sees[visitors] = f.config.HistoryWatch || !f.chat.Watchers.Has(id)
	default:
		sees[visitors] = true
	}
	sees[staff] = true
	return sees
}

func joinMode(e chat.Entry) string {
	var data struct{ Mode string }
	_ = json.Unmarshal(e.Data, &data) // no mode is the usual one
	return data.Mode
}

// joining gives the id of the user whom an entry brings into the chat, "" if none.
func joining(e chat.Entry) string {
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

// removes tells whether an entry takes the user out of the chat. Who is away gets
// to know all of it when he is back.
func removes(e chat.Entry, userID string) bool {
	switch e.Event {
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId")
		return id == userID && !isAway(e)
	case chat.EventIntervene:
		return slices.Contains(intervened(e), userID)
	}
	return false
}

// intervened gives the ids of the agents whom an intervention takes out.
func intervened(e chat.Entry) (ids []string) {
	var data struct{ IntervenedUsers []struct{ ID string } }
	_ = json.Unmarshal(e.Data, &data) // the server wrote it, or it is no entry at all
	for _, u := range data.IntervenedUsers {
		ids = append(ids, u.ID)
	}
	return ids
}
