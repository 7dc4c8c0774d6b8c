package chat

import "parley/core/wire"

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
		err = wire.Errorf(wire.CodeBadRequest, "user has no id")
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
