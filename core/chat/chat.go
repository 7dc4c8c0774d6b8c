package chat

import "parley/core/wire"

// Chat is a chat at one position of its log.
type Chat struct {
	ID       string
	Status   Status
	Creator  string
	Users    Users
	Watchers Users
	Seq      uint64   // of the last entry applied
	Room     wire.Raw // string or number, as it came
	Fixed    wire.Raw // lang, source and the like: members that never change, as one object
}

// Parse reads a Chat object of the wire, such as a reply's snapshot. What the
// state machine has no use for (history, lang, ...) is not kept.
func Parse(raw wire.Raw) (Chat, error) {
	var c Chat
	var status string
	err := wire.Read(raw, "id", &c.ID, "status", &status, "creator", &c.Creator, "users", &c.Users, "watchers", &c.Watchers, "seq", &c.Seq, "room", &c.Room)
	c.Room = c.Room.Clone()
	c.Status = ParseStatus(status)
	if err == nil && c.ID == "" {
		err = wire.Errorf(wire.CodeBadRequest, "chat has no id")
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

// derive sets the status from who is in the chat. Closed stays closed.
func (c *Chat) derive() {
	switch {
	case c.Status == Closed:
	case c.Attended():
		c.Status = Active
	default:
		c.Status = Waiting
	}
}
