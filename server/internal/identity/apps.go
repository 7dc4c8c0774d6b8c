package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// App is one customer of the server. Its users, agents and chats are its own.
type App struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	SecretHash string `json:"secretHash"` // digest of the secret, for servers
	KeyHash    string `json:"keyHash"`    // digest of the domain key, for pages; may be empty
	// Origins are the origins of pages that may use the app: "https://example.com",
	// "https://*.example.com" or "*". The pages of this server always may.
	Origins []string `json:"origins"`
	// Rooms are the rooms that chats may be in. Empty is any room.
	Rooms   []string `json:"rooms"`
	Created float64  `json:"created"` // unix seconds
	// Former is the secret before this one, as long as it is valid beside it.
	Former FormerSecret `json:"former,omitzero"`
	// Keys are secrets that may do a part of what the app's own may.
	Keys []AccessKey `json:"keys,omitempty"`
	// Standing is whether it is to be erased.
	Standing Standing `json:"standing,omitempty"`

	everywhere []string // origins that the server accepts for every app
}

// FormerSecret is a secret that was replaced.
type FormerSecret struct {
	Hash  string  `json:"hash"`
	Until float64 `json:"until"` // unix seconds
}

// PublicApp is an app as its owner may read it.
type PublicApp struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Origins []string `json:"origins"`
	Rooms   []string `json:"rooms"`
	Created float64  `json:"created"`
}

// Public gives the app without the digests.
func (a App) Public() PublicApp {
	return PublicApp{a.ID, a.Name, EmptyNotNull(a.Origins), EmptyNotNull(a.Rooms), a.Created}
}

// NewApp describes an app to be registered; every field may be left out.
type NewApp struct {
	ID      string   `json:"id"`      // defaults to a random one
	Name    string   `json:"name"`    // defaults to the id
	Origins []string `json:"origins"` // see App
	Rooms   []string `json:"rooms"`   // see App
}

// RegisteredApp is a new app with its secret and its domain key. They are shown this
// once: the server stores only their digests.
type RegisteredApp struct {
	App    PublicApp `json:"app"`
	Secret string    `json:"secret"`
	Key    string    `json:"key"`
}

// RegisterApp makes an app with a random secret and domain key.
func (i *Store) RegisterApp(ctx context.Context, n NewApp) (RegisteredApp, error) {
	secret, key := ids.NewSecret(), ids.NewSecret()
	app, err := i.CreateApp(ctx, App{ID: n.ID, Name: n.Name, Origins: n.Origins, Rooms: n.Rooms, KeyHash: ids.Digest(key)}, secret)
	if err != nil {
		return RegisteredApp{}, err
	}
	return RegisteredApp{app.Public(), secret, key}, nil
}

// CreateApp makes an app with the given secret, and sets SecretHash and Created. An id
// that exists is a 409, a field that does not fit a 400 that names it.
func (i *Store) CreateApp(ctx context.Context, app App, secret string) (App, error) {
	if app.ID == "" {
		app.ID = ids.New()
	}
	app.Name = cmp.Or(app.Name, app.ID)
	if err := checkApp(app); err != nil {
		return App{}, err
	}
	if secret == "" {
		return App{}, wire.Errorf(wire.BadArgument, "secret: must not be empty")
	}
	app.SecretHash, app.Created = ids.Digest(secret), ids.Unix(i.now())
	fresh, err := store.Create(ctx, i.apps, app.ID, app)
	if err != nil {
		return App{}, err
	}
	if !fresh {
		return App{}, wire.Errorf(wire.NameTaken, "id: the app %q already exists", app.ID)
	}
	app.everywhere = i.everywhere
	return app, nil
}

// App gives an app. An unknown one is a 401: the id is part of the credentials.
func (i *Store) App(ctx context.Context, appID string) (App, error) {
	if ids.Check("appId", appID) != nil {
		return App{}, wire.Errorf(wire.UnknownApp, "unknown app id")
	}
	app, _, found, err := store.Read[App](ctx, i.apps, appID)
	if err != nil {
		return App{}, err
	}
	if !found || app.Standing != AppOpen {
		return App{}, wire.Errorf(wire.UnknownApp, "unknown app id %q", appID)
	}
	app.everywhere = i.everywhere
	return app, nil
}

