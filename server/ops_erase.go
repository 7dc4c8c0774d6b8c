package server

import (
	"context"
	"encoding/json"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/privacy"
)

// remainder is what an erasure leaves, and why.
type remainder struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

var (
	remainsOfAll = []remainder{
		{"what webhooks have delivered", "it is at their targets; they get chats:redact and chats:remove if they ask for these events"},
		{"backups of the data, made before", "the server does not know them"},
	}
	remainsOfUser = append([]remainder{
		{"the words of others in the user's chats", "they are theirs; DELETE /chats/{chatId}/data removes a chat whole"},
		{"the ids of the user, the chats and the messages, and their times", "the order of the chats rests on them; they lead to nobody any more"},
	}, remainsOfAll...)
)

// erase carries out an erasure of what is not on hold, and replies with what is gone and
// what remains.
func (s *Server) erase(ctx context.Context, c *op.Call, e privacy.Erasure, remains []remainder) (op.Result, error) {
	if err := s.checkFree(ctx, e); err != nil {
		return op.Result{}, err
	}
	if err := s.privacy.Begin(ctx, e); err != nil {
		return op.Result{}, err
	}
	removed, done, err := s.startErasure(e, callerName(c))
	if ids.IsCode(err, wire.OnHold.Code()) { // it has begun, and goes on when the hold has ended
		remains, err = append([]remainder{{"what was put on hold meanwhile", err.Error()}}, remains...), nil
	}
	if err != nil {
		return op.Result{}, err
	}
	return erasureAnswer(removed, done, remains)
}

func erasureAnswer(removed erased, done bool, remains []remainder) (op.Result, error) {
	counts, err := json.Marshal(removed)
	if err != nil {
		return op.Result{}, err
	}
	left, err := json.Marshal(remains)
	return op.Reply(func(o *wire.Object) { o.Bool("done", done).Raw("removed", counts).Raw("remains", left) }), err
}

// callerName is who asks, for the audit lines of the log.
func callerName(c *op.Call) string {
	switch {
	case c.Actor.Admin:
		return "the admin secret"
	case c.Actor.Secret:
		return "the app's secret"
	}
	return "user " + c.Actor.User.ID
}

// deleteUser erases a user: for the app's secret, and for users themselves if the app
// lets them.
func (s *Server) deleteUser(ctx context.Context, c *op.Call) (op.Result, error) {
	user := ids.Key{App: c.Actor.App.ID, ID: c.User.ID}
	if !c.Actor.Secret && !s.settings.Of(user.App).Privacy.SelfErase {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "needs the app's secret: the app's setting privacy.selfErase is off")
	}
	if c.User.ID == chat.System {
		return op.Result{}, wire.Errorf(wire.BadArgument, "userId: must be a user")
	}
	return s.erase(ctx, c, privacy.Erasure{Kind: privacy.OfUser, Key: user}, remainsOfUser)
}

// deleteChat removes a chat for good; closeChat only closes one.
func (s *Server) deleteChat(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.erase(ctx, c, privacy.Erasure{Kind: privacy.OfChat, Key: c.Key}, remainsOfAll)
}

// deleteMedia removes a file for good, and the content of the message about it. Of the
// members of the chat only the sender may.
func (s *Server) deleteMedia(ctx context.Context, c *op.Call) (op.Result, error) {
	id := mediaID(c)
	sender, _ := chat.Text(c.State.FileMessage(id), "sender") // there may be none: it was removed before
	if !c.Actor.Secret && c.User.Role != identity.RoleSupervisor && sender != c.User.ID {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "only the sender of a file, supervisors and the app's secret may remove it")
	}
	if err := s.checkChatFree(ctx, c.Key); err != nil {
		return op.Result{}, err
	}
	if err := s.eraseFile(ctx, c.Key, &c.State, id); err != nil {
		return op.Result{}, err
	}
	s.options.Logger.Info("audit: erased", "what", "file", "app", c.Key.App, "id", id, "by", callerName(c))
	return op.Result{}, nil
}

// eraseFile removes a file, and the content of the message about it.
func (s *Server) eraseFile(ctx context.Context, key ids.Key, now *chatstate.State, id string) error {
	if _, err := s.media.Erase(ctx, key.App, id); err != nil {
		return err
	}
	_, err := s.redact(ctx, key, now, &chatstate.Redaction{About: id, File: id})
	return err
}

// deleteApp removes an app with everything in it.
func (s *Server) deleteApp(ctx context.Context, c *op.Call) (op.Result, error) {
	id := c.Actor.App.ID
	if err := checkApp(&op.Operation{Path: "/apps/{appId}"}, c); err != nil { // the rule of the admin secret asks for no app
		return op.Result{}, err
	}
	return s.erase(ctx, c, privacy.Erasure{Kind: privacy.OfApp, Key: ids.Key{App: id, ID: id}}, remainsOfAll)
}
