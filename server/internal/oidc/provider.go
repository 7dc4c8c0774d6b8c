package oidc

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"parley/core/wire"
	"parley/server/internal/settings"
)

const (
	providersKept = 1000      // the one used longest ago is forgotten first
	providerLife  = time.Hour // after which a provider is asked again what it has
)

// provider is what a provider says of itself, and its keys.
type provider struct {
	*goidc.Provider
	issuer string
	asked  time.Time
	said   said
}

// said are those of the provider's metadata (OpenID Connect Discovery 1.0) that the
// library leaves to its users.
type said struct {
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	NamesItself   bool     `json:"authorization_response_iss_parameter_supported"`
}

// provider gives the provider of an issuer, and asks it what it has if that is not known
// yet, or was long ago.
func (l *Logins) provider(ctx context.Context, issuer string) (*provider, error) {
	if p, known := l.providers.Get(issuer); known && l.now().Sub(p.asked) < providerLife {
		return p, nil
	}
	found, err, _ := l.asking.Do(issuer, func() (any, error) {
		p, err := l.discover(ctx, issuer)
		if err == nil {
			l.providers.Add(issuer, p)
		}
		return p, err
	})
	if err != nil {
		return nil, failed("discovery", err)
	}
	return found.(*provider), nil
}

// discover asks a provider what it has. It takes no longer than the client's time, whoever
// waits for it. The library keeps the client, and asks for the keys with it later.
func (l *Logins) discover(ctx context.Context, issuer string) (*provider, error) {
	if err := l.checkAddress("issuer", issuer); err != nil { // the operator may have allowed it when it was set
		return nil, err
	}
	asked, err := goidc.NewProvider(goidc.ClientContext(context.WithoutCancel(ctx), l.client), issuer)
	if err != nil {
		return nil, err
	}
	p := &provider{Provider: asked, issuer: issuer, asked: l.now()}
	if err := asked.Claims(&p.said); err != nil {
		return nil, err
	}
	for name, address := range map[string]string{"authorization_endpoint": p.said.Authorization, "token_endpoint": p.said.Token, "jwks_uri": p.said.Keys} {
		if err := l.checkAddress(name, address); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// checkAddress refuses an address of a provider that is not reached as it must be. Whether
// it is public, the client sees when it connects.
func (l *Logins) checkAddress(name, address string) error {
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && !(l.plain && u.Scheme == "http") {
		return fmt.Errorf("its %s is no https address", name)
	}
	return nil
}

// config is the client at the provider.
func (p *provider) config(by settings.OIDC, redirect string) *oauth2.Config {
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // what a provider supports that names none
	if by.ClientSecret == "" || len(p.said.TokenAuth) > 0 && !slices.Contains(p.said.TokenAuth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: by.ClientID, ClientSecret: by.ClientSecret, Endpoint: endpoint, RedirectURL: redirect, Scopes: []string{goidc.ScopeOpenID, "email"},
	}
}

// checkIssuer refuses an answer that another provider has given, whose code would else be
// shown to this one (RFC 9207).
func (p *provider) checkIssuer(named string) error {
	if named == "" && !p.said.NamesItself || named == p.issuer {
		return nil
	}
	return refused("issuer of the answer", fmt.Errorf("it is %q", named))
}

// Failure is what a provider has done wrong: what the caller is told, and what only the log
// gets.
type Failure struct {
	Told *wire.Error
	Step string
	Err  error
}

func (f *Failure) Error() string { return f.Told.Message + " (" + f.Detail() + ")" }

// Detail is for the log.
func (f *Failure) Detail() string { return f.Step + ": " + f.Err.Error() }

// Unwrap gives what the caller is told.
func (f *Failure) Unwrap() error { return f.Told }

// failed is a 502: the provider does not answer, or not rightly.
func failed(step string, err error) error {
	return &Failure{wire.Errorf(wire.ProviderFailed, "the provider does not answer as it should; try again, or log in another way"), step, err}
}

// refused is a 401: what the provider has answered shows nobody.
func refused(step string, err error) error {
	return &Failure{wire.Errorf(wire.BadLogin, "the provider's answer does not show who you are; begin again"), step, err}
}
