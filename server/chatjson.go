package server

import (
	"encoding/json"
	"slices"
	"sort"

	"parley/core/chat"
	"parley/core/wire"
)

// related says which related fields a Chat object carries.
type related struct{ users, watchers, history bool }

var allRelated = related{true, true, true}

// json writes the chat for an audience; the object is left open. seq is the
// position that the audience is at.
func (s *state) json(to audience, with related) *wire.Object {
	o := chatObject(s.chat, s.queued())
	if with.users {
		o.Raw("users", s.chat.Users.JSON())
	}
	if with.watchers {
		o.Raw("watchers", s.watchers(to).JSON())
	}
	if with.history {
		o.Raw("history", wire.AppendArray(nil, s.history()))
	}
	return o.Uint("seq", s.last[to])
}

// watchers are those who read along, as far as the audience may know.
func (s *state) watchers(to audience) chat.Users {
	if to == visitors && !s.config.HistoryWatch {
		return nil
	}
	return s.chat.Watchers
}

// chatObject writes the fields of the chat itself.
func chatObject(c chat.Chat, inQueue bool) *wire.Object {
	o := wire.NewObject(nil)
	_ = wire.Members(c.Fixed, func(name string, v wire.Raw) error { // was read when it was folded
		switch name {
		case "room":
			o.Raw(name, c.Room)
		case "status", "closed", "inQueue", "users", "watchers", "history", "seq":
		default:
			o.Raw(name, v)
		}
		return nil
	})
	return o.Str("status", c.Status.String()).Bool("closed", c.Status == chat.Closed).Bool("inQueue", inQueue)
}

// plain is the chat as invitations and joins carry it.
func plain(c chat.Chat, inQueue bool) wire.Raw {
	return chatObject(c, inQueue).Raw("users", c.Users.JSON()).Done()
}

// following is the chat as it will be after an entry with this data.
func following(c chat.Chat, event string, data wire.Raw) chat.Chat {
	next, err := chat.Apply(c, chat.Entry{Seq: c.Seq + 1, Event: event, Data: data})
	if err != nil { // an entry that makes no sense changes nothing (fold.go)
		return c
	}
	return next
}

// at is the chat as it was at an earlier position, without messages.
func (s *state) at(seq uint64) state {
	past := state{config: s.config}
	for _, r := range s.log {
		if r.Seq > seq {
			break
		}
		if next, err := applyTo(past.chat, r.Entry); err == nil {
			past.place, _ = past.place.after(r.Entry, 0, past.chat, next) // was read when it was folded
			past.chat = next
		}
		past.seq = r.Seq
		for a, sees := range r.sees {
			if sees {
				past.last[a] = r.Seq
			}
		}
	}
	return past
}

// after gives the records behind a position.
func (s *state) after(seq uint64) []record {
	return s.log[sort.Search(len(s.log), func(i int) bool { return s.log[i].Seq > seq }):]
}

// shows tells whether there is an entry at this very position that the audience
// may see.
func (s *state) shows(to audience, seq uint64) bool {
	i, there := slices.BinarySearchFunc(s.log, seq, func(r record, seq uint64) int {
		switch {
		case r.Seq < seq:
			return -1
		case r.Seq > seq:
			return 1
		}
		return 0
	})
	return there && s.log[i].sees[to]
}

// includes tells whether the user is in the chat, also as a watcher, or is its
// creator and away.
func (s *state) includes(userID string) bool {
	return has(s.chat, userID) || s.away && s.chat.Creator == userID
}

// has tells whether the user is in the chat, also as a watcher.
func has(c chat.Chat, userID string) bool {
	return c.Users.Has(userID) || c.Watchers.Has(userID)
}

// member gives a member of an object, nil if it is not there.
func member(data wire.Raw, name string) (found wire.Raw) {
	_ = wire.Members(data, func(n string, v wire.Raw) error { // the server wrote it
		if n == name {
			found = v
		}
		return nil
	})
	return found
}

// roomOf gives the room in which agents are sought for the chat.
func roomOf(c chat.Chat) string {
	room, _ := wire.String(c.Room) // the server wrote it
	return room
}

// langOf gives the language of a chat, "" if it has none.
func langOf(c chat.Chat) (lang string) {
	_ = wire.Read(c.Fixed, "lang", &lang) // the server wrote it
	return lang
}

// attending is the agent in a chat.
func attending(c chat.Chat) (a agentBrief) {
	for _, u := range c.Users {
		if u.IsAgent() {
			_ = json.Unmarshal(u.Raw, &a) // was read when it was folded
			return a
		}
	}
	return a
}

// joinData is the entry of a user who comes into the chat; user is their public
// object.
func joinData(f *folded, userID string, user wire.Raw, mode string, transfer bool) wire.Raw {
	next := following(f.chat, chat.EventJoin, wire.NewObject(nil).Raw("user", user).Str("mode", mode).Done())
	return wire.NewObject(nil).Str("chatId", f.key.id).Raw("chat", plain(next, f.place.queued && next.Status == chat.Waiting)).Raw("user", user).
		Str("sender", userID).Str("mode", mode).Bool("transfer", transfer).Done()
}

// attendants are the agents who were in the chat.
func (s *state) attendants() (ids []string) {
	for _, r := range s.log {
		var data struct {
			User, Interventor struct{ ID, ProviderID string }
		}
		switch {
		case r.Event == chat.EventJoin && joinMode(r.Entry) != chat.ModeWatch, r.Event == chat.EventIntervene:
			_ = json.Unmarshal(r.Data, &data) // the server wrote it
		}
		for _, u := range []struct{ ID, ProviderID string }{data.User, data.Interventor} {
			if u.ProviderID != "" && !slices.Contains(ids, u.ID) {
				ids = append(ids, u.ID)
			}
		}
	}
	return ids
}
