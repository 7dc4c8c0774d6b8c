package identity

import (
	"context"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// SeedDemo makes the app "demo" with the secret "demo-secret", the domain key
// "demo-key" and the rooms "1" and "2", open to every origin; and its agents agent1,
// agent2 and the supervisor lead, each with the password "demo". What exists already
// stays as it is.
func SeedDemo(ctx context.Context, i *Store) error {
	app := App{ID: "demo", Name: "Demo", Origins: []string{"*"}, Rooms: []string{"1", "2"}, KeyHash: ids.Digest("demo-key")}
	if _, err := i.CreateApp(ctx, app, "demo-secret"); !exists(err) {
		return err
	}
	for _, agent := range []NewAgent{
		{Username: "agent1", Name: "Agent 1", Role: RoleAgent},
		{Username: "agent2", Name: "Agent 2", Role: RoleAgent},
		{Username: "lead", Name: "Lead", Role: RoleSupervisor},
	} {
		agent.Password, agent.Rooms = "demo", app.Rooms
		if _, err := i.addAgent(ctx, app.ID, agent); !exists(err) {
			return err
		}
	}
	return nil
}

// HasDemo tells whether there is the demo app with its well-known secret.
func HasDemo(ctx context.Context, i *Store) (bool, error) {
	app, err := i.App(ctx, "demo")
	if ids.IsCode(err, wire.CodeUnauthorized) { // unknown
		return false, nil
	}
	return ids.SameSecret("demo-secret", app.SecretHash), err
}

// exists tells whether what was to be made exists now: it was made, or was there already.
func exists(err error) bool { return err == nil || ids.IsCode(err, wire.CodeConflict) }
