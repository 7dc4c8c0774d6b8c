package identity

import (
	"context"
	"encoding/json"
	"slices"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Roles of users. A visitor has none.
const (
	RoleAgent      = "agent"      // answers chats
	RoleSupervisor = "supervisor" // an agent who may also watch, close and intervene in every chat
)

// User is a visitor or an agent.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Nickname string `json:"nickname,omitempty"`
	Contact  string `json:"contact,omitempty"`
	// ExternalID is the integrator's id of a known user. It comes from a proof or from the
	// app's secret; what a page says without one is Claimed.
	ExternalID string          `json:"externalId,omitempty"`
	Claimed    string          `json:"claimedExternalId,omitempty"`
	Verified   bool            `json:"verified,omitempty"`   // name and contact come from where ExternalID does
	Priority   float64         `json:"priority,omitempty"`   // of the user's chats in a queue, from a proof
	ProviderID string          `json:"providerId,omitempty"` // set for agents only
	ExtraInfo  json.RawMessage `json:"extraInfo,omitempty"`  // a JSON object
	Role       string          `json:"role,omitempty"`       // "" is a visitor
	Rooms      []string        `json:"rooms,omitempty"`      // an agent's; empty is every room
	Langs      []string        `json:"langs,omitempty"`      // an agent's; empty is every language
	Picture    string          `json:"picture,omitempty"`    // an agent's: its path below /v1
	Username   string          `json:"username,omitempty"`   // an agent's; empty once they are removed
	Disabled   bool            `json:"disabled,omitempty"`   // an agent who cannot log in
	Epoch      int             `json:"epoch,omitempty"`      // sessions of an earlier epoch have ended
	Kept       string          `json:"kept,omitempty"`       // digest of the token of the one session of an earlier epoch that has not
	Created    float64         `json:"created,omitempty"`    // unix seconds
	SealKey    []byte          `json:"sealKey,omitempty"`    // see Seal
	ByPage     bool            `json:"byPage,omitempty"`     // made by a page: may be silent again, unless they are known
}

// IsAgent tells whether the user is an agent or a supervisor, not a visitor.
func (u User) IsAgent() bool { return u.ProviderID != "" }

// SameRights tells whether a user may do the same as according to another record of them.
func (u User) SameRights(other User) bool {
	return u.Role == other.Role && slices.Equal(u.Rooms, other.Rooms)
}

// Public is the user as others see them and as the wire has them: without their role,
// rooms and languages.
func (u User) Public() json.RawMessage {
	u.Role = ""
	return u.Own()
}

// Own is the user as they see themselves: Public, with an agent's role.
func (u User) Own() json.RawMessage {
	u.Rooms, u.Langs, u.Username, u.Disabled, u.Epoch, u.Kept, u.Created, u.Priority = nil, nil, "", false, 0, "", 0, 0
	u.SealKey, u.ByPage = nil, false
	data, err := json.Marshal(u)
	if err != nil { // only ExtraInfo can be at fault, and checkUser has checked it
		u.ExtraInfo = nil
		data, _ = json.Marshal(u)
	}
	return data
}

// Account is the user as they and the app's secret read them: Own, with the ids of
// their open chats. With nulls, the members of the documented User that the user lacks
// are null, as programs of old read them unasked.
func (u User) Account(chats []string, nulls bool) json.RawMessage {
	o := wire.NewObject(nil)
	given := map[string]bool{}
	_ = wire.Members(wire.Raw(u.Own()), func(name string, v wire.Raw) error { // encoding/json wrote it
		given[name] = true
		o.Raw(name, v)
		return nil
	})
	for _, name := range []string{"nickname", "contact", "externalId", "providerId", "extraInfo"} {
		if nulls && !given[name] {
			o.Raw(name, wire.Raw("null"))
		}
	}
	list, _ := json.Marshal(EmptyNotNull(chats)) // texts only
	return json.RawMessage(o.Raw("chats", wire.Raw(list)).Done())
}

// NewUser is a visitor to be made; every field may be left out.
type NewUser struct {
	Name       string          `json:"name"` // defaults to "Guest"
	Nickname   string          `json:"nickname"`
	Contact    string          `json:"contact"`
	ExternalID string          `json:"externalId"` // the integrator's id, unique in the app
	Claimed    string          `json:"claimed"`    // the same, without a proof
	ExtraInfo  json.RawMessage `json:"extraInfo"`  // a JSON object of at most 16 KiB
	Client     Client          `json:"-"`          // where the session begins
	Silent     bool            `json:"-"`          // they go again unless they write in a chat; see SilentVisitors
}

// UserPatch says what to change of a user; nil leaves a field as it is.
type UserPatch struct {
	Name      *string         `json:"name"`
	Nickname  *string         `json:"nickname"`
	Contact   *string         `json:"contact"`
	ExtraInfo json.RawMessage `json:"extraInfo"` // replaces the whole object
}

// CreateUser makes a visitor and a session for them, and gives its token. An externalId
// that exists in the app is a 409, a field that does not fit a 400 that names it.
func (i *Store) CreateUser(ctx context.Context, appID string, n NewUser) (User, string, error) {
	made := n.user()
	made.ByPage = n.Silent
	u, err := i.addUser(ctx, appID, made, n.Silent)
	if err != nil {
		return User{}, "", err
	}
	token, err := i.newSession(ctx, appID, u, n.Silent, n.Client)
	return u, token, err
}

