package server

import (
	"context"
	"net/url"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/store"
	"parley/server/internal/webhook"
)

// listWebhooks gives the app's webhooks, the oldest first.
func (s *Server) listWebhooks(_ context.Context, c *op.Call) (op.Result, error) {
	var list []wire.Raw
	for _, h := range s.webhooks.List(c.Actor.App.ID) {
		list = append(list, h.Public())
	}
	return op.Reply(func(o *wire.Object) { o.Raw("webhooks", wire.AppendArray(nil, list)) }), nil
}

func (s *Server) getWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	h, err := s.webhooks.Get(ctx, c.Actor.App.ID, c.Params.Text("webhookId"))
	return hookAnswer(h), err
}

// createWebhook makes one when the target has answered the handshake. It is told
// what happens from then on.
func (s *Server) createWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	h := webhook.Hook{App: c.Actor.App.ID, Secret: ids.NewSecret()}
	h.ID, h.Active = ids.New(), true
	h.Created = float64(time.Now().UnixMicro()) / 1e6 // finer than elsewhere: the oldest has precedence
	if err := readHook(&h, c.Params); err != nil {
		return op.Result{}, err
	}
	if len(s.webhooks.List(h.App)) >= webhook.MaxHooks {
		return op.Result{}, wire.Errorf(wire.CodeTooMany, "the app has %d webhooks, which is the limit; delete one first", webhook.MaxHooks)
	}
	if err := s.webhooks.Handshake(ctx, h); err != nil {
		return op.Result{}, err
	}
	h, err := s.webhooks.Add(ctx, h)
	return hookAnswer(h), err
}

// updateWebhook changes what is given. A new target must answer the handshake, as
// must one that is activated again; then it is told what happens from then on.
func (s *Server) updateWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	before, err := s.webhooks.Get(ctx, c.Actor.App.ID, c.Params.Text("webhookId"))
	if err != nil {
		return op.Result{}, err
	}
	after := before
	if err := readHook(&after, c.Params); err != nil {
		return op.Result{}, err
	}
	again := after.Active && !before.Active
	if again {
		if after.From, err = s.webhooks.LogEnd(ctx); err != nil {
			return op.Result{}, err
		}
	}
	if again || after.Target != before.Target {
		after.Secret = ids.NewSecret()
		if err := s.webhooks.Handshake(ctx, after); err != nil {
			return op.Result{}, err
		}
		after.FailingSince, after.Reason = 0, ""
	}
	h, err := s.webhooks.Modify(ctx, after.App, after.ID, func(stored *webhook.Hook) error {
		if stored.Secret != before.Secret || stored.Active != before.Active {
			return store.ErrConcurrent
		}
		dropped := stored.Dropped
		*stored = after
		stored.Dropped = dropped
		return nil
	})
	return hookAnswer(h), err
}

// deleteWebhook forgets one, and what it was not told yet.
func (s *Server) deleteWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	h, err := s.webhooks.Get(ctx, c.Actor.App.ID, c.Params.Text("webhookId"))
	if err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.webhooks.Remove(ctx, h)
}

// readHook puts in what the parameters say of a hook.
func readHook(h *webhook.Hook, p *op.Params) error {
	if events, given := p.Words("events"); given {
		h.Events = events
	}
	if p.Has("target") {
		h.Target = p.Text("target")
	}
	if p.Has("active") {
		h.Active = p.Flag("active")
	}
	if p.Err != nil {
		return p.Err
	}
	if err := webhook.CheckEvents(h.Events); err != nil {
		return err
	}
	return checkTarget(h.Target)
}

// checkTarget refuses what cannot be posted to. A password in a URL would be told
// to whoever reads it back; the signature shows the target who posts.
func checkTarget(target string) error {
	if len(target) > 2048 {
		return wire.Errorf(wire.CodeBadRequest, "target: %d bytes, at most 2048 are allowed", len(target))
	}
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return wire.Errorf(wire.CodeBadRequest, "target: must be a URL that begins with http:// or https://")
	case u.User != nil:
		return wire.Errorf(wire.CodeBadRequest, "target: must hold no user name and no password")
	}
	return nil
}

func hookAnswer(h webhook.Hook) op.Result {
	return op.Reply(func(o *wire.Object) { o.Raw("webhook", h.Public()) })
}
