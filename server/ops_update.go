package server

import (
	"context"
	"maps"
	"slices"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// changeable are the members that it may change.
var changeable = []string{"lang", "source", "externalId"}

// updateChat changes the language, the source or the external id. Everything
// else about a chat changes by what happens in it, and is a 400 here.
func (s *Server) updateChat(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	for _, name := range slices.Sorted(maps.Keys(p.Values)) {
		switch {
		case name == "chatId" || name == "userId" || slices.Contains(changeable, name):
		case name == "room":
			p.Fail("room: cannot be changed here; hand the chat over with POST /chats/{chatId}/transfer")
		default:
			p.Fail("%s: cannot be changed; lang, source and externalId can", name)
		}
	}
	o := wire.NewObject(nil)
	lang, source, externalID := p.TextIf("lang"), p.Word("source"), p.TextIf("externalId")
	if lang != nil {
		p.Check(ids.CheckText("lang", *lang, 128))
		o.Str("lang", *lang)
	}
	if p.Has("source") {
		o.Raw("source", sourceJSON(source))
	}
	if externalID != nil {
		p.Check(ids.CheckText("externalId", *externalID, 256))
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

// chatUsers gives who is in the chat, and who reads along as far as the caller
// may know it.
func (s *Server) chatUsers(_ context.Context, c *op.Call) (op.Result, error) {
	return op.Result{ChatID: c.Key.ID, UpTo: c.State.Seq, Body: func(to chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("users", c.State.Chat.Users.JSON()).Raw("watchers", c.State.Watchers(to).JSON())
	}}, nil
}
