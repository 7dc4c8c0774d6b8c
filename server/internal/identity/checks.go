package identity

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// The checks of this file bound what comes from outside. Each refusal is a 400 that
// begins with the name of the field.

func checkApp(app App) error {
	if err := ids.Check("id", app.ID); err != nil {
		return err
	}
	if err := ids.CheckText("name", app.Name, 200); err != nil {
		return err
	}
	if err := checkOrigins(app.Origins); err != nil {
		return err
	}
	return ids.CheckNames("rooms", app.Rooms)
}

// checkUser refuses fields that do not fit, and gives the user with clean names and the
// defaults set.
func checkUser(u User) (User, error) {
	for _, name := range []*string{&u.Name, &u.Nickname, &u.Contact} {
		if *name = ids.CleanName(*name); !ids.Visible(*name) {
			*name = ""
		}
	}
	u.Name = cmp.Or(u.Name, "Guest")
	for _, field := range []struct {
		name, text string
		most       int
	}{
		{"name", u.Name, 200}, {"nickname", u.Nickname, 200}, {"contact", u.Contact, 320}, {"externalId", u.ExternalID, 256},
		{"externalId", u.Claimed, 256},
	} {
		if err := ids.CheckText(field.name, field.text, field.most); err != nil {
			return User{}, err
		}
	}
	info := bytes.TrimSpace(u.ExtraInfo)
	if bytes.Equal(info, []byte("null")) {
		info = nil
	}
	if len(info) > 16<<10 {
		return User{}, wire.Errorf(wire.BadArgument, "extraInfo: %d bytes, at most %d are allowed", len(info), 16<<10)
	}
	if len(info) > 0 && (info[0] != '{' || !json.Valid(info)) {
		return User{}, wire.Errorf(wire.BadArgument, "extraInfo: must be an object")
	}
	u.ExtraInfo = info
	return u, nil
}

func checkAgent(n NewAgent) error {
	if strings.TrimSpace(n.Username) == "" {
		return wire.Errorf(wire.BadArgument, "username: must not be empty")
	}
	if err := ids.CheckText("username", n.Username, 128); err != nil {
		return err
	}
	if n.Role != RoleAgent && n.Role != RoleSupervisor {
		return wire.Errorf(wire.BadArgument, "role: must be %q or %q", RoleAgent, RoleSupervisor)
	}
	if err := ids.CheckNames("rooms", n.Rooms); err != nil {
		return err
	}
	return ids.CheckNames("langs", n.Langs)
}
