package server

import (
	"context"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/privacy"
)

// holdUser puts a user on legal hold: nothing of them or their chats is removed.
func (s *Server) holdUser(ctx context.Context, c *op.Call) (op.Result, error) {
	key := ids.Key{App: c.Actor.App.ID, ID: c.Params.Text("userId")}
	if err := s.identity.Keep(ctx, key); err != nil { // else a silent visitor would go all the same
		return op.Result{}, err
	}
	return s.hold(ctx, c, privacy.OfUser, key)
}

// releaseUser ends the hold of a user.
func (s *Server) releaseUser(ctx context.Context, c *op.Call) (op.Result, error) {
	key := ids.Key{App: c.Actor.App.ID, ID: c.Params.Text("userId")}
	if _, err := s.identity.User(ctx, key.App, key.ID); err != nil {
		return op.Result{}, err
	}
	return s.release(ctx, c, privacy.OfUser, key)
}

// holdChat puts one chat on legal hold.
func (s *Server) holdChat(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.hold(ctx, c, privacy.OfChat, c.Key)
}

// releaseChat ends the hold of a chat.
func (s *Server) releaseChat(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.release(ctx, c, privacy.OfChat, c.Key)
}

func (s *Server) hold(ctx context.Context, c *op.Call, kind privacy.Kind, key ids.Key) (op.Result, error) {
	reason := c.Params.RequiredText("reason")
	if c.Params.Err == nil {
		c.Params.FailWith(ids.CheckText("reason", reason, 1000))
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	err := s.privacy.SetHold(ctx, kind, key, privacy.Hold{Reason: reason, Created: ids.Unix(time.Now())})
	if err == nil {
		err = s.takesHold(ctx, kind, key)
	}
	s.options.Logger.Info("audit: on hold", "what", kind, "app", key.App, "id", key.ID, "by", callerName(c), "error", err)
	return op.Result{}, err
}

func (s *Server) release(ctx context.Context, c *op.Call, kind privacy.Kind, key ids.Key) (op.Result, error) {
	err := s.privacy.Release(ctx, kind, key)
	s.options.Logger.Info("audit: released", "what", kind, "app", key.App, "id", key.ID, "by", callerName(c), "error", err)
	return op.Result{}, err
}
