package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
)

// Bounds of a list of chats.
const (
	chatsListed = 100  // unless limit says otherwise
	chatsAtMost = 1000 // whatever limit says
)

// userChats gives the open chats of the user.
func (s *Server) userChats(ctx context.Context, c *call) (result, error) {
	found, err := s.openChats(ctx, c)
	if err != nil {
		return result{}, err
	}
	to := audienceOf(c.user.IsAgent())
	return answer(func(o *wire.Object) {
		chats := wire.NewObject(nil)
		for _, now := range found {
			chats.Raw(now.chat.ID, now.json(to, related{users: true}).Done())
		}
		o.Raw("chats", chats.Done())
	}), nil
}

// openChats gives the open chats that the user is in.
func (s *Server) openChats(ctx context.Context, c *call) (found []state, err error) {
	app := c.actor.App.ID
	ids, err := s.members.chats(ctx, app, c.user.IsAgent(), c.user.ID)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	for _, id := range ids {
		_, now, err := s.log.View(ctx, chatKey{app, id}, 0)
		if isCode(err, wire.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if now.chat.Status != chat.Closed && now.includes(c.user.ID) {
			found = append(found, now)
		}
	}
	return found, nil
}

// listChats gives visitors their open chats, whatever else they ask for. Agents
// see by status what waits in their rooms, what they are in and what they were in;
// supervisors and the app's secret all of it. Without a status it is about the open
// chats of the user; with the app's secret and no user all chats of the app in the
// order of their ids, after the one named by after.
func (s *Server) listChats(ctx context.Context, c *call) (result, error) {
	p := c.params
	status := p.oneOf("status", chat.Waiting.String(), chat.Active.String(), chat.Closed.String())
	room, after := p.word("room"), p.text("after")
	limit := p.count("limit", 1, chatsAtMost, chatsListed)
	before := uint64(p.number("before", 0, 1<<53, 0))
	if p.err != nil {
		return result{}, p.err
	}
	everything := c.user.ID == chat.System || c.user.Role == RoleSupervisor
	switch {
	case c.user.ID == chat.System && status == "":
		return s.listed(c, func() ([]state, error) { return s.allChats(ctx, c.actor.App.ID, after, room, limit) })
	case status == "" || c.user.ID != chat.System && !c.user.IsAgent():
		return s.listed(c, func() ([]state, error) {
			found, err := s.openChats(ctx, c)
			return slices.DeleteFunc(found, func(now state) bool {
				return status != "" && now.chat.Status.String() != status || room != "" && roomOf(now.chat) != room
			}), err
		})
	case status == chat.Closed.String():
		list := archiveOf(c.actor.App.ID, c.user.ID)
		if everything {
			list = archiveOf(c.actor.App.ID, "")
		}
		chats, next, err := s.archive.page(ctx, list, room, before, limit)
		return answer(func(o *wire.Object) {
			if o.Raw("chats", wire.AppendArray(nil, chats)); next != 0 {
				o.Uint("next", next)
			}
		}), err
	}
	return s.listed(c, func() ([]state, error) { return s.liveChats(ctx, c, status, room, limit, everything) })
}

// listed answers with chats; those that wait tell since when, and where they stand.
func (s *Server) listed(c *call, find func() ([]state, error)) (result, error) {
	found, err := find()
	if err != nil {
		return result{}, err
	}
	to := audienceOf(c.user.IsAgent())
	if c.user.ID == chat.System {
		to = staff
	}
	return answer(func(o *wire.Object) {
		chats := make([]wire.Raw, len(found))
		for i, now := range found {
			one := now.json(to, related{users: true, watchers: true})
			if to == staff && now.chat.Status == chat.Waiting {
				one.Float("waitingSince", now.place.since)
				if position := s.board.position(chatKey{c.actor.App.ID, now.chat.ID}); position > 0 {
					one.Int("queuePosition", int64(position))
				}
			}
			chats[i] = one.Done()
		}
		o.Raw("chats", wire.AppendArray(nil, chats))
	}), nil
}

// liveChats are the app's open chats with a status that the caller may see: those
// in line first and in its order, then who has waited the longest.
func (s *Server) liveChats(ctx context.Context, c *call, status, room string, limit int, everything bool) (found []state, err error) {
	app := c.actor.App.ID
	open := s.board.chats(app)
	var ids []string
	for id, r := range open {
		sees := everything || slices.Contains(r.Agents, c.user.ID)
		if status == chat.Waiting.String() {
			sees = serves(c, r.Room)
		}
		if sees && r.Status == status && (room == "" || r.Room == room) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(one, other string) int {
		a, b := open[one], open[other]
		if a.Entered != 0 && b.Entered != 0 {
			return inLine{one, a.Priority, a.Entered}.compare(inLine{other, b.Priority, b.Entered})
		}
		return cmp.Or(cmp.Compare(min(b.Entered, 1), min(a.Entered, 1)), cmp.Compare(a.Since, b.Since), strings.Compare(one, other))
	})
	for _, id := range ids {
		_, now, err := s.log.View(ctx, chatKey{app, id}, 0)
		if err != nil && !isCode(err, wire.CodeNotFound) {
			return nil, err
		}
		if err == nil && now.chat.Status.String() == status {
			found = append(found, now)
		}
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

// allChats looks through the app's chats until there are enough that fit.
func (s *Server) allChats(ctx context.Context, app, after, room string, limit int) (found []state, err error) {
	stream, err := s.engine.JS.Stream(ctx, logStream)
	if err != nil {
		return nil, err
	}
	prefix := logSubject + app + "."
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+"*"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for subject := range info.State.Subjects {
		if id := strings.TrimPrefix(subject, prefix); id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if len(found) == limit {
			break
		}
		_, now, err := s.log.View(ctx, chatKey{app, id}, 0)
		if err != nil {
			return nil, err
		}
		if room == "" || roomOf(now.chat) == room {
			found = append(found, now)
		}
	}
	return found, nil
}
