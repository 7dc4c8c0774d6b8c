package identity

import (
	"context"
	"net/http"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// SecretHeader is the header of a request that has the secret of an app, or the admin's.
const SecretHeader = "X-Hyper-Secret"

// Credentials are what a request says about who makes it. Every field may be empty.
type Credentials struct {
	AppID  string // x-hyper-appId
	Token  string // x-hyper-token: a session
	Secret string // x-hyper-secret: the app's, or the admin's
	Key    string // x-hyper-key: the domain key
	Origin string // the page's origin, set by browsers
	Host   string // to which the request was sent
}

// CredentialsOf reads the credentials from the headers of an HTTP request, never from its
// URL: URLs are logged.
func CredentialsOf(r *http.Request) Credentials {
	return Credentials{
		AppID:  r.Header.Get("X-Hyper-Appid"),
		Token:  r.Header.Get("X-Hyper-Token"),
		Secret: r.Header.Get(SecretHeader),
		Key:    r.Header.Get("X-Hyper-Key"),
		Origin: r.Header.Get("Origin"),
		Host:   r.Host,
	}
}

// Actor is who makes a request, according to credentials that were found right.
type Actor struct {
	App    App  // zero only for an admin who names no app
	User   User // the session's user; its ID is empty without a session
	Ended  bool // the session's visitor has logged out
	Secret bool // the app's secret was given, that of an access key, or the admin secret
	Key    bool // the app's domain key was given
	Admin  bool // the admin secret was given: they may make apps and agents

	AccessKey *AccessKey // the key whose secret was given: only what it may is allowed
}

// Authenticate finds out who makes a request. A credential that is wrong is a 401, an
// origin that the app does not accept a 403. The admin secret needs no app id; with
// one it also stands for that app's secret.
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
	if c.Origin != "" && !originAllowed(app, c.Origin, c.Host) {
		return Actor{}, errOrigin(app, c.Origin)
	}
	if c.Secret != "" {
		if err = i.checkSecret(ctx, c.Secret, &a); err != nil {
			return Actor{}, err
		}
	}
	if c.Key != "" {
		if !ids.SameSecret(c.Key, app.KeyHash) {
			return Actor{}, wire.Errorf(wire.WrongDomainKey, "the domain key is not the one of this app")
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

// checkSecret refuses a secret that is neither the app's, nor that of one of its access
// keys, nor the admin secret, and tells the actor which it is.
func (i *Store) checkSecret(ctx context.Context, secret string, a *Actor) (err error) {
	a.Secret = true
	if ids.SameSecret(secret, a.App.SecretHash) {
		return nil
	}
	if a.AccessKey, err = a.App.accessKeyOf(secret, i.now()); err != nil || a.AccessKey != nil {
		return err
	}
	a.Admin, err = i.isAdmin(ctx, secret)
	if err == nil && !a.Admin {
		err = wire.Errorf(wire.WrongSecret, "the secret is not the one of this app")
	}
	return err
}

// authenticateAdmin judges a request that names no app. The page of another origin is
// refused: none has a reason to know the admin secret.
func (i *Store) authenticateAdmin(ctx context.Context, c Credentials) (Actor, error) {
	if c.Secret == "" || c.Token != "" || c.Key != "" {
		return Actor{}, wire.Errorf(wire.UnknownApp, "the app id is missing: send it as x-hyper-appId")
	}
	if c.Origin != "" && !originAllowed(App{}, c.Origin, c.Host) {
		return Actor{}, wire.Errorf(wire.OriginRefused, "the origin %q may not use the admin secret", c.Origin)
	}
	admin, err := i.isAdmin(ctx, c.Secret)
	if err != nil {
		return Actor{}, err
	}
	if !admin {
		return Actor{}, wire.Errorf(wire.WrongSecret, "the admin secret is wrong, or the app id is missing")
	}
	return Actor{Admin: true, Secret: true}, nil
}
