package server

import (
	"context"
	"encoding/json"

	"parley/core/chat"
	"parley/core/wire"
)

// userActivity tells the others in the chat that the user is typing, or not any
// more. It is in no log.
func (s *Server) userActivity(_ context.Context, c *call) (result, error) {
	kind := c.params.oneOf("type", "writing", "stop-writing", "not-writing")
	if kind == "" {
		c.params.need("type")
	}
	if c.params.err != nil {
		return result{}, c.params.err
	}
	if err := c.check(c.state.chat, chat.EventActivity); err != nil {
		return result{}, err
	}
	s.desk.whisperActivity(c.state, c.key, c.user.ID, kind, c.connID)
	return result{chatID: c.key.id, upTo: c.state.seq}, nil
}

// userFocus is taken for compatibility; nothing depends on it.
func (s *Server) userFocus(context.Context, *call) (result, error) { return result{}, nil }

func userAnswer(u User) result {
	return answer(func(o *wire.Object) { o.Raw("user", wire.Raw(u.Public())) })
}

func sessionAnswer(u User, token string) result {
	return answer(func(o *wire.Object) {
		o.Raw("user", wire.Raw(u.Own())).Raw("session", wire.NewObject(nil).Str("token", token).Done())
	})
}

func (s *Server) createUser(ctx context.Context, c *call) (result, error) {
	p := c.params
	n := NewUser{
		Name: p.text("name"), Nickname: p.text("nickname"), Contact: p.text("contact"),
		ExternalID: p.text("externalId"), ExtraInfo: json.RawMessage(p.object("extraInfo")),
	}
	if p.err != nil {
		return result{}, p.err
	}
	u, token, err := s.identity.CreateUser(ctx, c.actor.App.ID, n)
	if err != nil {
		return result{}, err
	}
	return sessionAnswer(u, token), nil
}

// findUsers gives the user with an external id, as a list of one or none.
func (s *Server) findUsers(ctx context.Context, c *call) (result, error) {
	id := c.params.need("externalId")
	if c.params.err != nil {
		return result{}, c.params.err
	}
	var list []wire.Raw
	u, err := s.identity.UserByExternalID(ctx, c.actor.App.ID, id)
	switch {
	case isCode(err, wire.CodeNotFound):
	case err != nil:
		return result{}, err
	default:
		list = append(list, wire.Raw(u.Public()))
	}
	return answer(func(o *wire.Object) { o.Raw("users", wire.AppendArray(nil, list)) }), nil
}

func (s *Server) getUser(ctx context.Context, c *call) (result, error) {
	u, err := s.identity.User(ctx, c.actor.App.ID, c.user.ID)
	if err != nil {
		return result{}, err
	}
	return userAnswer(u), nil
}

func (s *Server) updateUser(ctx context.Context, c *call) (result, error) {
	p := c.params
	patch := UserPatch{Name: p.textIf("name"), Nickname: p.textIf("nickname"), Contact: p.textIf("contact")}
	patch.ExtraInfo = json.RawMessage(p.object("extraInfo"))
	if p.err != nil {
		return result{}, p.err
	}
	u, err := s.identity.UpdateUser(ctx, c.actor.App.ID, c.user.ID, patch)
	if err != nil {
		return result{}, err
	}
	return userAnswer(u), nil
}
