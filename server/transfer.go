package server

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// transfer is the data of a chats:transfer entry: a chat is handed over to an
// agent, who is invited, or to a room, where a new round begins.
type transfer struct {
	ChatID     string      `json:"chatId"`
	By         string      `json:"userId"`               // who hands it over
	Leaving    []string    `json:"leaving"`              // agents who leave: to a room at once, else when it is accepted
	Room       string      `json:"room,omitempty"`       // one of the two is given
	Invitation *invitation `json:"invitation,omitempty"` // by which only this agent is asked, once
	InQueue    bool        `json:"inQueue,omitempty"`    // the chat waits in line in the room
	RestUntil  float64     `json:"restUntil,omitempty"`  // unix seconds; before, who leaves is not asked there
}

// letGo lets those leave who have handed the chat over. It may be done again,
// until the log has it.
func (s *Server) letGo(ctx context.Context, key chatKey) error {
	_, now, err := s.log.View(ctx, key, 0)
	if err != nil {
		return err
	}
	for _, id := range now.round.leaving {
		o, err := s.log.Append(ctx, key, act{by: id, event: chat.EventLeave}, func(f *folded) (wire.Raw, error) {
			u, in := f.chat.Users.Find(id)
			if !in || !slices.Contains(f.round.leaving, id) {
				return nil, errNothing
			}
			return s.leaveData(f, u), nil
		})
		if err != nil {
			return err
		}
		if !has(o.state.chat, id) {
			if err := s.members.remove(ctx, key, true, id); err != nil {
				return err
			}
		}
	}
	return nil
}
