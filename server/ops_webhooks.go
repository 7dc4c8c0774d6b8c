package server

import (
	"context"
	"net/url"
	"time"

	"parley/core/wire"
)

// listWebhooks gives the app's webhooks, the oldest first.
func (s *Server) listWebhooks(_ context.Context, c *call) (result, error) {
	var list []wire.Raw
	for _, h := range s.webhooks.list(c.actor.App.ID) {
		list = append(list, h.public())
	}
	return answer(func(o *wire.Object) { o.Raw("webhooks", wire.AppendArray(nil, list)) }), nil
}

func (s *Server) getWebhook(ctx context.Context, c *call) (result, error) {
	h, err := s.webhooks.get(ctx, c.actor.App.ID, c.params.text("webhookId"))
	return hookAnswer(h), err
}

// createWebhook makes one when the target has answered the handshake. It is told
// what happens from then on.
func (s *Server) createWebhook(ctx context.Context, c *call) (result, error) {
	h := hook{App: c.actor.App.ID, Secret: newSecret()}
	h.ID, h.Active = NewID(), true
	h.Created = float64(time.Now().UnixMicro()) / 1e6 // finer than elsewhere: the oldest has precedence
	if err := readHook(&h, c.params); err != nil {
		return result{}, err
	}
	if len(s.webhooks.list(h.App)) >= hooksAtMost {
		return result{}, wire.Errorf(wire.CodeTooMany, "the app has %d webhooks, which is the limit; delete one first", hooksAtMost)
	}
	if err := s.webhooks.handshake(ctx, h); err != nil {
		return result{}, err
	}
	h, err := s.webhooks.add(ctx, h)
	return hookAnswer(h), err
}

// updateWebhook changes what is given. A new target must answer the handshake, as
// must one that is activated again; then it is told what happens from then on.
func (s *Server) updateWebhook(ctx context.Context, c *call) (result, error) {
	before, err := s.webhooks.get(ctx, c.actor.App.ID, c.params.text("webhookId"))
	if err != nil {
		return result{}, err
	}
	after := before
	if err := readHook(&after, c.params); err != nil {
		return result{}, err
	}
	again := after.Active && !before.Active
	if again {
		if after.From, err = s.webhooks.now(ctx); err != nil {
			return result{}, err
		}
	}
	if again || after.Target != before.Target {
		after.Secret = newSecret()
		if err := s.webhooks.handshake(ctx, after); err != nil {
			return result{}, err
		}
		after.FailingSince, after.Reason = 0, ""
	}
	h, err := s.webhooks.modify(ctx, after.App, after.ID, func(stored *hook) error {
		if stored.Secret != before.Secret || stored.Active != before.Active {
			return errConcurrent
		}
		dropped := stored.Dropped
		*stored = after
		stored.Dropped = dropped
		return nil
	})
	return hookAnswer(h), err
}

// deleteWebhook forgets one, and what it was not told yet.
func (s *Server) deleteWebhook(ctx context.Context, c *call) (result, error) {
	h, err := s.webhooks.get(ctx, c.actor.App.ID, c.params.text("webhookId"))
	if err != nil {
		return result{}, err
	}
	return result{}, s.webhooks.remove(ctx, h)
}

// readHook puts in what the parameters say of a hook.
func readHook(h *hook, p *params) error {
	if events, given := p.words("events"); given {
		h.Events = events
	}
	if p.has("target") {
		h.Target = p.text("target")
	}
	if p.has("active") {
		h.Active = p.flag("active")
	}
	if p.err != nil {
		return p.err
	}
	if err := checkEvents(h.Events); err != nil {
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

func hookAnswer(h hook) result {
	return answer(func(o *wire.Object) { o.Raw("webhook", h.public()) })
}
