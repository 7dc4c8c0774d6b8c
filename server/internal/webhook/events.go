package webhook

import (
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
)

// Names of events that are no entries of a log.
const (
	EventAccept = "invitations:accept" // an agent has accepted: a chats:join says so
	EventQueue  = "queues:update"      // the position of a chat in its queue; ephemeral
)

// Events are the events that a webhook can be for.
var Events = []string{
	chat.EventCreate, chat.EventJoin, chat.EventLeave, chat.EventClose, chat.EventAssign, chat.EventIntervene, chat.EventTransfer,
	chat.EventAlone, EventAccept, chat.EventMessage, chat.EventRead, EventQueue, chat.EventInfo, chat.EventActivity,
}

// CheckEvents refuses an empty list of events, and unknown events.
func CheckEvents(events []string) error {
	if len(events) == 0 {
		return wire.Errorf(wire.CodeBadRequest, "events: must be given; there are %s", strings.Join(Events, ", "))
	}
	for _, event := range events {
		if !slices.Contains(Events, event) {
			return wire.Errorf(wire.CodeBadRequest, "events: there is no %q; there are %s", event, strings.Join(Events, ", "))
		}
	}
	return nil
}
