package chat

import "parley/core/wire"

// Apply gives the chat after the entry. Entries at or before the chat's seq are
// history already and change nothing. Only the listed events change who is in a
// chat or whether it is open; all others just move the position.
func Apply(c Chat, e Entry) (Chat, error) {
	if e.Seq <= c.Seq && e.Seq != 0 {
		return c, nil
	}
	next := c
	var err error
	switch e.Event {
	case EventCreate: // (none) --create--> waiting
		next, err = created(c, e.Data)
	case EventJoin: // waiting --join--> active; a watcher changes nothing but the watchers
		err = next.join(e.Data)
	case EventLeave: // active --leave--> active or waiting
		err = next.leave(e.Data)
	case EventIntervene: // active --intervene--> active, with another agent
		err = next.intervene(e.Data)
	case EventClose: // waiting or active --close--> closed
		next.Status = Closed
	}
	if err != nil {
		return c, wire.Errorf(wire.CodeBadRequest, "%s of chat %s: %s", e.Event, c.ID, err)
	}
	next.derive()
	next.Seq = max(c.Seq, e.Seq)
	return next, nil
}

func created(c Chat, data wire.Raw) (Chat, error) {
	err := wire.Members(data, func(name string, v wire.Raw) (err error) {
		switch name {
		case "chat":
			c, err = Parse(v)
			c.Fixed = v.Clone()
		case "user":
			var u User
			if u, err = ParseUser(v); err == nil {
				c.Users = c.Users.with(u)
			}
		}
		return err
	})
	return c, err
}

func (c *Chat) join(data wire.Raw) error {
	var u User
	var mode string
	err := wire.Members(data, func(name string, v wire.Raw) (err error) {
		switch name {
		case "user":
			u, err = ParseUser(v)
		case "mode":
			mode, err = wire.String(v)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case u.ID == "":
		return wire.Errorf(wire.CodeBadRequest, "has no user")
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
	return wire.Members(data, func(name string, v wire.Raw) error {
		switch name {
		case "interventor":
			u, err := ParseUser(v)
			if err != nil {
				return err
			}
			c.Users = c.Users.with(u)
			c.Watchers = c.Watchers.without(u.ID)
		case "intervenedUsers":
			gone, err := parseUsers(v)
			if err != nil {
				return err
			}
			for _, u := range gone {
				c.Users = c.Users.without(u.ID)
			}
		}
		return nil
	})
}

// Text gives a string member of an object; it must be there.
func Text(data wire.Raw, member string) (text string, err error) {
	found := false
	err = wire.Members(data, func(name string, v wire.Raw) (err error) {
		if name == member {
			found = true
			text, err = wire.String(v)
		}
		return err
	})
	if err == nil && !found {
		err = wire.Errorf(wire.CodeBadRequest, "has no %s", member)
	}
	return text, err
}
