package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// exportUser gives all that the server has of a user, but the content of files, one chat
// after the other: for the app's secret, and for users themselves if the app lets them.
func (s *Server) exportUser(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.export(ctx, c, "json", jsonType, func(to io.Writer, app string, u identity.User) {
		_, _ = s.writeExport(to, app, u, notesFor(c))
	})
}

// exportBytes is what an export has in memory, about: one long chat.
const exportBytes = 32 << 20

// export streams what the server has of a user, in a format that write writes.
func (s *Server) export(ctx context.Context, c *op.Call, format, kind string, write func(to io.Writer, app string, u identity.User)) (op.Result, error) {
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
	s.options.Logger.Info("audit: exported", "what", "user", "format", format, "app", app, "id", u.ID, "by", callerName(c))
	return op.Result{Stream: &op.Stream{
		Header: http.Header{
			"Content-Type":        {kind},
			"Content-Disposition": {disposition("attachment", "user-"+u.ID+"."+format)},
			"Cache-Control":       {"no-store"},
		},
		Begin: func() (context.Context, func(), error) { return s.beginExport(c) },
		Write: func(to *bufio.Writer) { write(to, app, u) },
	}}, nil
}

// beginExport takes room for an export, and counts it until end is called.
func (s *Server) beginExport(c *op.Call) (reading context.Context, end func(), err error) {
	reading, giveBack, err := s.readings.begin(atOnce, c, exportBytes)
	if err != nil {
		return nil, nil, err
	}
	s.exporting.Add(1)
	return reading, func() { s.exporting.Add(-1); giveBack() }, nil
}

// writeExport ends with complete, unless a chat could not be read. It gives the ids of the
// files that are in what it has written.
func (s *Server) writeExport(to io.Writer, app string, u identity.User, notes notesInExport) (fileIDs []string, err error) {
	_, _ = fmt.Fprintf(to, `{"user":%s,"chats":[`, u.Account(nil, true))
	separator := ""
	err = s.members.Past.Each(s.ctx, app, u.ID, func(chatID string) error {
		of, files, err := s.exportedChat(ids.Key{App: app, ID: chatID}, u, notes)
		if err != nil || of == nil {
			return err
		}
		fileIDs = append(fileIDs, files...)
		_, err = fmt.Fprintf(to, "%s%s", separator, of) // the client may be gone
		separator = ","
		return err
	})
	if u.Picture != "" {
		fileIDs = append(fileIDs, path.Base(u.Picture))
	}
	_, _ = io.WriteString(to, "]")
	if err == nil {
		err = s.exportWritten(to, app, u, notes)
	}
	_, _ = fmt.Fprintf(to, `,"complete":%t}`, err == nil)
	if err != nil {
		s.warn("export: it ended early", err)
	}
	return fileIDs, err
}

// exportedChat gives what a chat has of a user, nil if there is no such chat: the whole chat
// if it is theirs, else what they wrote in it; and the ids of the files in that.
func (s *Server) exportedChat(key ids.Key, u identity.User, notes notesInExport) (of wire.Raw, fileIDs []string, err error) {
	ctx, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	_, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if now.Chat.Creator != u.ID {
		own := []wire.Raw{}
		for _, m := range now.Messages {
			if sender, _ := chat.Text(m, "sender"); sender == u.ID {
				own = append(own, m)
			}
		}
		return wire.NewObject(nil).Str("chatId", key.ID).Raw("messages", wire.AppendArray(nil, own)).Done(), media.Of(&now, u.ID), nil
	}
	answers, err := s.surveys.Of(ctx, key.App, now.Ticket)
	o := wire.NewObject(nil).Str("chatId", key.ID).Raw("chat", now.JSON(chatstate.AudienceOf(u.IsAgent()), chatstate.Everything).Done()).
		Raw("answers", wire.AppendArray(nil, answers))
	if err == nil && notes {
		err = s.addNotesAbout(ctx, key, o)
	}
	return o.Done(), media.Of(&now, ""), err
}
