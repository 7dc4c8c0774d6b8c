package server

import (
	"context"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// authorize is the one place where it is decided who may do what.
func (s *Server) authorize(ctx context.Context, operation *op.Operation, c *op.Call) error {
	if operation.Access == op.AdminSecret {
		return allow(c.Actor.Admin, "needs the admin secret")
	}
	if c.Actor.App.ID == "" {
		return wire.Errorf(wire.CodeUnauthorized, "the app id is missing: send it as x-hyper-appId")
	}
	if id := c.Params.Text("appId"); strings.HasPrefix(operation.Path, "/apps/{appId}") && id != c.Actor.App.ID {
		return wire.Errorf(wire.CodeForbidden, "the credentials are of app %q, not of %q", c.Actor.App.ID, id)
	}
	if err := afterLogout(operation, c.Actor); err != nil {
		return err
	}
	switch operation.Access {
	case op.AnyApp:
		return nil
	case op.SurveyLink:
		return s.linkOf(c)
	case op.AppSecret:
		return allow(c.Actor.Secret, "needs the app's secret")
	}
	if err := s.whoActs(ctx, c); err != nil {
		return err
	}
	secret, agent := c.Actor.Secret, c.User.IsAgent()
	switch operation.Access {
	case op.AnySession:
		return nil
	case op.AnyAgent:
		return allow(agent || secret, "is for agents")
	}
	f, err := s.chatOf(ctx, operation, c)
	if err != nil {
		return err
	}
	supervisor, creator := c.User.Role == identity.RoleSupervisor, c.User.ID == c.State.Chat.Creator
	stranger := "user " + c.User.ID + " is not in chat " + c.Key.ID
	switch operation.Access {
	case op.ChatReader:
		invited := c.State.Round.Pending && c.State.Round.Invited.Agent.ID == c.User.ID
		return allow(secret || supervisor || invited || f.WasMember(c.User.ID), stranger)
	case op.ChatVisitor:
		return allow(secret || c.State.Chat.Creator == c.User.ID, "is for the visitor of chat "+c.Key.ID)
	case op.ChatMember:
		return allow(secret || creator || chatstate.InChat(c.State.Chat, c.User.ID), stranger)
	case op.MemberOrSupervisor:
		return allow(secret || supervisor || creator || c.State.Chat.Users.Has(c.User.ID), stranger)
	case op.AgentForChat:
		return allow(secret || agent || creator || c.State.Chat.Users.Has(c.User.ID), "is for agents")
	case op.AgentInChatOrSupervisor:
		return allow(secret || supervisor || agent && c.State.Chat.Users.Has(c.User.ID), "is for agents who are in the chat")
	case op.Supervisor:
		return allow(supervisor, "is for supervisors")
	}
	return op.ErrInternal
}

// afterLogout refuses what a session that is over does not do any more: all but
// to read the user's own chats. The operations of these two kinds change nothing.
func afterLogout(operation *op.Operation, a identity.Actor) error {
	if !a.Ended || a.Secret || operation.Access == op.ChatReader || operation.Access == op.ChatVisitor {
		return nil
	}
	return errLoggedOut
}

var errLoggedOut = wire.Errorf(wire.CodeUnauthorized, "the session has ended: its token only reads the user's own chats, for a while")

// mayOpen tells whether a session may have a connection.
func mayOpen(a identity.Actor) error {
	if a.Ended {
		return errLoggedOut
	}
	return nil
}

// serves tells whether the caller may know of the chats that wait in a room: an
// agent of it, any supervisor, the app's secret.
func serves(c *op.Call, room string) bool {
	return c.Actor.Secret && c.User.ID == chat.System || c.User.Role == identity.RoleSupervisor ||
		c.User.IsAgent() && (len(c.User.Rooms) == 0 || slices.Contains(c.User.Rooms, room))
}

func allow(yes bool, otherwise string) error {
	if yes {
		return nil
	}
	return wire.Errorf(wire.CodeForbidden, "%s", otherwise)
}

// whoActs finds the acting user. It is the session's; only the app's secret may
// speak for others, or for nobody.
func (s *Server) whoActs(ctx context.Context, c *op.Call) error {
	named := ""
	for _, name := range []string{"userId", "sender", "senderId", "creator"} {
		if id := c.Params.Text(name); id != "" && named == "" {
			named = id
		}
	}
	if c.Params.Err != nil {
		return c.Params.Err
	}
	switch own := c.Actor.User; {
	case own.ID != "" && (named == "" || named == own.ID):
		c.User = own
	case !c.Actor.Secret && own.ID == "":
		return wire.Errorf(wire.CodeUnauthorized, "needs a session: send its token as x-hyper-token")
	case !c.Actor.Secret:
		return wire.Errorf(wire.CodeForbidden, "the session is of user %s, not of %q", own.ID, named)
	case named == "" || named == chat.System:
		c.User = identity.User{ID: chat.System}
	default:
		var err error
		c.User, err = s.identity.User(ctx, c.Actor.App.ID, named)
		return err
	}
	return nil
}

// chatOf finds the chat that the call is about. The ids of messages, files and
// tickets begin with their chat's.
func (s *Server) chatOf(ctx context.Context, operation *op.Operation, c *op.Call) (*chatstate.Folded, error) {
	id := ""
	switch {
	case operation.Event == chat.EventRead:
		id, _ = chatstate.SplitMessageID(c.Params.RequiredText("messageId"))
		if given := c.Params.Text("chatId"); given != "" && given != id {
			c.Params.Fail("messageId: message %q is not in chat %q", c.Params.Text("messageId"), given)
		}
	case operation.IsDownload():
		name := mediaID(c)
		if id = chatstate.ChatOfPart(name); id == "" && c.Params.Err == nil {
			return nil, media.ErrUnknownFile(name)
		}
	case operation.Access == op.ChatVisitor:
		if id = chatstate.ChatOfPart(ticketID(c)); id == "" && c.Params.Err == nil {
			return nil, errUnknownTicket(ticketID(c))
		}
	default:
		id = c.Params.RequiredText("chatId")
	}
	if c.Params.Err != nil {
		return nil, c.Params.Err
	}
	if ids.Check("", id) != nil {
		return nil, chatlog.ErrUnknownChat(id)
	}
	c.Key = ids.Key{App: c.Actor.App.ID, ID: id}
	f, now, err := s.log.View(ctx, c.Key, 0)
	c.State = now
	return f, err
}
