package server

import (
	"context"
	"maps"
	"slices"

	"parley/core/wire"
)

// changeable are the members that it may change.
var changeable = []string{"lang", "source", "externalId"}

// updateChat changes the language, the source or the external id. Everything
// else about a chat changes by what happens in it, and is a 400 here.
func (s *Server) updateChat(ctx context.Context, c *call) (result, error) {
	p := c.params
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		switch {
		case name == "chatId" || name == "userId" || slices.Contains(changeable, name):
		case name == "room":
			p.fail("room: cannot be changed here; hand the chat over with POST /chats/{chatId}/transfer")
		default:
			p.fail("%s: cannot be changed; lang, source and externalId can", name)
		}
	}
	o := wire.NewObject(nil)
	lang, source, externalID := p.textIf("lang"), p.word("source"), p.textIf("externalId")
	if lang != nil {
		p.check(checkText("lang", *lang, 128))
		o.Str("lang", *lang)
	}
	if p.has("source") {
		o.Raw("source", sourceJSON(source))
	}
	if externalID != nil {
		p.check(checkText("externalId", *externalID, 256))
		o.Str("externalId", *externalID)
	}
	if lang == nil && externalID == nil && !p.has("source") {
		p.fail("lang, source, externalId: one of them must be given")
	}
	if p.err != nil {
		return result{}, p.err
	}
	changes := o.Done()
	done, err := s.append(ctx, c, eventUpdate, func(*folded) (wire.Raw, error) {
		return wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).Raw("changes", changes).Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	return resultOf(done, c.key, func(to audience) *wire.Object {
		return wire.NewObject(nil).Raw("chat", done.state.json(to, related{users: true, watchers: true}).Done())
	}), nil
}

// chatUsers gives who is in the chat, and who reads along as far as the caller
// may know it.
func (s *Server) chatUsers(_ context.Context, c *call) (result, error) {
	return result{chatID: c.key.id, upTo: c.state.seq, body: func(to audience) *wire.Object {
		return wire.NewObject(nil).Raw("users", c.state.chat.Users.JSON()).Raw("watchers", c.state.watchers(to).JSON())
	}}, nil
}