// user is the visitor's record. Who is known by an external id is verified.
func (n NewUser) user() User {
	return User{
		ID: ids.New(), Name: n.Name, Nickname: n.Nickname, Contact: n.Contact,
		ExternalID: n.ExternalID, Claimed: n.Claimed, Verified: n.ExternalID != "", ExtraInfo: n.ExtraInfo,
	}
}

// addUser writes when a silent visitor goes, then the record, and then the index: a crash
// between two of them leaves no visitor who stays unasked, and a record that nothing refers
// to, not an external id that is taken for ever.
func (i *Store) addUser(ctx context.Context, appID string, u User, silent bool) (User, error) {
	u, err := checkUser(u)
	if err != nil {
		return User{}, err
	}
	if u.ExternalID != "" {
		_, err := i.UserByExternalID(ctx, appID, u.ExternalID)
		if err == nil {
			err = errExternalIDTaken
		}
		if !ids.IsCode(err, wire.CodeNotFound) {
			return User{}, err
		}
	}
	u.Created, u.SealKey = ids.Unix(i.now()), newSealKey()
	if silent {
		if _, err := store.Create(ctx, i.silent, userKey(appID, u.ID), i.silentUntil()); err != nil {
			return User{}, err
		}
	}
	if _, err := store.Create(ctx, i.users, userKey(appID, u.ID), u); err != nil {
		return User{}, err
	}
	if u.ExternalID == "" {
		return u, nil
	}
	if err := i.indexExternalID(ctx, appID, u); err != nil {
		_, _ = store.EraseRecords(ctx, i.engine, i.users, userKey(appID, u.ID))
		return User{}, err
	}
	return u, nil
}

// indexExternalID lets a user be found by their external id. The user's record has it
// already, so an index that leads to no user with this id is what an erasure or a call that
// failed has left, and is taken over. Another user who has the id is a 409.
func (i *Store) indexExternalID(ctx context.Context, appID string, u User) error {
	_, err := store.Modify(ctx, i.users, externalKey(appID, u.ExternalID), func(holder *string, found bool) error {
		if found && *holder == u.ID {
			return store.ErrUnchanged
		}
		if found {
			other, err := i.User(ctx, appID, *holder)
			if err == nil && other.ExternalID == u.ExternalID {
				return errExternalIDTaken
			}
			if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
				return err
			}
		}
		*holder = u.ID
		return nil
	})
	return err
}

// User gives a user. An unknown one is a 404.
func (i *Store) User(ctx context.Context, appID, userID string) (User, error) {
	if !isUserKey(appID, userID) {
		return User{}, errUnknownUser
	}
	u, _, found, err := store.Read[User](ctx, i.users, userKey(appID, userID))
	if err == nil && !found {
		err = errUnknownUser
	}
	return u, err
}

// UserByExternalID gives the user whom the integrator knows by this id. An unknown one
// is a 404.
func (i *Store) UserByExternalID(ctx context.Context, appID, externalID string) (User, error) {
	id, _, found, err := store.Read[string](ctx, i.users, externalKey(appID, externalID))
	if err != nil {
		return User{}, err
	}
	if !found {
		return User{}, errUnknownUser
	}
	u, err := i.User(ctx, appID, id)
	if err == nil && u.ExternalID != externalID {
		err = errUnknownUser
	}
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// Users gives visitors and agents of an app in the order in which they were last changed:
// at most limit of them after a position, 0 for the first. next is the after of the next
// page, 0 if there are no more.
func (i *Store) Users(ctx context.Context, appID string, after uint64, limit int) (list []User, next uint64, err error) {
	return store.PageOf[User](ctx, i.engine, i.users, appID+".*", after, limit)
}

// UpdateUser changes a user and gives the result. An unknown user is a 404, a field that
// does not fit a 400 that names it.
func (i *Store) UpdateUser(ctx context.Context, appID, userID string, patch UserPatch) (User, error) {
	return i.changeUser(ctx, appID, userID, func(u *User) error {
		setIf(&u.Name, patch.Name)
		setIf(&u.Nickname, patch.Nickname)
		setIf(&u.Contact, patch.Contact)
		if patch.ExtraInfo != nil {
			u.ExtraInfo = patch.ExtraInfo
		}
		return nil
	})
}

// changeUser changes a user with store.Modify and checks the result; an unknown user
// is a 404. What the user was before is overwritten.
func (i *Store) changeUser(ctx context.Context, appID, userID string, change func(*User) error) (User, error) {
	if !isUserKey(appID, userID) {
		return User{}, errUnknownUser
	}
	key := userKey(appID, userID)
	changed, err := store.Modify(ctx, i.users, key, func(u *User, found bool) (err error) {
		if !found {
			return errUnknownUser
		}
		if err := change(u); err != nil {
			return err
		}
		*u, err = checkUser(*u)
		return err
	})
	if err != nil {
		return User{}, err
	}
	return changed, store.EraseOld(ctx, i.engine, i.users, key)
}

var errExternalIDTaken = wire.Errorf(wire.NameTaken, "externalId: a user with this id already exists")

var errUnknownUser = wire.Errorf(wire.UnknownUser, "unknown user")

// isUserKey tells whether both ids may stand in a key.
func isUserKey(appID, userID string) bool {
	return ids.Check("", appID) == nil && ids.Check("", userID) == nil
}

func userKey(appID, userID string) string { return appID + "." + userID }

// externalKey has three parts, so that it is never a user's key. An external id may hold
// any character; its digest may stand in a key.
func externalKey(appID, externalID string) string { return appID + ".x." + ids.Digest(externalID) }
