package server

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/op"
	"parley/server/internal/routing"
)

// Things in the answer of a list: without a limit, and the highest limit.
const (
	defaultListed = 100
	maxListed     = 1000
)

// readLimit reads how many things an answer may list.
func readLimit(c *op.Call) int { return c.Params.Count("limit", 1, maxListed, defaultListed) }

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

// listChats gives the chats that the caller may see:
//
//   - visitors their open chats;
//   - agents, by status, the chats that wait in their rooms, the active ones that they
//     are in, and the closed ones that they were in; without a status, the open ones
//     that they are in;
//   - supervisors the same, but by status those of the whole app;
//   - the app's secret those of the whole app; without a status, in the order in
//     which they began.
//
// Of waiting and active chats, and of all, it is the page after the chat that after names.
func (s *Server) listChats(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	filter := routing.ChatFilter{
		Status: p.OneOf("status", chat.Waiting.String(), chat.Active.String(), chat.Closed.String()), Room: p.Word("room"),
		Lang: p.Text("lang"), Name: p.Text("name"), Since: p.Number("since", 0, 1e11, 0), Wrote: p.OneOf("wrote", "true", "false"),
	}
	after := p.Text("after")
	limit := readLimit(c)
	before := uint64(p.Number("before", 0, 1<<53, 0))
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	system := c.User.ID == chat.System
	var found []chatstate.State
	total := -1 // is not counted
	var err error
	switch {
	case system && filter.Status == "":
		found, err = s.dispatcher.AllChats(ctx, c.Actor.App.ID, after, filter, limit)
	case filter.Status == "" || !system && !c.User.IsAgent():
		found, err = s.dispatcher.OpenChats(ctx, c.Actor.App.ID, c.User)
		found = slices.DeleteFunc(found, func(now chatstate.State) bool { return !filter.Fits(now) })
	case filter.Status == chat.Closed.String():
		return s.listClosed(ctx, c, filter, before, limit)
	default:
		found, total, err = s.dispatcher.LiveChats(ctx, c.Actor.App.ID, filter, after, limit, func(r index.OpenChat) bool { return mayList(c, r) })
	}
	if err != nil {
		return op.Result{}, err
	}
	return s.listed(c, found, total), nil
}

// seesAll says whether the caller sees all chats of the app.
func seesAll(c *op.Call) bool {
	return c.User.ID == chat.System || c.User.Role == identity.RoleSupervisor
}

// listed answers with open chats, and with how many there are if that is not negative.
// Staff sees of those that wait since when, and their position in the queue. Agents ask for
// them again after each change, so that their visitors have no extraInfo there.
func (s *Server) listed(c *op.Call, found []chatstate.State, total int) op.Result {
	to := chatstate.AudienceOf(c.User.IsAgent())
	if c.User.ID == chat.System {
		to = chatstate.Staff
	}
	return op.Reply(func(o *wire.Object) {
		chats := make([]wire.Raw, len(found))
		for i, now := range found {
			short := to == chatstate.Staff && !c.Actor.Secret && now.Chat.Status == chat.Waiting
			one := now.JSON(to, chatstate.Related{Users: !short, Watchers: true})
			if short {
				one.Raw("users", now.UsersInLists())
			}
			if to == chatstate.Staff && now.Chat.Status == chat.Waiting {
				one.Float("waitingSince", now.Queue.WaitingSince)
				if position := s.board.Position(ids.Key{App: c.Actor.App.ID, ID: now.Chat.ID}); position > 0 {
					one.Int("queuePosition", int64(position))
				}
			}
			chats[i] = one.Done()
		}
		if o.Raw("chats", wire.AppendArray(nil, chats)); total >= 0 {
			o.Int("total", int64(total))
		}
	})
}

// mayList says whether the caller may see an open chat in a list.
func mayList(c *op.Call, r index.OpenChat) bool {
	if r.Status == chat.Waiting.String() {
		return mayServe(c, r.Room)
	}
	return seesAll(c) || slices.Contains(r.Agents, c.User.ID)
}
