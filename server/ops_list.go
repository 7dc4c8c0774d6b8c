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

// Chats in one answer: without a limit, and the highest limit.
const (
	defaultChats = 100
	maxChats     = 1000
)

// userChats gives the open chats that the user is in, by their ids.
func (s *Server) userChats(ctx context.Context, c *op.Call) (op.Result, error) {
	found, err := s.dispatcher.OpenChats(ctx, c.Actor.App.ID, c.User)
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

// chatFilter says which chats a list is about; "" is any.
type chatFilter struct{ status, room string }

func (f chatFilter) fits(now chatstate.State) bool {
	return (f.status == "" || now.Chat.Status.String() == f.status) && (f.room == "" || chatstate.RoomOf(now.Chat) == f.room)
}

// listChats gives the chats that the caller may see:
//
//   - visitors their open chats;
//   - agents, by status, the chats that wait in their rooms, the active ones that they
//     are in, and the closed ones that they were in; without a status, the open ones
//     that they are in;
//   - supervisors the same, but by status those of the whole app;
//   - the app's secret those of the whole app; without a status, in the order of their
//     ids, after the one that after names.
func (s *Server) listChats(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	filter := chatFilter{p.OneOf("status", chat.Waiting.String(), chat.Active.String(), chat.Closed.String()), p.Word("room")}
	after := p.Text("after")
	limit := p.Count("limit", 1, maxChats, defaultChats)
	before := uint64(p.Number("before", 0, 1<<53, 0))
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	system := c.User.ID == chat.System
	var found []chatstate.State
	var err error
	switch {
	case system && filter.status == "":
		found, err = s.allChats(ctx, c.Actor.App.ID, after, filter, limit)
	case filter.status == "" || !system && !c.User.IsAgent():
		found, err = s.dispatcher.OpenChats(ctx, c.Actor.App.ID, c.User)
		found = slices.DeleteFunc(found, func(now chatstate.State) bool { return !filter.fits(now) })
	case filter.status == chat.Closed.String():
		return s.listClosed(ctx, c, filter.room, before, limit)
	default:
		found, err = s.liveChats(ctx, c, filter, limit)
	}
	if err != nil {
		return op.Result{}, err
	}
	return s.listed(c, found), nil
}

// seesAll says whether the caller sees all chats of the app.
func seesAll(c *op.Call) bool {
	return c.User.ID == chat.System || c.User.Role == identity.RoleSupervisor
}

// listClosed gives a page of the archive, latest first. next is there if there are
// more; it is the before of the next page.
func (s *Server) listClosed(ctx context.Context, c *op.Call, room string, before uint64, limit int) (op.Result, error) {
	member := c.User.ID
	if seesAll(c) {
		member = ""
	}
	chats, next, err := s.archive.Page(ctx, index.ArchiveList(c.Actor.App.ID, member), room, before, limit)
	return op.Reply(func(o *wire.Object) {
		if o.Raw("chats", wire.AppendArray(nil, chats)); next != 0 {
			o.Uint("next", next)
		}
	}), err
}

// listed answers with open chats. Staff sees of those that wait since when, and their
// position in the queue.
func (s *Server) listed(c *op.Call, found []chatstate.State) op.Result {
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
	})
}

// liveChats gives the waiting or active chats of the app that the caller may see:
// first those in a queue, in its order, then the others by when they began to wait.
func (s *Server) liveChats(ctx context.Context, c *op.Call, filter chatFilter, limit int) (found []chatstate.State, err error) {
	app := c.Actor.App.ID
	open := s.board.Chats(app)
	var chatIDs []string
	for id, r := range open {
		if r.Status == filter.status && (filter.room == "" || r.Room == filter.room) && mayList(c, r) {
			chatIDs = append(chatIDs, id)
		}
	}
	slices.SortFunc(chatIDs, func(one, other string) int { return compareListed(one, other, open[one], open[other]) })
	for _, id := range chatIDs {
		_, now, err := s.log.View(ctx, ids.Key{App: app, ID: id}, 0)
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return nil, err
		}
		if err == nil && now.Chat.Status.String() == filter.status { // the board may be a moment behind
			found = append(found, now)
		}
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

// mayList says whether the caller may see an open chat in a list.
func mayList(c *op.Call, r index.OpenChat) bool {
	if r.Status == chat.Waiting.String() {
		return mayServe(c, r.Room)
	}
	return seesAll(c) || slices.Contains(r.Agents, c.User.ID)
}

// compareListed orders open chats in a list.
func compareListed(id, otherID string, one, other index.OpenChat) int {
	switch queued, otherQueued := one.EnqueuedSeq != 0, other.EnqueuedSeq != 0; {
	case queued && otherQueued:
		return chatstate.QueueEntry{ID: id, Priority: one.Priority, EnqueuedSeq: one.EnqueuedSeq}.
			Compare(chatstate.QueueEntry{ID: otherID, Priority: other.Priority, EnqueuedSeq: other.EnqueuedSeq})
	case queued:
		return -1
	case otherQueued:
		return 1
	}
	return cmp.Or(cmp.Compare(one.WaitingSince, other.WaitingSince), strings.Compare(id, otherID))
}

// allChats gives chats of the app in the order of their ids, open and closed.
func (s *Server) allChats(ctx context.Context, app, after string, filter chatFilter, limit int) (found []chatstate.State, err error) {
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
		if filter.fits(now) {
			found = append(found, now)
		}
	}
	return found, nil
}
