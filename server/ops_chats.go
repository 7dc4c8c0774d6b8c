package server

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

func (s *Server) getChat(_ context.Context, c *call) (result, error) {
	with := allRelated
	if c.params.has("fields") {
		fields, _ := c.params.words("fields")
		with = related{slices.Contains(fields, "users"), slices.Contains(fields, "watchers"), slices.Contains(fields, "history")}
	}
	return c.withChat(result{chatID: c.key.id, upTo: c.state.seq}, &c.state, with), nil
}

// leaveChat takes the user out of the chat, also as a watcher.
func (s *Server) leaveChat(ctx context.Context, c *call) (result, error) {
	o, err := s.append(ctx, c, chat.EventLeave, func(f *folded) (wire.Raw, error) {
		u, in := f.chat.Users.Find(c.user.ID)
		if !in {
			u, in = f.chat.Watchers.Find(c.user.ID)
		}
		if !in {
			return nil, wire.Errorf(wire.CodeBadRequest, "userId: must be given")
		}
		return s.desk.leaveData(f, u), nil
	})
	if err != nil {
		return result{}, err
	}
	if !has(o.state.chat, c.user.ID) {
		if err := s.members.remove(ctx, c.key, c.user.IsAgent(), c.user.ID); err != nil {
			return result{}, err
		}
	}
	return resultOf(o, c.key, nil), nil
}

// closeChat ends the chat for all.
func (s *Server) closeChat(ctx context.Context, c *call) (result, error) {
	extra := c.params.values["extraData"]
	var before round
	o, err := s.append(ctx, c, chat.EventClose, func(f *folded) (wire.Raw, error) {
		before = f.round
		return wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).RawIf("extraData", extra).Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	s.desk.invitationEnded(c.key, before, "closed", "")
	if err := s.desk.afterClose(ctx, c.key); err != nil {
		s.options.Logger.Error("close: not all is done, will be tried again", "chat", c.key.id, "error", err)
	}
	return resultOf(o, c.key, nil), nil
}

// joinChat brings an agent in unasked, or a supervisor to read along. Who is in
// already stays so.
func (s *Server) joinChat(ctx context.Context, c *call) (result, error) {
	mode := c.params.oneOf("mode", "", chat.ModeWatch)
	if c.params.err != nil {
		return result{}, c.params.err
	}
	if mode == chat.ModeWatch && c.user.Role != RoleSupervisor {
		return result{}, wire.Errorf(wire.CodeForbidden, "mode: only supervisors may watch")
	}
	return s.join(ctx, c, mode, func(f *folded) error {
		if f.chat.Users.Has(c.user.ID) || mode == chat.ModeWatch && f.chat.Watchers.Has(c.user.ID) {
			return errNothing
		}
		if !c.user.IsAgent() && c.user.ID != f.chat.Creator {
			return wire.Errorf(wire.CodeForbidden, "only agents may join a chat")
		}
		return nil
	})
}

// join appends the entry that brings the acting user in, if may allows it.
func (s *Server) join(ctx context.Context, c *call, mode string, may func(*folded) error) (result, error) {
	var before round
	o, err := s.append(ctx, c, chat.EventJoin, func(f *folded) (wire.Raw, error) {
		if err := may(f); err != nil {
			return nil, err
		}
		if err := s.members.add(ctx, c.key, c.user.IsAgent(), c.user.ID, presenceOf(c)); err != nil {
			return nil, err
		}
		before = f.round
		transfer := mode == "" && f.round.handsTo(c.user.ID)
		if transfer { // it is over as its giver wants it
			before.transfer.By = ""
		}
		return joinData(f, c.user.ID, wire.Raw(c.user.Public()), mode, transfer), nil
	})
	if err != nil {
		return result{}, err
	}
	if mode == "" {
		s.desk.roundTaken(ctx, c.key, before, c.connID)
		if agent := (chatKey{c.key.app, c.user.ID}); s.desk.full(agent) {
			s.desk.passOn(agent)
		}
	}
	return resultOf(o, c.key, nil), nil
}
