package chatstate

import (
	"cmp"
	"encoding/json"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
)

// Related says which of its related lists a Chat object carries.
type Related struct{ Users, Watchers, History bool }

// Everything is all related lists.
var Everything = Related{true, true, true}

// JSON writes the chat for an audience, and leaves the object open. Its seq is the
// position of the last entry that the audience may see.
func (s *State) JSON(to Audience, with Related) *wire.Object {
	o := chatObject(s.Chat, s.Queued()).StrIf("ticketNumber", s.TicketNumber)
	if with.Users {
		o.Raw("users", s.Chat.Users.JSON())
	}
	if with.Watchers {
		o.Raw("watchers", s.Watchers(to).JSON())
	}
	if with.History {
		o.Raw("history", wire.AppendArray(nil, s.History()))
		s.writeFormer(o, to)
	}
	return o.Uint("seq", s.last[to])
}

// Watchers gives the users who read along, as far as the audience may know.
func (s *State) Watchers(to Audience) chat.Users {
	if to == visitors && !s.Config.HistoryWatch {
		return nil
	}
	return s.Chat.Watchers
}

// chatObject writes the fields of the chat itself.
func chatObject(c chat.Chat, inQueue bool) *wire.Object {
	o := wire.NewObject(nil)
	externalID := wire.Raw("null")                                  // never missing: programs of old read it unasked
	_ = wire.Members(c.Fixed, func(name string, v wire.Raw) error { // could be read when it was folded
		switch name {
		case "externalId":
			externalID = v
		case "room":
			o.Raw(name, c.Room)
		case "status", "closed", "inQueue", "users", "watchers", "history", "seq":
		default:
			o.Raw(name, v)
		}
		return nil
	})
	return o.Raw("externalId", externalID).Str("status", c.Status.String()).Bool("closed", c.Status == chat.Closed).Bool("inQueue", inQueue)
}

// TextOrNull is a text as JSON, or null for "".
func TextOrNull(text string) wire.Raw {
	if text == "" {
		return wire.Raw("null")
	}
	return wire.AppendString(nil, text)
}

// Completed is the JSON of a chat with the members that programs of old read unasked,
// which an earlier version of the server left out.
func Completed(c wire.Raw) wire.Raw {
	if wire.Member(c, "externalId") != nil {
		return c
	}
	return merge(c, wire.Raw(`{"externalId":null}`))
}

// UsersInLists gives the users of a chat without what pages tell of them (extraInfo), which is
// long, and which lists do not show.
func (s *State) UsersInLists() wire.Raw {
	users := make([]wire.Raw, len(s.Chat.Users))
	for i, u := range s.Chat.Users {
		o := wire.NewObject(nil)
		_ = wire.Members(u.Raw, func(name string, v wire.Raw) error { // could be read when it was folded
			if name != "extraInfo" {
				o.Raw(name, v)
			}
			return nil
		})
		users[i] = o.Done()
	}
	return wire.AppendArray(nil, users)
}

// ChatJSON is the chat with its users, as invitations and joins carry it.
func ChatJSON(c chat.Chat, inQueue bool) wire.Raw {
	return chatObject(c, inQueue).Raw("users", c.Users.JSON()).Done()
}

// Preview is the chat as it will be after an entry with this data.
func Preview(c chat.Chat, event string, data wire.Raw) chat.Chat {
	next, err := chat.Apply(c, chat.Entry{Seq: c.Seq + 1, Event: event, Data: data})
	if err != nil { // an entry that cannot be read changes nothing
		return c
	}
	return next
}

// ShowsEntry tells whether there is an entry at exactly this position, and the
// audience may see it.
func (s *State) ShowsEntry(to Audience, seq uint64) bool {
	i, found := slices.BinarySearchFunc(s.Log, seq, func(r Record, seq uint64) int { return cmp.Compare(r.Seq, seq) })
	return found && s.Log[i].VisibleTo[to]
}

