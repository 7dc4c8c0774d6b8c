package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"parley/server/internal/identity"
	"parley/server/internal/settings"
)

// algorithms are those by which a provider may sign. The library refuses all others, such
// as none and those by a shared secret.
var algorithms = []string{
	goidc.RS256, goidc.RS384, goidc.RS512, goidc.PS256, goidc.PS384, goidc.PS512, goidc.ES256, goidc.ES384, goidc.ES512, goidc.EdDSA,
}

// exchange gives the ID token for the code.
func (l *Logins) exchange(ctx context.Context, p *provider, by settings.OIDC, a attempt, code string) (string, error) {
	ctx = goidc.ClientContext(ctx, l.client)
	answer, err := p.config(by, a.Redirect).Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	var said *oauth2.RetrieveError
	switch {
	case errors.As(err, &said) && said.ErrorCode == "invalid_grant":
		return "", refused("code", errors.New(said.ErrorCode))
	case errors.As(err, &said): // its body is the provider's, and may hold anything
		return "", failed("code", fmt.Errorf("status %d, error %q", said.Response.StatusCode, said.ErrorCode))
	case err != nil:
		return "", failed("code", err)
	}
	token, given := answer.Extra("id_token").(string)
	if !given {
		return "", failed("code", errors.New("there is no ID token in the answer"))
	}
	return token, nil
}

// claims are those of an ID token that the library leaves to its users.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // a text with some providers
	Party    string `json:"azp"`
}

// verify gives whom an ID token is about. It must be signed by the provider, for this
// client and this log-in, and not have expired.
func (l *Logins) verify(ctx context.Context, p *provider, by settings.OIDC, a attempt, raw string) (identity.Federated, error) {
	token, err := p.Verifier(&goidc.Config{ClientID: by.ClientID, SupportedSigningAlgs: algorithms, Now: l.now}).Verify(ctx, raw)
	var said claims
	if err == nil {
		err = token.Claims(&said)
	}
	switch {
	case err != nil && strings.Contains(err.Error(), "fetching keys"): // the library has no type for it
		return identity.Federated{}, failed("keys", err)
	case err != nil:
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		err = errors.New("the nonce is of another log-in")
	case said.Party != "" && said.Party != by.ClientID:
		err = fmt.Errorf("it was issued to %q", said.Party)
	case token.Subject == "":
		err = errors.New("it names nobody")
	}
	if err != nil {
		return identity.Federated{}, refused("ID token", err)
	}
	who := identity.Federated{Issuer: by.Issuer, Subject: token.Subject}
	if said.Verified == true || said.Verified == "true" {
		who.Email = said.Email
	}
	return who, nil
}

// maxAnswer is how long an answer of a provider may be.
const maxAnswer = 1 << 20

// boundedTransport refuses answers that are too long.
type boundedTransport struct{ http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	}
	return answer, err
}
