package webhook

import (
	"encoding/json"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
)

// Names of events that are not the entry of a log with the same name.
const (
	EventInvite = "invitations:new"    // an agent is invited: a chats:assign or a chats:transfer says so
	EventAccept = "invitations:accept" // an agent has accepted: a chats:join says so
	EventInbox  = "chats:toinbox"      // a chat goes to a room: a chats:transfer says so
	EventQueue  = "queues:update"      // the position of a chat in its queue; ephemeral

	EventLogin     = "agents:login" // the following are about no chat; ephemeral
	EventLogout    = "agents:logout"
	EventRoomJoin  = "rooms:join" // an agent goes on duty
	EventRoomLeave = "rooms:leave"
	EventSignup    = "users:signup" // a visitor is created
)

// Events are the events that a webhook can be for: those of today's public list of the
// documented interface, those of its older list, chats:intervene and chats:transfer, and what a copy must follow
// that is to forget what the server has forgotten.
var Events = []string{
	chat.EventCreate, chat.EventJoin, chat.EventLeave, chat.EventClose, chat.EventAssign, chat.EventIntervene, chat.EventTransfer,
	EventInbox, chat.EventAlone, EventInvite, EventAccept, chatstate.EventReject, chat.EventMessage, chat.EventRead, EventQueue,
	chat.EventRedact, chat.EventRemove, chat.EventInfo, chat.EventActivity, EventLogin, EventLogout, EventRoomJoin, EventRoomLeave, EventSignup,
}

// CheckEvents refuses an empty list of events, and unknown events.
func CheckEvents(events []string) error {
	if len(events) == 0 {
		return wire.Errorf(wire.BadArgument, "events: must be given; there are %s", strings.Join(Events, ", "))
	}
	for _, event := range events {
		if !slices.Contains(Events, event) {
			return wire.Errorf(wire.BadArgument, "events: there is no %q; there are %s", event, strings.Join(Events, ", "))
		}
	}
	return nil
}

// derivable are the events with other names that an entry can stand for, by its event.
var derivable = map[string][]string{
	chat.EventAssign: {EventInvite}, chat.EventTransfer: {EventInvite, EventInbox}, chat.EventJoin: {EventAccept},
}

// derived gives the event with another name that an entry stands for, "" if none, and
// its data; now is the chat at the entry or later.
func derived(e chat.Entry, chatID string, now *chatstate.State) (event string, data wire.Raw) {
	about := func(userID string) *wire.Object {
		return wire.NewObject(nil).Str("chatId", chatID).Str("userId", userID)
	}
	var inv chatstate.Invitation
	var t chatstate.Transfer
	switch { // an entry that cannot be read stands for nothing; the fold has logged it
	case e.Event == chat.EventAssign && json.Unmarshal(e.Data, &inv) == nil:
		return EventInvite, about(inv.Agent.ID).Done()
	case e.Event == chat.EventTransfer && json.Unmarshal(e.Data, &t) == nil && t.Invitation != nil:
		return EventInvite, about(t.Invitation.Agent.ID).Done()
	case e.Event == chat.EventTransfer && t.Room != "":
		return EventInbox, about(t.By).Str("room", t.Room).Done()
	case e.Event == chat.EventJoin && now.IsAcceptance(e):
		return EventAccept, about(chatstate.JoiningUser(e)).Done()
	}
	return "", nil
}
