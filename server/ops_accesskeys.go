package server

import (
	"context"
	"encoding/json"
	"time"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/op"
)

// longestKey is the longest life of a key that expires, and longestGrace that of a secret
// that was replaced.
const (
	longestKey   = 10 * 365 * 24 * time.Hour
	longestGrace = 30 * 24 * time.Hour
	defaultGrace = 24 * time.Hour
)

// addAccessKey adds a key of the app. Only this reply has its secret.
func (s *Server) addAccessKey(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	name := p.RequiredText("name")
	words, _ := p.Words("scopes")
	life := seconds(p.Number("seconds", 1, longestKey.Seconds(), 0))
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	scopes := make([]identity.Scope, len(words))
	for i, word := range words {
		scopes[i] = identity.Scope(word)
	}
	key, secret, err := s.identity.AddAccessKey(ctx, c.Actor.App.ID, name, scopes, life)
	if err != nil {
		return op.Result{}, err
	}
	c.Note("keyId", key.ID)
	data, err := json.Marshal(key.Public())
	return op.Reply(func(o *wire.Object) { o.Raw("key", data).Str("secret", secret) }), err
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// listAccessKeys lists the keys, also those that have expired, until another one is added.
func (s *Server) listAccessKeys(_ context.Context, c *op.Call) (op.Result, error) {
	public := make([]identity.AccessKey, len(c.Actor.App.Keys))
	for i, key := range c.Actor.App.Keys {
		public[i] = key.Public()
	}
	data, err := json.Marshal(public)
	return op.Reply(func(o *wire.Object) { o.Raw("keys", data) }), err
}

// revokeAccessKey ends a key at once.
func (s *Server) revokeAccessKey(ctx context.Context, c *op.Call) (op.Result, error) {
	return op.Result{}, s.identity.RevokeAccessKey(ctx, c.Actor.App.ID, c.Params.Text("keyId"))
}

// renewSecret replaces the app's secret. The old one is valid for the grace that the call
// asks for, in seconds. Only this reply has the new one.
func (s *Server) renewSecret(ctx context.Context, c *op.Call) (op.Result, error) {
	grace := seconds(c.Params.Number("grace", 0, longestGrace.Seconds(), defaultGrace.Seconds()))
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	secret, former, err := s.identity.RenewSecret(ctx, c.Actor.App.ID, grace)
	return op.Reply(func(o *wire.Object) {
		o.Str("secret", secret)
		if former.Until != 0 {
			o.Float("formerUntil", former.Until)
		}
	}), err
}

// renewAdmin replaces the admin secret, which ends at once. Only this reply has the new one.
func (s *Server) renewAdmin(ctx context.Context, _ *op.Call) (op.Result, error) {
	secret, err := s.identity.RenewAdmin(ctx)
	return op.Reply(func(o *wire.Object) { o.Str("secret", secret) }), err
}
