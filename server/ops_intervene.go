package server

import (
	"context"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/op"
)

// interveneChat is a supervisor taking the chat over from the agents in it: one
// entry, instead of a join and their leaving (interface notes, b.2). 410 when the
// chat is closed; who is the only agent in it already stays so.
func (s *Server) interveneChat(ctx context.Context, c *op.Call) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventIntervene, func(f *chatstate.Folded) (wire.Raw, error) {
		gone := intervenedIn(f.Chat, c.User.ID)
		if len(gone) == 0 && f.Chat.Users.Has(c.User.ID) {
			return nil, chatlog.ErrNothing
		}
		if err := s.members.Add(ctx, c.Key, true, c.User.ID, presenceOf(c)); err != nil {
			return nil, err
		}
		before = f.Round
		interventor, intervened := wire.Raw(c.User.Public()), gone.JSON()
		next := chatstate.Following(f.Chat, chat.EventIntervene,
			wire.NewObject(nil).Raw("interventor", interventor).Raw("intervenedUsers", intervened).Done())
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Raw("chat", chatstate.Plain(next, false)).
			Raw("interventor", interventor).Raw("intervenedUsers", intervened).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	for _, id := range chatstate.Intervened(o.Record.Entry) {
		if chatstate.Has(o.State.Chat, id) {
			continue // came back, and this is the repeated request
		}
		if err := s.members.Remove(ctx, c.Key, true, id); err != nil {
			return op.Result{}, err
		}
	}
	s.desk.RoundTaken(ctx, c.Key, before, c.ConnID)
	return op.ResultOf(o, c.Key, nil), nil
}

// intervenedIn are the agents whom a supervisor replaces. The creator is a
// visitor to the chat, whoever it is elsewhere.
func intervenedIn(now chat.Chat, supervisorID string) (gone chat.Users) {
	for _, u := range now.Users {
		if u.IsAgent() && u.ID != supervisorID && u.ID != now.Creator {
			gone = append(gone, u)
		}
	}
	return gone
}
