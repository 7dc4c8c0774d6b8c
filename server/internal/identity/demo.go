package identity

import (
	"context"
	"errors"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// SeedDemo makes the app "demo" with the secret "demo-secret", the rooms "1" and
// "2", open to every origin, and its agents agent1, agent2 and the supervisor
// lead, with the password "demo" each. What is there already stays as it is.
func SeedDemo(ctx context.Context, i *Store) error {
	app := App{ID: "demo", Name: "Demo", Origins: []string{"*"}, Rooms: []string{"1", "2"}, KeyHash: ids.Digest("demo-key")}
	if _, err := i.CreateApp(ctx, app, "demo-secret"); !existsAlready(err) {
		return err
	}
	for _, agent := range []NewAgent{
		{Username: "agent1", Name: "Agent 1", Role: RoleAgent},
		{Username: "agent2", Name: "Agent 2", Role: RoleAgent},
		{Username: "lead", Name: "Lead", Role: RoleSupervisor},
	} {
		agent.Password, agent.Rooms = "demo", app.Rooms
		if _, err := i.addAgent(ctx, app.ID, agent); !existsAlready(err) {
			return err
		}
	}
	return nil
}

// HasDemo says whether the demo app is in the data, with its well-known secret.
func HasDemo(ctx context.Context, i *Store) (bool, error) {
	app, err := i.App(ctx, "demo")
	if unknown := new(wire.Error); errors.As(err, &unknown) {
		return false, nil
	}
	return ids.SameSecret("demo-secret", app.SecretHash), err
}

// existsAlready is true of success too: either way it is there now.
func existsAlready(err error) bool {
	conflict := new(wire.Error)
	return err == nil || errors.As(err, &conflict) && conflict.Code == wire.CodeConflict
}
