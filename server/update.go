package server

import (
	"context"
	"maps"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// eventUpdate is the entry that changes what was said of a chat when it was made.
// Only the server folds it; clients have those members with the chat.
const eventUpdate = "chats:update"

// changeable are the members that it may change.
var changeable = []string{"lang", "source", "externalId"}

// applyTo gives the chat after an entry.
func applyTo(c chat.Chat, e chat.Entry) (chat.Chat, error) {
	next, err := chat.Apply(c, e)
	if err == nil && e.Event == eventUpdate {
		next.Fixed = merge(c.Fixed, member(e.Data, "changes"))
	}
	return next, err
}

// merge gives an object with members of another in place of its own.
func merge(object, changes wire.Raw) wire.Raw {
	o := wire.NewObject(nil)
	replaced := map[string]bool{}
	_ = wire.Members(changes, func(name string, v wire.Raw) error { // the server wrote both
		replaced[name] = true
		o.Raw(name, v)
		return nil
	})
	_ = wire.Members(object, func(name string, v wire.Raw) error {
		if !replaced[name] {
			o.Raw(name, v)
		}
		return nil
	})
	return o.Done()
}

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
	return done.of(c.key, func(to audience) *wire.Object {
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
