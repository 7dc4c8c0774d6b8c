package server

import (
	"context"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
)

// authorize is the one place where it is decided who may do what.
func (s *Server) authorize(ctx context.Context, op *operation, c *call) error {
	if op.Access == accessAdmin {
		return allow(c.actor.Admin, "needs the admin secret")
	}
	if c.actor.App.ID == "" {
		return wire.Errorf(wire.CodeUnauthorized, "the app id is missing: send it as x-hyper-appId")
	}
	if id := c.params.text("appId"); strings.HasPrefix(op.Path, "/apps/{appId}") && id != c.actor.App.ID {
		return wire.Errorf(wire.CodeForbidden, "the credentials are of app %q, not of %q", c.actor.App.ID, id)
	}
	if err := afterLogout(op, c.actor); err != nil {
		return err
	}
	switch op.Access {
	case accessApp:
		return nil
	case accessLink:
		return s.linkOf(c)
	case accessSecret:
		return allow(c.actor.Secret, "needs the app's secret")
	}
	if err := s.whoActs(ctx, c); err != nil {
		return err
	}
	secret, agent := c.actor.Secret, c.user.IsAgent()
	switch op.Access {
	case accessSession:
		return nil
	case accessAgent:
		return allow(agent || secret, "is for agents")
	}
	f, err := s.chatOf(ctx, op, c)
	if err != nil {
		return err
	}
	supervisor, creator := c.user.Role == RoleSupervisor, c.user.ID == c.state.chat.Creator
	stranger := "user " + c.user.ID + " is not in chat " + c.key.id
	switch op.Access {
	case accessChat:
		invited := c.state.round.out && c.state.round.invited.Agent.ID == c.user.ID
		return allow(secret || supervisor || invited || f.wasMember(c.user.ID), stranger)
	case accessVisitor:
		return allow(secret || c.state.chat.Creator == c.user.ID, "is for the visitor of chat "+c.key.id)
	case accessMember:
		return allow(secret || creator || has(c.state.chat, c.user.ID), stranger)
	case accessHost:
		return allow(secret || supervisor || creator || c.state.chat.Users.Has(c.user.ID), stranger)
	case accessDesk:
		return allow(secret || agent || creator || c.state.chat.Users.Has(c.user.ID), "is for agents")
	case accessColleague:
		return allow(secret || supervisor || agent && c.state.chat.Users.Has(c.user.ID), "is for agents who are in the chat")
	case accessLead:
		return allow(supervisor, "is for supervisors")
	}
	return errDefect
}

// afterLogout refuses what a session that is over does not do any more: all but
// to read the user's own chats. The operations of these two kinds change nothing.
func afterLogout(op *operation, a Actor) error {
	if !a.Ended || a.Secret || op.Access == accessChat || op.Access == accessVisitor {
		return nil
	}
	return errLoggedOut
}

var errLoggedOut = wire.Errorf(wire.CodeUnauthorized, "the session has ended: its token only reads the user's own chats, for a while")

// mayOpen tells whether a session may have a connection.
func mayOpen(a Actor) error {
	if a.Ended {
		return errLoggedOut
	}
	return nil
}

// serves tells whether the caller may know of the chats that wait in a room: an
// agent of it, any supervisor, the app's secret.
func serves(c *call, room string) bool {
	return c.actor.Secret && c.user.ID == chat.System || c.user.Role == RoleSupervisor ||
		c.user.IsAgent() && (len(c.user.Rooms) == 0 || slices.Contains(c.user.Rooms, room))
}

func allow(yes bool, otherwise string) error {
	if yes {
		return nil
	}
	return wire.Errorf(wire.CodeForbidden, "%s", otherwise)
}

// whoActs finds the acting user. It is the session's; only the app's secret may
// speak for others, or for nobody.
func (s *Server) whoActs(ctx context.Context, c *call) error {
	named := ""
	for _, name := range []string{"userId", "sender", "senderId", "creator"} {
		if id := c.params.text(name); id != "" && named == "" {
			named = id
		}
	}
	if c.params.err != nil {
		return c.params.err
	}
	switch own := c.actor.User; {
	case own.ID != "" && (named == "" || named == own.ID):
		c.user = own
	case !c.actor.Secret && own.ID == "":
		return wire.Errorf(wire.CodeUnauthorized, "needs a session: send its token as x-hyper-token")
	case !c.actor.Secret:
		return wire.Errorf(wire.CodeForbidden, "the session is of user %s, not of %q", own.ID, named)
	case named == "" || named == chat.System:
		c.user = User{ID: chat.System}
	default:
		var err error
		c.user, err = s.identity.User(ctx, c.actor.App.ID, named)
		return err
	}
	return nil
}

// chatOf finds the chat that the call is about. The ids of messages, files and
// tickets begin with their chat's.
func (s *Server) chatOf(ctx context.Context, op *operation, c *call) (*folded, error) {
	id := ""
	switch {
	case op.Event == chat.EventRead:
		id, _ = splitMessageID(c.params.need("messageId"))
		if given := c.params.text("chatId"); given != "" && given != id {
			c.params.fail("messageId: message %q is not in chat %q", c.params.text("messageId"), given)
		}
	case op.ofMedia():
		name := mediaID(c)
		if id = chatOfPart(name); id == "" && c.params.err == nil {
			return nil, errUnknownFile(name)
		}
	case op.Access == accessVisitor:
		if id = chatOfPart(ticketID(c)); id == "" && c.params.err == nil {
			return nil, errUnknownTicket(ticketID(c))
		}
	default:
		id = c.params.need("chatId")
	}
	if c.params.err != nil {
		return nil, c.params.err
	}
	if CheckID("", id) != nil {
		return nil, errUnknownChat(id)
	}
	c.key = chatKey{c.actor.App.ID, id}
	f, now, err := s.log.View(ctx, c.key, 0)
	c.state = now
	return f, err
}
