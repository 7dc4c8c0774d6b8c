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

// createWebhook makes a webhook whose target has answered the handshake. It gets what
// happens from then on.
func (s *Server) createWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	h := webhook.Hook{App: c.Actor.App.ID, Secret: ids.NewSecret()}
	h.ID, h.Active = ids.New(), true
	h.Created = float64(time.Now().UnixMicro()) / 1e6 // microseconds, so that one of them is the oldest, which is asked for advice
	if err := readHook(&h, c.Params); err != nil {
		return op.Result{}, err
	}
	if len(s.webhooks.List(h.App)) >= webhook.MaxHooks {
		return op.Result{}, wire.Errorf(wire.TooManyWebhooks, "the app has %d webhooks, which is the limit; delete one first", webhook.MaxHooks)
	}
	if err := s.webhooks.Handshake(ctx, h); err != nil {
		return op.Result{}, err
	}
	h, err := s.webhooks.Add(ctx, h)
	c.Note("webhookId", h.ID)
	return hookAnswer(h), err
}

// updateWebhook changes the members that are given. A new target must answer the
// handshake. So must the target of a webhook that is activated again, which then gets
// what happens from then on.
func (s *Server) updateWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	before, err := s.webhooks.Get(ctx, c.Actor.App.ID, c.Params.Text("webhookId"))
	if err != nil {
		return op.Result{}, err
	}
	after := before
	if err := readHook(&after, c.Params); err != nil {
		return op.Result{}, err
	}
	activated := after.Active && !before.Active
	if activated {
		if after.From, err = s.log.Ends(ctx); err != nil {
			return op.Result{}, err
		}
	}
	if activated || after.Target != before.Target {
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

// deleteWebhook removes a webhook, and the events that wait for it.
func (s *Server) deleteWebhook(ctx context.Context, c *op.Call) (op.Result, error) {
	h, err := s.webhooks.Get(ctx, c.Actor.App.ID, c.Params.Text("webhookId"))
	if err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.webhooks.Remove(ctx, h)
}

// readHook sets the members of a webhook that the parameters give.
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

// checkTarget refuses a URL that cannot be posted to, and one with a password, which
// everybody who may read the webhook would see.
func checkTarget(target string) error {
	if len(target) > 2048 {
		return wire.Errorf(wire.BadArgument, "target: %d bytes, at most 2048 are allowed", len(target))
	}
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return wire.Errorf(wire.BadArgument, "target: must be a URL that begins with http:// or https://")
	case u.User != nil:
		return wire.Errorf(wire.BadArgument, "target: must not have a user name or a password; check the signature instead")
	}
	return nil
}

func hookAnswer(h webhook.Hook) op.Result {
	return op.Reply(func(o *wire.Object) { o.Raw("webhook", h.Public()) })
}
