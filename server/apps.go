package server

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
)

// App is one customer's use of the server: its users, chats and agents are its
// own.
type App struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	SecretHash string `json:"secretHash"` // digest of the secret, for servers
	KeyHash    string `json:"keyHash"`    // digest of the domain key, for pages; may be empty
	// Origins are the pages that may use the app: "https://example.com",
	// "https://*.example.com" or "*". Pages of this server's own always may.
	Origins []string `json:"origins"`
	// Rooms are the rooms that chats may be in. Empty accepts any.
	Rooms   []string `json:"rooms"`
	Created float64  `json:"created"` // unix seconds

	everywhere []string // origins that the server accepts for every app
}

// PublicApp is what an app's owner may read back.
type PublicApp struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Origins []string `json:"origins"`
	Rooms   []string `json:"rooms"`
	Created float64  `json:"created"`
}

// Public leaves the digests out.
func (a App) Public() PublicApp {
	return PublicApp{a.ID, a.Name, emptyNotNull(a.Origins), emptyNotNull(a.Rooms), a.Created}
}

// NewApp is what it takes to register an app; all of it may be left out.
type NewApp struct {
	ID      string   `json:"id"`      // defaults to a random one
	Name    string   `json:"name"`    // defaults to the id
	Origins []string `json:"origins"` // see App
	Rooms   []string `json:"rooms"`   // see App
}

// RegisteredApp is an app with its secret and its domain key, which are told
// this once: the server keeps only their digests.
type RegisteredApp struct {
	App    PublicApp `json:"app"`
	Secret string    `json:"secret"`
	Key    string    `json:"key"`
}

// RegisterApp makes an app with a random secret and domain key.
func (i *Identity) RegisterApp(ctx context.Context, n NewApp) (RegisteredApp, error) {
	secret, key := newSecret(), newSecret()
	app, err := i.CreateApp(ctx, App{ID: n.ID, Name: n.Name, Origins: n.Origins, Rooms: n.Rooms, KeyHash: digest(key)}, secret)
	if err != nil {
		return RegisteredApp{}, err
	}
	return RegisteredApp{app.Public(), secret, key}, nil
}

// CreateApp makes an app with the given secret; SecretHash and Created are set
// here. An id that exists is a 409, a field that does not fit a 400 naming it.
func (i *Identity) CreateApp(ctx context.Context, app App, secret string) (App, error) {
	if app.ID == "" {
		app.ID = NewID()
	}
	if app.Name == "" {
		app.Name = app.ID
	}
	if err := checkApp(app); err != nil {
		return App{}, err
	}
	if secret == "" {
		return App{}, wire.Errorf(wire.CodeBadRequest, "secret: must not be empty")
	}
	app.SecretHash, app.Created = digest(secret), unixSeconds(i.now())
	fresh, err := create(ctx, i.apps, app.ID, app)
	if err != nil {
		return App{}, err
	}
	if !fresh {
		return App{}, wire.Errorf(wire.CodeConflict, "id: the app %q exists already", app.ID)
	}
	app.everywhere = i.everywhere
	return app, nil
}

// App gives an app; an unknown one is a 401, as it is part of the credentials.
func (i *Identity) App(ctx context.Context, appID string) (App, error) {
	if CheckID("appId", appID) != nil {
		return App{}, wire.Errorf(wire.CodeUnauthorized, "unknown app id")
	}
	app, _, found, err := read[App](ctx, i.apps, appID)
	if err != nil {
		return App{}, err
	}
	if !found {
		return App{}, wire.Errorf(wire.CodeUnauthorized, "unknown app id %q", appID)
	}
	app.everywhere = i.everywhere
	return app, nil
}

// AnyApp says whether there is an app at all.
func (i *Identity) AnyApp(ctx context.Context) (bool, error) {
	// The admin secret's key has two parts, so it is not among these.
	apps, err := i.apps.Watch(ctx, "*", jetstream.IgnoreDeletes(), jetstream.MetaOnly())
	if err != nil {
		return false, fmt.Errorf("list apps: %w", err)
	}
	defer func() { _ = apps.Stop() }()
	select {
	case first := <-apps.Updates(): // nil says that there are no more
		return first != nil, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// emptyNotNull makes a list that is not there an empty one in JSON.
func emptyNotNull(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
