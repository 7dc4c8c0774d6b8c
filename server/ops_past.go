package server

import (
	"cmp"
	"context"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// pastChats gives a page of all chats in which a user ever was, in the order in which they
// came into them. A page ends early when the chats that were read for it are long.
func (s *Server) pastChats(ctx context.Context, c *op.Call) (op.Result, error) {
	app, next, limit := c.Actor.App.ID, c.Params.Cursor("after"), readLimit(c)
	if c.User.ID == chat.System {
		c.Params.Fail("userId: must be a user")
	}
	if err := cmp.Or(c.Params.Err, s.mayListPast(c)); err != nil {
		return op.Result{}, err
	}
	list, read := []wire.Raw{}, int64(0)
	for len(list) < limit && read < op.LongConversation {
		var chatIDs []string
		var err error
		if chatIDs, next, err = s.members.Past.Page(ctx, app, c.User.ID, next, 1); err != nil {
			return op.Result{}, err
		}
		for _, id := range chatIDs {
			now, was, err := s.pastChat(ctx, c, ids.Key{App: app, ID: id})
			if err != nil {
				return op.Result{}, err
			}
			if was {
				list = append(list, now.JSON(chatstate.AudienceOf(c.User.IsAgent()), chatstate.Related{Users: true}).Done())
			}
			read += now.Bytes
		}
		if next == 0 {
			break
		}
	}
	return op.Page("chats", list, next), nil
}

// mayListPast refuses visitors, unless the app lets those list their own chats whom it knows:
// whoever else has the session may be another person at the same browser.
func (s *Server) mayListPast(c *op.Call) error {
	switch {
	case c.Actor.Secret || c.Actor.User.IsAgent():
		return nil
	case !s.settings.Of(c.Actor.App.ID).Privacy.OwnChats:
		return wire.Errorf(wire.NotAllowed, "needs the app's secret: the app's setting privacy.ownChats is off")
	case c.Actor.User.ExternalID == "":
		return wire.Errorf(wire.NotAllowed, "needs a known user, and it is not proved who this one is")
	}
	return nil
}

// pastChat gives a chat of the user's as the caller may see it, by the rule of op.ChatReader:
// who asks for their own gets one that they have left as it was then. was is false if they
// never were in it, or there is no such chat.
func (s *Server) pastChat(ctx context.Context, c *op.Call, key ids.Key) (now chatstate.State, was bool, err error) {
	of, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return chatstate.State{}, false, nil
	}
	if err != nil || !of.WasMember(c.User.ID) {
		return chatstate.State{}, false, err
	}
	f := facts{Call: &op.Call{Actor: c.Actor, User: c.Actor.User, Key: key, State: now}, chat: of}
	if r := rules[op.ChatReader]; !r.allows(&f) && !f.leftBehind() {
		return chatstate.State{}, false, nil
	}
	return f.State, true, nil
}
