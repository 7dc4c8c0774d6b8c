package server

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/op"
)

// Open carries out session:open: it finds out who connects, and in which chats the
// user is; these are live from then on.
func (s *Server) Open(ctx context.Context, c *gateway.Conn, p *op.Params) (op.Result, error) {
	appID, token := p.RequiredText("appId"), p.RequiredText("token")
	seen, err := positions(p.Object("chats"))
	inParts := p.Flag("inParts")
	if err = errors.Join(p.Err, err); err != nil {
		return op.Result{}, ids.AsError(err)
	}
	actor, err := s.identity.Authenticate(ctx, identity.Credentials{AppID: appID, Token: token, Origin: c.Origin, Host: c.Host})
	if err == nil && actor.Ended {
		err = errLoggedOut
	}
	if err != nil {
		return op.Result{}, err
	}
	first := c.SetSession(actor, ids.Digest(token)) // before the chats are looked for, so that none is missed
	if actor.User.IsAgent() {
		if err := s.duty.Connected(ctx, c.UserKey()); err != nil {
			return op.Result{}, err
		}
	}
	own, err := s.members.Chats(ctx, appID, actor.User.IsAgent(), actor.User.ID)
	if err != nil {
		return op.Result{}, err
	}
	res := op.Result{Opens: true}
	chats := wire.NewObject(nil)
	for id := range seen {
		own = append(own, id)
	}
	slices.Sort(own)
	for _, id := range slices.Compact(own) {
		back, err := s.reopen(ctx, ids.Key{App: appID, ID: id}, actor.User, seen[id], inParts)
		if err != nil {
			return op.Result{}, err
		}
		if back.chat != nil {
			chats.Raw(id, back.chat)
			res.Before = append(res.Before, back.before...)
		}
		if back.live {
			res.Live = append(res.Live, op.LiveFrom{ChatID: id, Cursor: back.from})
		}
		if back.own {
			s.desk.SendPosition(c, ids.Key{App: appID, ID: id})
		}
		if back.own && first { // who was told that he is lost
			s.desk.PushActivity(back.now, ids.Key{App: appID, ID: id}, actor.User.ID, "not-writing", c.ID)
		}
	}
	s.desk.SendInvitations(ctx, c)
	res.Body = func(chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("user", wire.Raw(actor.User.Own())).Raw("chats", chats.Done()).
			Raw("limits", s.limits().Raw("media", s.mediaJSON(appID)).Done())
	}
	return res, nil
}

// reopened is a chat as a user finds it who comes back.
type reopened struct {
	chat   wire.Raw                   // nil if it is none of his
	before []chatstate.EarlierHistory // what goes before it
	live   bool
	from   uint64 // position after which it is delivered
	own    bool   // the user is the visitor of it
	now    chatstate.State
}

// reopen finds where a user goes on in a chat: after the position last seen, if
// the log has it, else at a snapshot of now. Without a position it is about open
// chats only.
func (s *Server) reopen(ctx context.Context, key ids.Key, u identity.User, seen uint64, inParts bool) (reopened, error) {
	if ids.Check("", key.ID) != nil {
		return reopened{}, nil
	}
	f, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return reopened{}, nil // announced, or a left-over
	}
	if err != nil {
		return reopened{}, err
	}
	if now.Away && now.Chat.Creator == u.ID {
		if now, err = s.desk.Rejoin(ctx, key, u); err != nil {
			return reopened{}, err
		}
	}
	to, closed, in := chatstate.AudienceOf(u.IsAgent()), now.Chat.Status == chat.Closed, now.HasMember(u.ID)
	if !f.WasMember(u.ID) || seen == 0 && (closed || !in) {
		if closed {
			return reopened{}, s.members.Remove(ctx, key, u.IsAgent(), u.ID)
		}
		return reopened{}, nil
	}
	back := reopened{own: !closed && in && now.Chat.Creator == u.ID && !u.IsAgent(), now: now}
	if back.own && !now.Config.Socket {
		if err := s.members.Add(ctx, key, false, u.ID, index.Connects); err != nil {
			return reopened{}, err
		}
	}
	if now.ShowsEntry(to, seen) {
		if past := now.At(seen); chatstate.InChat(past.Chat, u.ID) {
			back.chat = past.JSON(to, chatstate.Related{Users: true, Watchers: true}).Bool("resumed", true).Done()
			back.live, back.from = true, seen
			return back, nil
		}
	}
	write := func(to chatstate.Audience) *wire.Object { return now.JSON(to, chatstate.Everything) }
	if inParts {
		back.before, write = now.HistoryInParts(chatstate.Everything)
	}
	back.chat = write(to).Bool("resumed", false).Done()
	back.live, back.from = in && !(closed && now.Ticketed), now.Seq
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
	rules, _ := json.Marshal(s.settings.Of(app).Media) // plain members
	return rules
}
