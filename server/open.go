package server

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// Open carries out session:open: it finds out who connects, and in which chats the
// user is; these are live from then on.
func (s *Server) Open(ctx context.Context, c *conn, p *params) (result, error) {
	appID, token := p.need("appId"), p.need("token")
	seen, err := positions(p.object("chats"))
	inParts := p.flag("inParts")
	if err = errors.Join(p.err, err); err != nil {
		return result{}, asError(err)
	}
	actor, err := s.identity.Authenticate(ctx, Credentials{AppID: appID, Token: token, Origin: c.origin, Host: c.host})
	if err == nil {
		err = mayOpen(actor)
	}
	if err != nil {
		return result{}, err
	}
	first := c.enter(actor, digest(token)) // before the chats are looked for, so that none is missed
	if actor.User.IsAgent() {
		if err := s.duty.came(ctx, c.userKey()); err != nil {
			return result{}, err
		}
	}
	own, err := s.members.chats(ctx, appID, actor.User.IsAgent(), actor.User.ID)
	if err != nil {
		return result{}, err
	}
	res := result{opens: true}
	chats := wire.NewObject(nil)
	for id := range seen {
		own = append(own, id)
	}
	slices.Sort(own)
	for _, id := range slices.Compact(own) {
		back, err := s.reopen(ctx, chatKey{appID, id}, actor.User, seen[id], inParts)
		if err != nil {
			return result{}, err
		}
		if back.chat != nil {
			chats.Raw(id, back.chat)
			res.before = append(res.before, back.before...)
		}
		if back.live {
			res.feeds = append(res.feeds, start{id, back.from})
		}
		if back.own {
			s.desk.tellPlaceAgain(c, chatKey{appID, id})
		}
		if back.own && first { // who was told that he is lost
			s.desk.whisperActivity(back.now, chatKey{appID, id}, actor.User.ID, "not-writing", c.id)
		}
	}
	s.desk.inviteAgain(ctx, c)
	res.body = func(audience) *wire.Object {
		return wire.NewObject(nil).Raw("user", wire.Raw(actor.User.Own())).Raw("chats", chats.Done()).
			Raw("limits", s.limits().Raw("media", s.mediaJSON(appID)).Done())
	}
	return res, nil
}

// reopened is a chat as a user finds it who comes back.
type reopened struct {
	chat   wire.Raw  // nil if it is none of his
	before []earlier // what goes before it
	live   bool
	from   uint64 // position after which it is delivered
	own    bool   // the user is the visitor of it
	now    state
}

// reopen finds where a user goes on in a chat: after the position last seen, if
// the log has it, else at a snapshot of now. Without a position it is about open
// chats only.
func (s *Server) reopen(ctx context.Context, key chatKey, u User, seen uint64, inParts bool) (reopened, error) {
	if CheckID("", key.id) != nil {
		return reopened{}, nil
	}
	f, now, err := s.log.View(ctx, key, 0)
	if isCode(err, wire.CodeNotFound) {
		return reopened{}, nil // announced, or a left-over
	}
	if err != nil {
		return reopened{}, err
	}
	if now.away && now.chat.Creator == u.ID {
		if now, err = s.desk.comeBack(ctx, key, u); err != nil {
			return reopened{}, err
		}
	}
	to, closed, in := audienceOf(u.IsAgent()), now.chat.Status == chat.Closed, now.includes(u.ID)
	if !f.wasMember(u.ID) || seen == 0 && (closed || !in) {
		if closed {
			return reopened{}, s.members.remove(ctx, key, u.IsAgent(), u.ID)
		}
		return reopened{}, nil
	}
	back := reopened{own: !closed && in && now.chat.Creator == u.ID && !u.IsAgent(), now: now}
	if back.own && !now.config.Socket {
		if err := s.members.add(ctx, key, false, u.ID, connects); err != nil {
			return reopened{}, err
		}
	}
	if now.shows(to, seen) {
		if past := now.at(seen); has(past.chat, u.ID) {
			back.chat = past.json(to, related{users: true, watchers: true}).Bool("resumed", true).Done()
			back.live, back.from = true, seen
			return back, nil
		}
	}
	write := func(to audience) *wire.Object { return now.json(to, allRelated) }
	if inParts {
		back.before, write = now.inParts(allRelated)
	}
	back.chat = write(to).Bool("resumed", false).Done()
	back.live, back.from = in && !(closed && now.ticketed), now.seq
	return back, nil
}

// positions reads which entry of each chat was seen last.
func positions(raw wire.Raw) (map[string]uint64, error) {
	seen := map[string]uint64{}
	if raw == nil {
		return seen, nil
	}
	err := wire.Members(raw, func(id string, v wire.Raw) error {
		seq, err := wire.Uint(v)
		if err != nil {
			return wire.Errorf(wire.CodeBadRequest, "chats: the position in chat %q %s", id, err)
		}
		seen[id] = seq
		return nil
	})
	return seen, err
}

func (s *Server) limits() *wire.Object {
	l := s.options.Limits
	return wire.NewObject(nil).Int("message", int64(l.MessageLength)).Int("frame", int64(l.FrameBytes))
}

func (s *Server) limitsJSON() wire.Raw { return s.limits().Done() }

// mediaJSON says which files the app takes.
func (s *Server) mediaJSON(app string) wire.Raw {
	rules, _ := json.Marshal(s.settings.of(app).Media) // plain members
	return rules
}
