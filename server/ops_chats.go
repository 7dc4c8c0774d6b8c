package server

import (
	"bufio"
	"context"
	"maps"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// getChat gives the chat as the caller may see it, with the parts named in fields.
func (s *Server) getChat(_ context.Context, c *op.Call) (op.Result, error) {
	with := chatstate.Everything
	if c.Params.Has("fields") {
		fields, _ := c.Params.Words("fields")
		with = chatstate.Related{
			Users:    slices.Contains(fields, "users"),
			Watchers: slices.Contains(fields, "watchers"),
			History:  slices.Contains(fields, "history"),
		}
	}
	if c.ConnID == "" && with.History {
		to := chatstate.AudienceOf(c.Actor.Secret || c.Actor.User.IsAgent())
		return s.streamed(c, len(c.State.Messages), jsonType, func(out *bufio.Writer) {
			chatstate.WriteList(out, wire.NewObject(nil).Raw("chat", c.State.JSONToFill(to, with)).Done(), c.State.Conversation())
		}), nil
	}
	return c.WithChat(op.Result{ChatID: c.Key.ID, UpTo: c.State.Seq}, &c.State, with), nil
}

// leaveChat takes the acting user, a participant or a watcher, out of the chat.
func (s *Server) leaveChat(ctx context.Context, c *op.Call) (op.Result, error) {
	o, err := s.append(ctx, c, chat.EventLeave, func(f *chatstate.Folded) (wire.Raw, error) {
		u, in := f.Chat.Users.Find(c.User.ID)
		if !in {
			u, in = f.Chat.Watchers.Find(c.User.ID)
		}
		if !in {
			return nil, wire.Errorf(wire.BadArgument, "userId: must be given")
		}
		return s.dispatcher.LeaveData(f, u), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	if !chatstate.InChat(o.State.Chat, c.User.ID) {
		if err := s.members.Remove(ctx, c.Key, c.User.IsAgent(), c.User.ID); err != nil {
			return op.Result{}, err
		}
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// closeChat closes the chat for everybody in it.
func (s *Server) closeChat(ctx context.Context, c *op.Call) (op.Result, error) {
	extra := c.Params.Values["extraData"]
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventClose, func(f *chatstate.Folded) (wire.Raw, error) {
		before = f.Round
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).RawIf("extraData", extra).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	s.dispatcher.PushInvitationEnded(c.Key, before, "closed", "")
	if err := s.dispatcher.AfterClose(ctx, c.Key); err != nil {
		s.options.Logger.Error("close: some of what follows a close failed and is retried", "chat", c.Key.ID, "error", err)
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// joinChat brings an agent into the chat without an invitation, or a supervisor as a
// watcher. Into a chat that another agent has, it brings only supervisors, the invited
// agent, and those who say that they assist; with take nobody. It changes nothing for
// users who are in the chat already.
func (s *Server) joinChat(ctx context.Context, c *op.Call) (op.Result, error) {
	mode, take, assist := c.Params.OneOf("mode", "", chat.ModeWatch), c.Params.Flag("take"), c.Params.Flag("assist")
	if take && (assist || mode != "") || assist && mode != "" {
		c.Params.Fail("take, assist, mode: only one of them may be given")
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	isSupervisor := c.User.Role == identity.RoleSupervisor
	if mode == chat.ModeWatch && !isSupervisor {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "mode: only supervisors may watch")
	}
	return s.join(ctx, c, mode, func(f *chatstate.Folded) error {
		invited := f.Round.Pending && f.Round.Invited.Agent.ID == c.User.ID
		switch {
		case f.Chat.Users.Has(c.User.ID) || mode == chat.ModeWatch && f.Chat.Watchers.Has(c.User.ID):
			return chatlog.ErrNothing
		case c.User.ID == f.Chat.Creator || mode == chat.ModeWatch:
			return nil
		case !c.User.IsAgent():
			return wire.Errorf(wire.NotAllowed, "only agents may join a chat")
		case !take && (assist || invited || isSupervisor):
			return nil
		}
		return f.CheckFree()
	})
}

// join brings the acting user into the chat, unless check refuses it.
func (s *Server) join(ctx context.Context, c *op.Call, mode string, check func(*chatstate.Folded) error) (op.Result, error) {
	var before chatstate.Round
	o, err := s.append(ctx, c, chat.EventJoin, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := check(f); err != nil {
			return nil, err
		}
		if err := s.members.Add(ctx, c.Key, c.User.IsAgent(), c.User.ID, attendanceOf(c)); err != nil {
			return nil, err
		}
		before = f.Round
		transfer := mode == "" && f.Round.HandsOverTo(c.User.ID)
		if transfer { // it has succeeded: do not report it as ended
			before.Transfer.By = ""
		}
		return chatstate.JoinData(f, c.User.ID, wire.Raw(c.User.Public()), mode, transfer), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	if mode == "" {
		s.dispatcher.EndTakenRound(ctx, c.Key, before, c.ConnID)
		if agent := (ids.Key{App: c.Key.App, ID: c.User.ID}); s.dispatcher.Load(agent).Full() {
			s.dispatcher.ReassignInvitations(agent)
		}
	}
	return op.ResultOf(o, c.Key, nil), nil
}

// changeable are the members of a chat that updateChat may change.
var changeable = []string{"lang", "source", "externalId"}

// updateChat changes the language, the source or the external id. Anything else is a
// 400: it changes by what happens in the chat.
func (s *Server) updateChat(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	for _, name := range slices.Sorted(maps.Keys(p.Values)) {
		switch {
		case name == "chatId" || name == "userId" || slices.Contains(changeable, name):
		case name == "room":
			p.Fail("room: cannot be changed here; transfer the chat with POST /chats/{chatId}/transfer")
		default:
			p.Fail("%s: cannot be changed; only lang, source and externalId can", name)
		}
	}
	o := wire.NewObject(nil)
	lang, source, externalID := p.OptionalText("lang"), p.Word("source"), p.OptionalText("externalId")
	if lang != nil {
		p.FailWith(ids.CheckText("lang", *lang, 128))
		o.Str("lang", *lang)
	}
	if p.Has("source") {
		o.Raw("source", sourceJSON(source))
	}
	if externalID != nil {
		p.FailWith(ids.CheckText("externalId", *externalID, 256))
		o.Str("externalId", *externalID)
	}
	if lang == nil && externalID == nil && !p.Has("source") {
		p.Fail("lang, source, externalId: one of them must be given")
	}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	changes := o.Done()
	done, err := s.append(ctx, c, chatstate.EventUpdate, func(*chatstate.Folded) (wire.Raw, error) {
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Raw("changes", changes).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	return op.ResultOf(done, c.Key, func(to chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("chat", done.State.JSON(to, chatstate.Related{Users: true, Watchers: true}).Done())
	}), nil
}

// chatUsers gives the participants of the chat, and those watchers whom the caller may
// see.
func (s *Server) chatUsers(_ context.Context, c *op.Call) (op.Result, error) {
	return op.Result{ChatID: c.Key.ID, UpTo: c.State.Seq, Body: func(to chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("users", c.State.Chat.Users.JSON()).Raw("watchers", c.State.Watchers(to).JSON())
	}}, nil
}
