package server

import (
	"context"

	"parley/core/chat"
	"parley/core/wire"
)

// interveneChat is a supervisor taking the chat over from the agents in it: one
// entry, instead of a join and their leaving (interface notes, b.2). 410 when the
// chat is closed; who is the only agent in it already stays so.
func (s *Server) interveneChat(ctx context.Context, c *call) (result, error) {
	var before round
	o, err := s.append(ctx, c, chat.EventIntervene, func(f *folded) (wire.Raw, error) {
		gone := intervenedIn(f.chat, c.user.ID)
		if len(gone) == 0 && f.chat.Users.Has(c.user.ID) {
			return nil, errNothing
		}
		if err := s.members.add(ctx, c.key, true, c.user.ID, presenceOf(c)); err != nil {
			return nil, err
		}
		before = f.round
		interventor, intervened := wire.Raw(c.user.Public()), gone.JSON()
		next := following(f.chat, chat.EventIntervene,
			wire.NewObject(nil).Raw("interventor", interventor).Raw("intervenedUsers", intervened).Done())
		return wire.NewObject(nil).Str("chatId", c.key.id).Raw("chat", plain(next, false)).
			Raw("interventor", interventor).Raw("intervenedUsers", intervened).Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	for _, id := range intervened(o.record.Entry) {
		if has(o.state.chat, id) {
			continue // came back, and this is the repeated request
		}
		if err := s.members.remove(ctx, c.key, true, id); err != nil {
			return result{}, err
		}
	}
	s.desk.roundTaken(ctx, c.key, before, c.connID)
	return resultOf(o, c.key, nil), nil
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
