package server

import (
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
	to := audienceOf(c.user)
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
	ids, err := s.members.chats(ctx, app, c.user)
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

// listChats gives the user's open chats; with the app's secret and no user, all
// chats of the app in the order of their ids, after the one named by after.
func (s *Server) listChats(ctx context.Context, c *call) (result, error) {
	p := c.params
	status := p.oneOf("status", chat.Waiting.String(), chat.Active.String(), chat.Closed.String())
	room, after := p.word("room"), p.text("after")
	limit := p.count("limit", 1, chatsAtMost, chatsListed)
	if p.err != nil {
		return result{}, p.err
	}
	fits := func(now state) bool {
		return (status == "" || now.chat.Status.String() == status) && (room == "" || roomOf(now.chat) == room)
	}
	var found []state
	var err error
	if c.user.ID == chat.System {
		found, err = s.allChats(ctx, c.actor.App.ID, after, limit, fits)
	} else {
		found, err = s.openChats(ctx, c)
		found = slices.DeleteFunc(found, func(now state) bool { return !fits(now) })
	}
	if err != nil {
		return result{}, err
	}
	to := audienceOf(c.user)
	if c.user.ID == chat.System {
		to = staff
	}
	return answer(func(o *wire.Object) {
		chats := make([]wire.Raw, len(found))
		for i := range found {
			chats[i] = found[i].json(to, related{users: true, watchers: true}).Done()
		}
		o.Raw("chats", wire.AppendArray(nil, chats))
	}), nil
}

// allChats looks through the app's chats until there are enough that fit.
func (s *Server) allChats(ctx context.Context, app, after string, limit int, fits func(state) bool) (found []state, err error) {
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
		if fits(now) {
			found = append(found, now)
		}
	}
	return found, nil
}

// roomOf gives the room in which agents are sought for the chat.
func roomOf(c chat.Chat) string {
	room, _ := wire.String(c.Room) // the server wrote it
	return room
}
