package chat

import (
	"parley/core/wire"
)

// Chat is a chat at one position of its log.
type Chat struct {
	ID       string
	Status   Status
	Creator  string
	Users    Users
	Watchers Users
	Seq      uint64   // of the last entry applied
	Room     wire.Raw // string or number, as it came
	Fixed    wire.Raw // members that never change, such as lang and source, as one object
}

// Parse reads a Chat object of the wire, such as a snapshot in a reply. It leaves out
// what the state machine does not use (history, lang, ...).
func Parse(raw wire.Raw) (Chat, error) {
	var c Chat
	var status string
	err := wire.Read(raw, "id", &c.ID, "status", &status, "creator", &c.Creator, "users", &c.Users, "watchers", &c.Watchers, "seq", &c.Seq, "room", &c.Room)
	c.Room = c.Room.Clone()
	c.Status = ParseStatus(status)
	if err == nil && c.ID == "" {
		err = wire.Errorf(wire.BadEntry, "chat has no id")
	}
	return c, err
}

// Attended tells whether an agent is in the chat.
func (c *Chat) Attended() bool {
	for _, u := range c.Users {
		if u.IsAgent() {
			return true
		}
	}
	return false
}

// derive sets the status according to who is in the chat. Closed stays closed.
func (c *Chat) derive() {
	switch {
	case c.Status == Closed:
	case c.Attended():
		c.Status = Active
	default:
		c.Status = Waiting
	}
}

// Check tells whether the user may do this to the chat in its present state; nil
// means yes. The creator takes part until the chat is closed, even after leaving.
// Check knows only the chat: the server decides who is a supervisor, or may join
// without an invitation.
func Check(c Chat, userID, event string) error {
	if c.Status == Closed {
		return wire.Errorf(wire.ChatClosed, "the chat is closed")
	}
	switch event {
	case EventMessage, EventImport, EventActivity, EventAssign:
		switch {
		case c.Users.Has(userID) || userID == c.Creator:
		case c.Watchers.Has(userID):
			return wire.Errorf(wire.NotInChat, "user %s only watches chat %s: join it first", userID, c.ID)
		default:
			return wire.Errorf(wire.NotInChat, "user %s is not in chat %s", userID, c.ID)
		}
	case EventRead:
		if !c.Users.Has(userID) && !c.Watchers.Has(userID) && userID != c.Creator {
			return wire.Errorf(wire.NotInChat, "user %s is not in chat %s", userID, c.ID)
		}
	case EventLeave:
		if !c.Users.Has(userID) && !c.Watchers.Has(userID) {
			return wire.Errorf(wire.NotInChat, "user %s is not in chat %s", userID, c.ID)
		}
	}
	return nil
}

// Apply gives the chat after the entry. An entry at or before the chat's seq was
// applied before and changes nothing. Only the listed events change who is in the
// chat, its status or its room; all others only move the position.
func Apply(c Chat, e Entry) (Chat, error) {
	if e.Seq <= c.Seq && e.Seq != 0 {
		return c, nil
	}
	next := c
	var err error
	switch e.Event {
	case EventCreate: // (none) --create--> waiting
		next, err = created(c, e.Data)
	case EventJoin: // waiting --join--> active; a watcher does not change the status
		err = next.join(e.Data)
	case EventLeave: // active --leave--> active or waiting
		err = next.leave(e.Data)
	case EventIntervene: // active --intervene--> active, with another agent
		err = next.intervene(e.Data)
	case EventTransfer: // the join and the leave that follow change who is in the chat
		err = next.transfer(e.Data)
	case EventClose: // waiting or active --close--> closed
		next.Status = Closed
	}
	if err != nil {
		return c, wire.Errorf(wire.BadEntry, "%s of chat %s: %s", e.Event, c.ID, err)
	}
	next.derive()
	next.Seq = max(c.Seq, e.Seq)
	return next, nil
}

func created(c Chat, data wire.Raw) (Chat, error) {
	var raw wire.Raw
	var creator User
	if err := wire.Read(data, "chat", &raw, "user", &creator); err != nil {
		return c, err
	}
	next, err := Parse(raw)
	if err != nil {
		return c, err
	}
	next.Fixed = raw.Clone()
	if creator.ID != "" {
		next.Users = next.Users.with(creator)
	}
	return next, nil
}

func (c *Chat) join(data wire.Raw) error {
	var u User
	var mode string
	err := wire.Read(data, "user", &u, "mode", &mode)
	switch {
	case err != nil:
		return err
	case u.ID == "":
		return wire.Errorf(wire.BadEntry, "has no user")
	case mode == ModeWatch:
		c.Watchers = c.Watchers.with(u)
	default:
		c.Users = c.Users.with(u)
		c.Watchers = c.Watchers.without(u.ID)
	}
	return nil
}

func (c *Chat) leave(data wire.Raw) error {
	id, err := Text(data, "userId")
	if err != nil {
		return err
	}
	c.Users = c.Users.without(id)
	c.Watchers = c.Watchers.without(id)
	return nil
}

