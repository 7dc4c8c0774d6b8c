package oidc

import (
	"context"
	"fmt"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	goidc "github.com/coreos/go-oidc/v3/oidc"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/outbound"
	"parley/server/internal/settings"
	"parley/server/internal/store"
)

const (
	within      = 10 * time.Minute // in which a log-in must be finished
	mostBegun   = 300_000          // log-ins within that time, of all apps: several of them at their rate
	fullRetry   = 60               // seconds after which there may be room again
	askedWithin = 3 * time.Second  // for one answer of a provider
)

// Logins are the log-ins that have begun, and the providers. Make it with Open.
type Logins struct {
	begun     jetstream.KeyValue // <app>.<digest of the state>: attempt
	client    *http.Client
	providers *lru.Cache[string, *provider] // by issuer
	asking    singleflight.Group            // for what a provider says of itself, by issuer
	plain     bool                          // providers may be reached by http, and at private addresses
	most      uint64                        // log-ins that may have begun
	now       func() time.Time
}

// Open opens the bucket of log-ins. private allows providers that are reached by http, and
// at private addresses.
func Open(ctx context.Context, e *store.Engine, private bool) (*Logins, error) {
	kv, err := store.ExpiringBucket(ctx, e, "parley_provider_logins", "log-ins by a provider that have begun", within, 0)
	if err != nil {
		return nil, err
	}
	providers, err := lru.New[string, *provider](providersKept)
	if err != nil {
		return nil, err
	}
	client := outbound.Client(private, askedWithin)
	client.Timeout = askedWithin
	client.Transport = boundedTransport{client.Transport}
	return &Logins{begun: kv, client: client, providers: providers, plain: private, most: mostBegun, now: time.Now}, nil
}

// attempt is a log-in that has begun. Its key has the state.
type attempt struct {
	Key      string  `json:"key"`      // digest of what only the browser has that began it
	Verifier string  `json:"verifier"` // of PKCE
	Nonce    string  `json:"nonce"`
	Issuer   string  `json:"issuer"`
	ClientID string  `json:"clientId"`
	Redirect string  `json:"redirect"` // where the provider sends the browser
	Began    float64 `json:"began"`    // unix seconds
}

func attemptKey(app, state string) string { return app + "." + ids.Digest(state) }

// Begun is a log-in that a browser may go on with.
type Begun struct {
	URL string // at the provider
	Key string // that the browser keeps, and shows at the end
}

// Begin begins a log-in. The provider sends the browser to redirect, an address of the
// console.
func (l *Logins) Begin(ctx context.Context, app string, by settings.OIDC, redirect string) (Begun, error) {
	p, err := l.provider(ctx, by.Issuer)
	if err != nil {
		return Begun{}, err
	}
	if err := l.checkRoom(ctx); err != nil {
		return Begun{}, err
	}
	state, key := ids.NewSecret(), ids.NewSecret()
	a := attempt{
		Key: ids.Digest(key), Verifier: oauth2.GenerateVerifier(), Nonce: ids.NewSecret(),
		Issuer: by.Issuer, ClientID: by.ClientID, Redirect: redirect, Began: ids.Unix(l.now()),
	}
	if _, err := store.Create(ctx, l.begun, attemptKey(app, state), a); err != nil {
		return Begun{}, err
	}
	url := p.config(by, redirect).AuthCodeURL(state, goidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier))
	return Begun{url, key}, nil
}

// checkRoom refuses a log-in while too many have begun. It bounds the store: rates by
// address and by app bound what a stranger and an app take of it.
func (l *Logins) checkRoom(ctx context.Context) error {
	status, err := l.begun.Status(ctx)
	if err != nil {
		return fmt.Errorf("log-ins that have begun: %w", err)
	}
	if status.Values() < l.most {
		return nil
	}
	full := wire.Errorf(wire.TooManyLogins, "too many log-ins by a provider have begun; try again in %d s", fullRetry)
	full.RetryAfter = fullRetry
	return full
}

// Callback is what the console has after the provider has sent the browser back.
type Callback struct {
	State  string
	Code   string
	Issuer string // as the provider names itself (RFC 9207), "" if it does not
	Key    string // of Begun
}

// Finish ends a log-in, and gives whom the provider has let in.
func (l *Logins) Finish(ctx context.Context, app string, by settings.OIDC, c Callback) (identity.Federated, error) {
	a, err := l.take(ctx, app, by, c)
	if err != nil {
		return identity.Federated{}, err
	}
	p, err := l.provider(ctx, by.Issuer)
	if err == nil {
		err = p.checkIssuer(c.Issuer)
	}
	if err != nil {
		return identity.Federated{}, err
	}
	token, err := l.exchange(ctx, p, by, a, c.Code)
	if err != nil {
		return identity.Federated{}, err
	}
	return l.verify(ctx, p, by, a, token)
}

var errOver = wire.Errorf(wire.LoginOver, "the log-in is over: it was finished, has taken too long, or was begun in another browser; begin again")

// take removes a log-in that has begun, so that it is finished once, and refuses who has
// not begun it. Whoever has the state without the key ends it for everybody.
func (l *Logins) take(ctx context.Context, app string, by settings.OIDC, c Callback) (attempt, error) {
	key := attemptKey(app, c.State)
	a, revision, found, err := store.Read[attempt](ctx, l.begun, key)
	if err != nil {
		return attempt{}, err
	}
	if !found {
		return attempt{}, errOver
	}
	switch err := l.begun.Purge(ctx, key, store.LastRevision(revision)); {
	case store.IsConflict(err):
		return attempt{}, errOver
	case err != nil:
		return attempt{}, fmt.Errorf("take a log-in: %w", err)
	case !ids.SameSecret(c.Key, a.Key), ids.Unix(l.now())-a.Began > within.Seconds():
		return attempt{}, errOver
	case a.Issuer != by.Issuer, a.ClientID != by.ClientID: // the settings have changed meanwhile
		return attempt{}, errOver
	}
	return a, nil
}