// Apps gives all apps that are open, in the order of their ids.
func (i *Store) Apps(ctx context.Context) ([]App, error) {
	apps, err := store.List[App](ctx, i.engine, i.apps, appKeys)
	apps = slices.DeleteFunc(apps, func(app App) bool { return app.Standing != AppOpen })
	slices.SortFunc(apps, func(a, b App) int { return strings.Compare(a.ID, b.ID) })
	return apps, err
}

// AppPatch says what to change of an app; nil leaves a field as it is.
type AppPatch struct {
	Name    *string
	Origins *[]string
	Rooms   *[]string

	RoomsFrom string // the RoomsVersion that Rooms were made from; "" is any
}

// ErrOtherRooms is a 409: rooms were made from others than the app has by now.
var ErrOtherRooms = wire.Errorf(wire.Changed, "version: the rooms have been changed by somebody else meanwhile; read them again")

// RoomsVersion names the rooms of an app. The same rooms have the same version.
func (a App) RoomsVersion() string { return ids.Digest(strings.Join(a.Rooms, "\n"))[:16] }

// UpdateApp changes an app and gives the result. An unknown app is a 404, a field that
// does not fit a 400 that names it.
func (i *Store) UpdateApp(ctx context.Context, appID string, patch AppPatch) (App, error) {
	var refused error
	app, err := i.changeApp(ctx, appID, func(app *App) {
		if refused = nil; patch.RoomsFrom != "" && patch.RoomsFrom != app.RoomsVersion() {
			refused = ErrOtherRooms
			return
		}
		setIf(&app.Name, patch.Name)
		app.Name = cmp.Or(app.Name, app.ID)
		setIf(&app.Origins, patch.Origins)
		setIf(&app.Rooms, patch.Rooms)
	})
	return app, cmp.Or(refused, err)
}

// setIf sets a field to the value of a patch, if it has one.
func setIf[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// RenewSecret gives the app a new secret and returns it. The old one is valid for the time
// of grace, but makes no keys and no secrets any more.
func (i *Store) RenewSecret(ctx context.Context, appID string, grace time.Duration) (string, FormerSecret, error) {
	secret := ids.NewSecret()
	app, err := i.changeApp(ctx, appID, func(app *App) {
		app.Former = FormerSecret{}
		if grace > 0 {
			app.Former = FormerSecret{app.SecretHash, ids.Unix(i.now().Add(grace))}
		}
		app.SecretHash = ids.Digest(secret)
	})
	return secret, app.Former, err
}

// RenewKey gives the app a new domain key and returns it. The old one is invalid at once.
func (i *Store) RenewKey(ctx context.Context, appID string) (string, error) {
	key := ids.NewSecret()
	_, err := i.changeApp(ctx, appID, func(app *App) { app.KeyHash = ids.Digest(key) })
	return key, err
}

// changeApp changes an app with store.Modify and checks the result; an unknown app is
// a 404.
func (i *Store) changeApp(ctx context.Context, appID string, change func(*App)) (App, error) {
	return store.Modify(ctx, i.apps, appID, func(app *App, found bool) error {
		if !found {
			return wire.Errorf(wire.NoSuchApp, "unknown app %q", appID)
		}
		change(app)
		return checkApp(*app)
	})
}

// appKeys matches the keys of apps, but not adminKey, which has a dot.
const appKeys = "*"

// AnyApp tells whether there is an app.
func (i *Store) AnyApp(ctx context.Context) (bool, error) {
	apps, err := i.apps.Watch(ctx, appKeys, jetstream.IgnoreDeletes(), jetstream.MetaOnly())
	if err != nil {
		return false, fmt.Errorf("list apps: %w", err)
	}
	defer func() { _ = apps.Stop() }()
	select {
	case first := <-apps.Updates(): // nil after the last, and so at once without apps
		return first != nil, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// EmptyNotNull gives a list that is [] in JSON when it is nil, and not null.
func EmptyNotNull(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