func (c *Chat) intervene(data wire.Raw) error {
	var interventor User
	var gone Users
	if err := wire.Read(data, "interventor", &interventor, "intervenedUsers", &gone); err != nil {
		return err
	}
	if interventor.ID == "" {
		return wire.Errorf(wire.BadEntry, "has no interventor")
	}
	for _, u := range gone {
		c.Users = c.Users.without(u.ID)
	}
	c.Users = c.Users.with(interventor)
	c.Watchers = c.Watchers.without(interventor.ID)
	return nil
}

// transfer sets the room, if the chat is transferred to a room.
func (c *Chat) transfer(data wire.Raw) error {
	var room wire.Raw
	if err := wire.Read(data, "room", &room); err != nil {
		return err
	}
	if room != nil {
		c.Room = room.Clone()
	}
	return nil
}

// Text gives a string member of an object. It is an error if it is absent or "".
func Text(data wire.Raw, member string) (text string, err error) {
	if err = wire.Read(data, member, &text); err == nil && text == "" {
		err = wire.Errorf(wire.BadEntry, "has no %s", member)
	}
	return text, err
}

// System is the sender of what the server does without a user.
const System = "system"

// User is a participant of a chat. Raw is the whole public profile, unchanged.
type User struct {
	ID         string
	ProviderID string
	Raw        wire.Raw
}

// IsAgent tells whether the user is an agent: only agents have a provider.
func (u User) IsAgent() bool { return u.ProviderID != "" }

// Read reads a user of the wire. The id is required.
func (u *User) Read(raw wire.Raw) error {
	*u = User{Raw: raw.Clone()}
	err := wire.Read(raw, "id", &u.ID, "providerId", &u.ProviderID)
	if err == nil && u.ID == "" {
		err = wire.Errorf(wire.BadEntry, "user has no id")
	}
	return err
}

// Users are the participants of a chat, in the order in which they joined.
type Users []User

// Has tells whether the user with this id is among them.
func (us Users) Has(id string) bool { return us.index(id) >= 0 }

// Find gives the user with this id.
func (us Users) Find(id string) (User, bool) {
	if i := us.index(id); i >= 0 {
		return us[i], true
	}
	return User{}, false
}

func (us Users) index(id string) int {
	for i, u := range us {
		if u.ID == id {
			return i
		}
	}
	return -1
}

// with gives a copy that has u, in its old place if it was there.
func (us Users) with(u User) Users {
	next := append(make(Users, 0, len(us)+1), us...)
	if i := next.index(u.ID); i >= 0 {
		next[i] = u
		return next
	}
	return append(next, u)
}

// without gives a copy that lacks the user with this id.
func (us Users) without(id string) Users {
	next := make(Users, 0, len(us))
	for _, u := range us {
		if u.ID != id {
			next = append(next, u)
		}
	}
	return next
}

// JSON gives the array of profiles.
func (us Users) JSON() wire.Raw {
	raws := make([]wire.Raw, len(us))
	for i, u := range us {
		raws[i] = u.Raw
	}
	return wire.AppendArray(nil, raws)
}

// Read reads an array of users of the wire.
func (us *Users) Read(raw wire.Raw) error {
	*us = nil
	return wire.Items(raw, func(v wire.Raw) error {
		var u User
		err := u.Read(v)
		*us = append(*us, u)
		return err
	})
}

// Events of a chat, by their names on the wire. All but two are entries of its log.
const (
	EventCreate    = "chats:create"
	EventAssign    = "chats:assign"
	EventJoin      = "chats:join"
	EventLeave     = "chats:leave"
	EventClose     = "chats:close"
	EventIntervene = "chats:intervene"
	EventTransfer  = "chats:transfer"
	EventMessage   = "messages:new"
	EventRead      = "messages:read"
	EventImport    = "history:import"
	EventActivity  = "users:activity" // never in a log
	EventAlone     = "forever:alone"
	EventInfo      = "system:info"
	EventQueue     = "queues:update" // never in a log

	EventExpiryAlert = "chats:expiryAlert"
	EventRedact      = "chats:redact" // earlier entries have lost content; a client loads the chat again
	EventRemove      = "chats:remove" // nothing is left of the chat
)

// ModeWatch is the mode in which supervisors join to read only.
const ModeWatch = "watch"

// Entry is one entry of a chat's log.
type Entry struct {
	Seq     uint64 // position, given by the log
	Event   string
	EventID string // the id of the request that caused it, "" if the server did
	By      string // id of the acting user, or System
	Data    wire.Raw
	Order   uint64 // orders it among entries of other chats, for the server; 0 if nobody asks
}

// Append adds the entry's JSON as it is stored, without the seq, which is the log's.
func (e *Entry) Append(dst []byte) []byte {
	o := wire.NewObject(dst).Str("event", e.Event).StrIf("id", e.EventID).Str("by", e.By).Raw("data", e.Data)
	if e.Order != 0 {
		o.Uint("order", e.Order)
	}
	return o.Done()
}

// ParseEntry reads what Append wrote, and sets its seq. Data shares b's memory.
func ParseEntry(seq uint64, b []byte) (Entry, error) {
	e := Entry{Seq: seq}
	err := wire.Read(b, "event", &e.Event, "id", &e.EventID, "by", &e.By, "data", &e.Data, "order", &e.Order)
	return e, err
}
