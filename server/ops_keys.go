package server

import (
	"context"
	"encoding/json"

	"parley/core/wire"
	"parley/server/internal/op"
	"parley/server/internal/proof"
)

// addIdentityKey adds a key that verifies who users are. Only this reply has its secret.
func (s *Server) addIdentityKey(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	key := proof.Key{ID: p.Text("kid"), Algorithm: p.RequiredText("alg"), PublicKey: p.Text("publicKey")}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	key, err := s.identity.AddIdentityKey(ctx, c.Actor.App.ID, key)
	if err != nil {
		return op.Result{}, err
	}
	c.Note("kid", key.ID)
	data, err := json.Marshal(key.Public())
	return op.Reply(func(o *wire.Object) { o.Raw("key", data).StrIf("secret", key.Secret) }), err
}

func (s *Server) listIdentityKeys(ctx context.Context, c *op.Call) (op.Result, error) {
	keys, err := s.identity.IdentityKeys(ctx, c.Actor.App.ID)
	if err != nil {
		return op.Result{}, err
	}
	public := make([]proof.Key, len(keys))
	for i, key := range keys {
		public[i] = key.Public()
	}
	data, err := json.Marshal(public)
	return op.Reply(func(o *wire.Object) { o.Raw("keys", data) }), err
}

// retireIdentityKey removes a key. Sessions that began with it go on.
func (s *Server) retireIdentityKey(ctx context.Context, c *op.Call) (op.Result, error) {
	return op.Result{}, s.identity.RetireIdentityKey(ctx, c.Actor.App.ID, c.Params.Text("kid"))
}
