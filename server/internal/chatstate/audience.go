package chatstate

import (
	"encoding/json"
	"slices"

	"parley/core/chat"
)

// Audience is a group of users who may see the same entries of a chat.
type Audience int

const (
	visitors  Audience = iota // the public entries
	Staff                     // also who reads along
	audiences                 // how many there are
)

// AudienceOf gives the audience to which an agent or a visitor belongs.
func AudienceOf(agent bool) Audience {
	if agent {
		return Staff
	}
	return visitors
}

// EventReject is the entry of an agent who rejects their invitation. It is in the
// log for the server's own use only.
const EventReject = "invitations:reject"

// visibleTo says who may see an entry, by the chat as it was before it.
//
//	the search for an agent             nobody; all see that it ended without one,
//	                                    unless an agent is in the chat by then
//	a transfer to an agent              nobody, until the agent accepts
//	a watcher who joins or leaves       staff; visitors too in a chat with historyWatch
//	everything else                     all
func (f *Folded) visibleTo(e chat.Entry) [audiences]bool {
	nobody, all := [audiences]bool{}, [audiences]bool{visitors: true, Staff: true}
	watcher := false
	switch e.Event {
	case chat.EventAssign, EventReject, EventEnqueue, EventCooldown:
		return nobody
	case chat.EventAlone:
		if f.Chat.Attended() {
			return nobody
		}
	case chat.EventTransfer:
		if room, _ := chat.Text(e.Data, "room"); room == "" {
			return nobody
		}
	case chat.EventJoin:
		watcher = joinMode(e) == chat.ModeWatch
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId") // one that cannot be read removes nobody
		watcher = f.Chat.Watchers.Has(id)
	}
	if watcher && !f.Config.HistoryWatch {
		return [audiences]bool{Staff: true}
	}
	return all
}

// joinMode gives the mode of a chats:join entry, "" for taking part.
func joinMode(e chat.Entry) string {
	var data struct{ Mode string }
	_ = json.Unmarshal(e.Data, &data) // what cannot be read has no mode
	return data.Mode
}

// JoiningUser gives the id of the user whom an entry brings into the chat, "" if it
// brings nobody.
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

// Removes tells whether an entry takes the user out of the chat for good. A user
// who is away is not removed: when they come back they get all that they missed.
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

// RemovedAgents gives the ids of the agents whom an intervention takes out.
func RemovedAgents(e chat.Entry) (ids []string) {
	var data struct{ IntervenedUsers []struct{ ID string } }
	_ = json.Unmarshal(e.Data, &data) // the server wrote it, or it is another kind of entry
	for _, u := range data.IntervenedUsers {
		ids = append(ids, u.ID)
	}
	return ids
}
