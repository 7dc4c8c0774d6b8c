package server

import (
	"context"
	"slices"
	"time"

	"parley/core/wire"
)

// queueStatus tells of each room that the caller may see how many chats wait in
// line and how long the longest has, what a newcomer would have to expect, and how
// many agents on duty have time.
func (s *Server) queueStatus(ctx context.Context, c *call) (result, error) {
	app := c.actor.App
	onDuty, err := s.desk.onDuty(ctx, app.ID)
	if err != nil {
		return result{}, err
	}
	open := s.board.chats(app.ID)
	rooms := wire.NewObject(nil)
	for _, room := range s.roomsOf(app) {
		if !serves(c, room) {
			continue
		}
		now, longest := unixSeconds(time.Now()), 0.0
		line, waits := s.board.line(app.ID, room, 0, 0)
		for _, place := range line {
			longest = max(longest, now-open[place.id].Queued)
		}
		free := []servingAgent{}
		for _, a := range onDuty {
			if s.desk.free(chatKey{app.ID, a.user.ID}) {
				free = append(free, a)
			}
		}
		rooms.Raw(room, wire.NewObject(nil).Int("waiting", int64(len(line))).Float("longestWait", longest).
			Float("waitingTime", waitingTime(waits, len(line)+1)).
			Int("agents", int64(countServing(onDuty, room, nil))).Int("available", int64(countServing(free, room, nil))).Done())
	}
	active := s.settings.of(app.ID).Queue.Active
	return answer(func(o *wire.Object) { o.Bool("active", active).Raw("rooms", rooms.Done()) }), nil
}

// roomsOf are the rooms of an app, and others in which chats wait.
func (s *Server) roomsOf(app App) []string {
	rooms := slices.Concat(app.Rooms, s.board.rooms(app.ID))
	slices.Sort(rooms)
	return slices.Compact(rooms)
}

// queueUpdate gives a chat's place in the queue, as queues:update tells it.
func (s *Server) queueUpdate(_ context.Context, c *call) (result, error) {
	position, waits := s.desk.standing(c.key)
	waiting := 0.0
	if position > 0 {
		waiting = waitingTime(waits, position)
	}
	place := placeData(c.key.id, position, waiting)
	return answer(func(o *wire.Object) {
		_ = wire.Members(place, func(name string, v wire.Raw) error { // was written above
			o.Raw(name, v)
			return nil
		})
	}), nil
}
