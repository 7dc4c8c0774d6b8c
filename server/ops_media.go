package server

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// uploadMedia stores a file and appends the message that tells of it. A file
// that may not be sent is refused before a byte is stored.
func (s *Server) uploadMedia(ctx context.Context, c *op.Call) (op.Result, error) {
	allowed := s.settings.Of(c.Key.App).Media
	switch {
	case c.Upload == nil:
		return op.Result{}, wire.Errorf(wire.CodeBadRequest, "media: must be given, as the last field of a multipart form")
	case !allowed.Active:
		return op.Result{}, wire.Errorf(wire.CodeForbidden, "files cannot be sent in this app")
	case len(c.Upload.Head) == 0:
		return op.Result{}, wire.Errorf(wire.CodeBadRequest, "media: the file is empty")
	}
	kind, err := media.MediaType(allowed.Types, c.Upload.Name, c.Upload.Declared, c.Upload.Head)
	if err != nil {
		return op.Result{}, err
	}
	if c.EventID != "" {
		if err := wire.CheckID(c.EventID); err != nil {
			return op.Result{}, wire.Errorf(wire.CodeBadRequest, "eventId: %s", ids.AsError(err).Message)
		}
	}
	before := s.log.Has(ctx, c.Key, c.User.ID, c.EventID)
	if !before { // what was done before is answered as it was then, also when the chat is closed
		err = c.Check(c.State.Chat, chat.EventMessage)
	}
	if err != nil {
		return op.Result{}, err
	}
	f := chatstate.File{ID: chatstate.NewPartID(c.Key.ID), Type: kind, Name: c.Upload.Name}
	f.URL = media.MediaURL(f.ID)
	if !before {
		f, err = s.media.Put(ctx, c.Key, f, &media.Limited{Ctx: ctx, Content: c.Upload.Content, Most: allowed.MaxBytes})
	}
	if err != nil {
		return op.Result{}, err
	}
	o, err := s.append(ctx, c, chat.EventMessage, func(now *chatstate.Folded) (wire.Raw, error) {
		content, err := json.Marshal(f)
		message := wire.NewObject(nil).Str("id", chatstate.MessageID(c.Key.ID, len(now.Messages))).Str("chat", c.Key.ID).Str("sender", c.User.ID).
			Str("type", "media").Raw("message", content).Float("created", ids.Unix(time.Now())).Done()
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Raw("message", message).Done(), err
	})
	if err != nil {
		var refused *wire.Error
		if errors.As(err, &refused) && !refused.Retryable() { // else it may have been done
			s.media.Settle(ctx, c.Key.App, f.ID, false)
		}
		return op.Result{}, err
	}
	message, stored := chatstate.JSONMember(o.Record.Data, "message"), f.ID
	if err := json.Unmarshal(chatstate.JSONMember(message, "message"), &f); err != nil { // that of the first time
		return op.Result{}, err
	}
	if !before {
		s.media.Settle(ctx, c.Key.App, stored, stored == f.ID)
	}
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		about := wire.NewObject(nil).Str("id", f.ID).Str("name", f.Name).Int("size", f.Size).
			Str("senderId", c.User.ID).Str("type", f.Type).Str("url", f.URL).Done()
		return wire.NewObject(nil).Raw("media", about).Raw("message", message)
	}), nil
}

// mediaID is the file that is asked for, by the path or by the query.
func mediaID(c *op.Call) string {
	if c.Params.Has("mediaId") {
		return c.Params.RequiredText("mediaId")
	}
	return c.Params.RequiredText("id")
}

// getMedia gives a file to who may read its chat.
func (s *Server) getMedia(ctx context.Context, c *op.Call) (op.Result, error) {
	f, content, err := s.media.Open(ctx, c.Key.App, mediaID(c))
	if err != nil {
		return op.Result{}, err
	}
	as := "attachment"
	if media.ShownInPage(f.Type) {
		as = "inline"
	}
	return op.Result{File: &op.File{Content: content, Header: http.Header{
		"Content-Type":        {f.Type},
		"Content-Length":      {strconv.FormatInt(f.Size, 10)},
		"Content-Disposition": {disposition(as, f.Name)},
		// A file can never change, and no page can make it run.
		"Cache-Control":                {"private, max-age=31536000, immutable"},
		"Content-Security-Policy":      {"sandbox; default-src 'none'"},
		"Cross-Origin-Resource-Policy": {"cross-origin"},
	}}}, nil
}

// disposition says what to do with a file, and under which name (RFC 6266).
func disposition(as, name string) string {
	if header := mime.FormatMediaType(as, map[string]string{"filename": name}); header != "" {
		return header
	}
	return as
}

// tellsOf tells whether a chat's log tells of a file.
func (s *Server) tellsOf(ctx context.Context, key ids.Key, id string) (bool, error) {
	_, now, err := s.log.ViewLatest(ctx, key)
	if ids.IsCode(err, wire.CodeNotFound) {
		return false, nil
	}
	for _, m := range now.Messages {
		if found, _ := wire.String(chatstate.JSONMember(chatstate.JSONMember(m, "message"), "id")); found == id { // a text has no members
			return true, nil
		}
	}
	return false, err
}
