package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/op"
)

// Bounds of a list of chats.
const (
	chatsListed = 100  // unless limit says otherwise
	chatsAtMost = 1000 // whatever limit says
)

// userChats gives the open chats of the user.
func (s *Server) userChats(ctx context.Context, c *op.Call) (op.Result, error) {
	found, err := s.openChats(ctx, c)
	if err != nil {
		return op.Result{}, err
	}
	to := chatstate.AudienceOf(c.User.IsAgent())
	return op.Reply(func(o *wire.Object) {
		chats := wire.NewObject(nil)
		for _, now := range found {
			chats.Raw(now.Chat.ID, now.JSON(to, chatstate.Related{Users: true}).Done())
		}
		o.Raw("chats", chats.Done())
	}), nil
}

// openChats gives the open chats that the user is in.
func (s *Server) openChats(ctx context.Context, c *op.Call) (found []chatstate.State, err error) {
	app := c.Actor.App.ID
	chatIDs, err := s.members.Chats(ctx, app, c.User.IsAgent(), c.User.ID)
	if err != nil {
		return nil, err
	}
	slices.Sort(chatIDs)
	for _, id := range chatIDs {
		_, now, err := s.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if ids.IsCode(err, wire.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if now.Chat.Status != chat.Closed && now.HasMember(c.User.ID) {
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
func (s *Server) listChats(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	status := p.OneOf("status", chat.Waiting.String(), chat.Active.String(), chat.Closed.String())
	room, after := p.Word("room"), p.Text("after")
	limit := p.Count("limit", 1, chatsAtMost, chatsListed)
	before := uint64(p.Number("before", 0, 1<<53, 0))
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	everything := c.User.ID == chat.System || c.User.Role == identity.RoleSupervisor
	switch {
	case c.User.ID == chat.System && status == "":
		return s.listed(c, func() ([]chatstate.State, error) { return s.allChats(ctx, c.Actor.App.ID, after, room, limit) })
	case status == "" || c.User.ID != chat.System && !c.User.IsAgent():
		return s.listed(c, func() ([]chatstate.State, error) {
			found, err := s.openChats(ctx, c)
			return slices.DeleteFunc(found, func(now chatstate.State) bool {
				return status != "" && now.Chat.Status.String() != status || room != "" && chatstate.RoomOf(now.Chat) != room
			}), err
		})
	case status == chat.Closed.String():
		list := index.ArchiveList(c.Actor.App.ID, c.User.ID)
		if everything {
			list = index.ArchiveList(c.Actor.App.ID, "")
		}
		chats, next, err := s.archive.Page(ctx, list, room, before, limit)
		return op.Reply(func(o *wire.Object) {
			if o.Raw("chats", wire.AppendArray(nil, chats)); next != 0 {
				o.Uint("next", next)
			}
		}), err
	}
	return s.listed(c, func() ([]chatstate.State, error) { return s.liveChats(ctx, c, status, room, limit, everything) })
}

// listed answers with chats; those that wait tell since when, and where they stand.
func (s *Server) listed(c *op.Call, find func() ([]chatstate.State, error)) (op.Result, error) {
	found, err := find()
	if err != nil {
		return op.Result{}, err
	}
	to := chatstate.AudienceOf(c.User.IsAgent())
	if c.User.ID == chat.System {
		to = chatstate.Staff
	}
	return op.Reply(func(o *wire.Object) {
		chats := make([]wire.Raw, len(found))
		for i, now := range found {
			one := now.JSON(to, chatstate.Related{Users: true, Watchers: true})
			if to == chatstate.Staff && now.Chat.Status == chat.Waiting {
				one.Float("waitingSince", now.Queue.WaitingSince)
				if position := s.board.Position(ids.Key{App: c.Actor.App.ID, ID: now.Chat.ID}); position > 0 {
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
func (s *Server) liveChats(ctx context.Context, c *op.Call, status, room string, limit int, everything bool) (found []chatstate.State, err error) {
	app := c.Actor.App.ID
	open := s.board.Chats(app)
	var chatIDs []string
	for id, r := range open {
		sees := everything || slices.Contains(r.Agents, c.User.ID)
		if status == chat.Waiting.String() {
			sees = mayServe(c, r.Room)
		}
		if sees && r.Status == status && (room == "" || r.Room == room) {
			chatIDs = append(chatIDs, id)
		}
	}
	slices.SortFunc(chatIDs, func(one, other string) int {
		a, b := open[one], open[other]
		if a.EnqueuedSeq != 0 && b.EnqueuedSeq != 0 {
			return chatstate.QueueEntry{ID: one, Priority: a.Priority, EnqueuedSeq: a.EnqueuedSeq}.Compare(chatstate.QueueEntry{ID: other, Priority: b.Priority, EnqueuedSeq: b.EnqueuedSeq})
		}
		return cmp.Or(cmp.Compare(min(b.EnqueuedSeq, 1), min(a.EnqueuedSeq, 1)), cmp.Compare(a.WaitingSince, b.WaitingSince), strings.Compare(one, other))
	})
	for _, id := range chatIDs {
		_, now, err := s.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return nil, err
		}
		if err == nil && now.Chat.Status.String() == status {
			found = append(found, now)
		}
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

// allChats looks through the app's chats until there are enough that fit.
func (s *Server) allChats(ctx context.Context, app, after, room string, limit int) (found []chatstate.State, err error) {
	stream, err := s.engine.JS.Stream(ctx, chatlog.Stream)
	if err != nil {
		return nil, err
	}
	prefix := chatlog.SubjectPrefix + app + "."
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+"*"))
	if err != nil {
		return nil, err
	}
	var chatIDs []string
	for subject := range info.State.Subjects {
		if id := strings.TrimPrefix(subject, prefix); id > after {
			chatIDs = append(chatIDs, id)
		}
	}
	slices.Sort(chatIDs)
	for _, id := range chatIDs {
		if len(found) == limit {
			break
		}
		_, now, err := s.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if err != nil {
			return nil, err
		}
		if room == "" || chatstate.RoomOf(now.Chat) == room {
			found = append(found, now)
		}
	}
	return found, nil
}
