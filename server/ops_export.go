package server

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// exportUser gives all that the server has of a user, but the content of files, one chat
// after the other: for the app's secret, and for users themselves if the app lets them.
func (s *Server) exportUser(ctx context.Context, c *op.Call) (op.Result, error) {
	app := c.Actor.App.ID
	if !c.Actor.Secret && !s.settings.Of(app).Privacy.SelfExport {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "needs the app's secret: the app's setting privacy.selfExport is off")
	}
	if c.User.ID == chat.System {
		return op.Result{}, wire.Errorf(wire.BadArgument, "userId: must be a user")
	}
	u, err := s.identity.User(ctx, app, c.User.ID)
	if err == nil {
		err = s.members.Past.Wait(ctx)
	}
	if err != nil {
		return op.Result{}, err
	}
	s.options.Logger.Info("audit: exported", "what", "user", "app", app, "id", u.ID, "by", callerName(c))
	return op.Result{Stream: &op.Stream{
		Header: http.Header{
			"Content-Type":        {"application/json; charset=utf-8"},
			"Content-Disposition": {disposition("attachment", "user-"+u.ID+".json")},
			"Cache-Control":       {"no-store"},
		},
		Begin: func() (func(), error) { return s.readings.begin(c) },
		Write: func(to *bufio.Writer) { s.writeExport(to, app, u) },
	}}, nil
}

// writeExport ends with complete, unless a chat could not be read.
func (s *Server) writeExport(to *bufio.Writer, app string, u identity.User) {
	_, _ = to.WriteString(`{"user":`)
	_, _ = to.Write(u.Account(nil, true))
	_, _ = to.WriteString(`,"chats":[`)
	separator := ""
	err := s.members.Past.Each(s.ctx, app, u.ID, func(chatID string) error {
		of, err := s.exportedChat(ids.Key{App: app, ID: chatID}, u)
		if err != nil || of == nil {
			return err
		}
		_, _ = to.WriteString(separator)
		separator = ","
		_, err = to.Write(of) // the client may be gone
		return err
	})
	_, _ = to.WriteString(`],"complete":`)
	done, _ := json.Marshal(err == nil)
	_, _ = to.Write(append(done, '}'))
	if err != nil {
		s.warn("export: it ended early", err)
	}
}

// exportedChat gives what a chat has of a user, nil if there is no such chat: the whole chat
// if it is theirs, else what they wrote in it.
func (s *Server) exportedChat(key ids.Key, u identity.User) (wire.Raw, error) {
	ctx, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	_, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if now.Chat.Creator != u.ID {
		own := []wire.Raw{}
		for _, m := range now.Messages {
			if sender, _ := chat.Text(m, "sender"); sender == u.ID {
				own = append(own, m)
			}
		}
		return wire.NewObject(nil).Str("chatId", key.ID).Raw("messages", wire.AppendArray(nil, own)).Done(), nil
	}
	answers, err := s.surveys.Of(ctx, key.App, now.Ticket)
	return wire.NewObject(nil).Str("chatId", key.ID).Raw("chat", now.JSON(chatstate.AudienceOf(u.IsAgent()), chatstate.Everything).Done()).
		Raw("answers", wire.AppendArray(nil, answers)).Done(), err
}