// HasMember tells whether the user is in the chat, as a watcher too, or is its
// creator and away.
func (s *State) HasMember(userID string) bool {
	return InChat(s.Chat, userID) || s.Away && s.Chat.Creator == userID
}

// InChat tells whether the user is in the chat, as a watcher too.
func InChat(c chat.Chat, userID string) bool {
	return c.Users.Has(userID) || c.Watchers.Has(userID)
}

// RoomOf gives the room in which agents are sought for the chat.
func RoomOf(c chat.Chat) string {
	room, _ := wire.String(c.Room) // the server wrote it
	return room
}

// LangOf gives the language of a chat, "" if it has none.
func LangOf(c chat.Chat) (lang string) {
	_ = wire.Read(c.Fixed, "lang", &lang) // the server wrote it
	return lang
}

// AttendingAgents gives the agents in a chat.
func AttendingAgents(c chat.Chat) (list []AgentBrief) {
	for _, u := range c.Users {
		if u.IsAgent() {
			var a AgentBrief
			_ = json.Unmarshal(u.Raw, &a) // could be read when it was folded
			list = append(list, a)
		}
	}
	return list
}

// JoinData is the data of the entry by which a user comes into the chat; user is
// their public object.
func JoinData(f *Folded, userID string, user wire.Raw, mode string, transfer bool) wire.Raw {
	next := Preview(f.Chat, chat.EventJoin, wire.NewObject(nil).Raw("user", user).Str("mode", mode).Done())
	inQueue := f.Queue.Enqueued && next.Status == chat.Waiting
	return wire.NewObject(nil).Str("chatId", f.Key.ID).Raw("chat", ChatJSON(next, inQueue)).Raw("user", user).
		Str("sender", userID).Str("mode", mode).Bool("transfer", transfer).Done()
}

// PastAgents gives the ids of all agents who have taken part in the chat.
func (s *State) PastAgents() (ids []string) {
	for _, r := range s.Log {
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

// EverInvited gives the ids of all agents who were ever invited to the chat, also by a
// transfer.
func (s *State) EverInvited() (ids []string) {
	for _, r := range s.Log {
		var data struct {
			Agent      AgentBrief
			Invitation Invitation
		}
		if r.Event == chat.EventAssign || r.Event == chat.EventTransfer {
			_ = json.Unmarshal(r.Data, &data) // the server wrote it
			ids = append(ids, data.Agent.ID, data.Invitation.Agent.ID)
		}
	}
	return ids
}

// EverJoined gives the ids of all users who were ever in the chat.
func (s *State) EverJoined() (ids []string) {
	for _, r := range s.Log {
		if id := JoiningUser(r.Entry); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// writeFormer adds who was in the chat and has left, as they were when they came, so
// that their messages have names. It writes nothing if nobody has left.
func (s *State) writeFormer(o *wire.Object, to Audience) {
	var former []wire.Raw
	seen := map[string]bool{}
	for _, users := range []chat.Users{s.Chat.Users, s.Watchers(to)} {
		for _, u := range users {
			seen[u.ID] = true
		}
	}
	for _, r := range slices.Backward(s.Log) {
		id := JoiningUser(r.Entry)
		if id == "" || seen[id] || !r.VisibleTo[to] {
			continue
		}
		seen[id] = true
		member := "user"
		if r.Event == chat.EventIntervene {
			member = "interventor"
		}
		former = append(former, wire.Member(r.Data, member))
	}
	if len(former) > 0 {
		slices.Reverse(former)
		o.Raw("formerUsers", wire.AppendArray(nil, former))
	}
}

// merge gives an object in which members of another replace its own.
func merge(object, changes wire.Raw) wire.Raw {
	o := wire.NewObject(nil)
	replaced := map[string]bool{}
	_ = wire.Members(changes, func(name string, v wire.Raw) error { // the server wrote both
		replaced[name] = true
		o.Raw(name, v)
		return nil
	})
	_ = wire.Members(object, func(name string, v wire.Raw) error {
		if !replaced[name] {
			o.Raw(name, v)
		}
		return nil
	})
	return o.Done()
}
