package chat

import "parley/core/wire"

// Check tells whether the user may do this to the chat as it stands; nil means
// yes. The creator takes part until the chat is closed, also while he counts as
// gone. It knows the chat alone: whether someone is a supervisor, or may join
// unasked, is for the server to decide.
func Check(c Chat, userID, event string) error {
	if c.Status == Closed {
		return wire.Errorf(wire.CodeGone, "the chat is closed")
	}
	switch event {
	case EventMessage, EventImport, EventActivity, EventAssign:
		switch {
		case c.Users.Has(userID) || userID == c.Creator:
		case c.Watchers.Has(userID):
			return wire.Errorf(wire.CodeForbidden, "user %s only watches chat %s: join it first", userID, c.ID)
		default:
			return wire.Errorf(wire.CodeForbidden, "user %s is not in chat %s", userID, c.ID)
		}
	case EventRead:
		if !c.Users.Has(userID) && !c.Watchers.Has(userID) && userID != c.Creator {
			return wire.Errorf(wire.CodeForbidden, "user %s is not in chat %s", userID, c.ID)
		}
	case EventLeave:
		if !c.Users.Has(userID) && !c.Watchers.Has(userID) {
			return wire.Errorf(wire.CodeForbidden, "user %s is not in chat %s", userID, c.ID)
		}
	}
	return nil
}
