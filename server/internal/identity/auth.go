package identity

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Credentials are what a request says about who is asking. Each may be empty.
type Credentials struct {
	AppID  string // x-hyper-appId
	Token  string // x-hyper-token: a session
	Secret string // x-hyper-secret: the app's, or the admin's
	Key    string // x-hyper-key: the domain key
	Origin string // the page's origin, set by browsers
	Host   string // the host that the request was sent to
}

// CredentialsOf reads the credentials of an HTTP request: from its headers only,
// as URLs are logged; only files may be asked for otherwise.
func CredentialsOf(r *http.Request) Credentials {
	return Credentials{
		AppID:  r.Header.Get("X-Hyper-Appid"),
		Token:  r.Header.Get("X-Hyper-Token"),
		Secret: r.Header.Get("X-Hyper-Secret"),
		Key:    r.Header.Get("X-Hyper-Key"),
		Origin: r.Header.Get("Origin"),
		Host:   r.Host,
	}
}

// FromURL fills in what the headers do not say, for files that a page refers to
// by their address.
func (c *Credentials) FromURL(query url.Values) {
	c.AppID = cmp.Or(c.AppID, query.Get("appId"))
	c.Token = cmp.Or(c.Token, query.Get("token"))
	c.Secret = cmp.Or(c.Secret, query.Get("secret"))
}

// Actor is who asks, after the credentials were found right.
type Actor struct {
	App    App  // zero only for an admin who names no app
	User   User // whose session it is; zero ID when there is none
	Ended  bool // that session is over: the visitor has logged out
	Secret bool // the app's secret was given, or the admin's
	Key    bool // the app's domain key was given
	Admin  bool // the admin secret was given: may make apps and agents
}

// Authenticate finds out who asks. Every credential that is given must be right,
// else it is a 401; an origin that the app does not accept is a 403. The admin
// secret goes without an app id, or for the secret of the app that is named.
func (i *Store) Authenticate(ctx context.Context, c Credentials) (Actor, error) {
	var a Actor
	if c.AppID == "" {
		return i.authenticateAdmin(ctx, c)
	}
	app, err := i.App(ctx, c.AppID)
	if err != nil {
		return Actor{}, err
	}
	a.App = app
	if c.Origin != "" && !OriginAllowed(app, c.Origin, c.Host) {
		return Actor{}, errOrigin(app, c.Origin)
	}
	if c.Secret != "" {
		if !ids.SameSecret(c.Secret, app.SecretHash) {
			if a.Admin, err = i.isAdmin(ctx, c.Secret); err != nil {
				return Actor{}, err
			}
			if !a.Admin {
				return Actor{}, wire.Errorf(wire.CodeUnauthorized, "the secret is not this app's")
			}
		}
		a.Secret = true
	}
	if c.Key != "" {
		if !ids.SameSecret(c.Key, app.KeyHash) {
			return Actor{}, wire.Errorf(wire.CodeUnauthorized, "the domain key is not this app's")
		}
		a.Key = true
	}
	if c.Token != "" {
		if a.User, a.Ended, err = i.Session(ctx, app.ID, c.Token); err != nil {
			return Actor{}, err
		}
	}
	return a, nil
}

// authenticateAdmin judges a request that names no app. No page of elsewhere has
// a reason to hold the admin secret.
func (i *Store) authenticateAdmin(ctx context.Context, c Credentials) (Actor, error) {
	if c.Secret == "" || c.Token != "" || c.Key != "" {
		return Actor{}, wire.Errorf(wire.CodeUnauthorized, "the app id is missing: send it as x-hyper-appId")
	}
	if c.Origin != "" && !OriginAllowed(App{}, c.Origin, c.Host) {
		return Actor{}, wire.Errorf(wire.CodeForbidden, "the origin %q may not use the admin secret", c.Origin)
	}
	admin, err := i.isAdmin(ctx, c.Secret)
	if err != nil {
		return Actor{}, err
	}
	if !admin {
		return Actor{}, wire.Errorf(wire.CodeUnauthorized, "the admin secret is wrong, or the app id is missing")
	}
	return Actor{Admin: true, Secret: true}, nil
}

// adminKey has a dot, which no app id has.
const adminKey = "admin.secret"

// EnsureAdmin makes the admin secret on the first call and gives it this once;
// later calls give "". Only its digest is kept.
func (i *Store) EnsureAdmin(ctx context.Context) (string, error) {
	secret := ids.NewSecret()
	fresh, err := store.Create(ctx, i.apps, adminKey, ids.Digest(secret))
	if err != nil || !fresh {
		return "", err
	}
	return secret, nil
}

func (i *Store) isAdmin(ctx context.Context, secret string) (bool, error) {
	want, _, found, err := store.Read[string](ctx, i.apps, adminKey)
	return found && ids.SameSecret(secret, want), err
}
