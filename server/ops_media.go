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
)

// uploadMedia stores a file and appends the message that tells of it. A file
// that may not be sent is refused before a byte is stored.
func (s *Server) uploadMedia(ctx context.Context, c *call) (result, error) {
	allowed := s.settings.of(c.key.app).Media
	switch {
	case c.upload == nil:
		return result{}, wire.Errorf(wire.CodeBadRequest, "media: must be given, as the last field of a multipart form")
	case !allowed.Active:
		return result{}, wire.Errorf(wire.CodeForbidden, "files cannot be sent in this app")
	case len(c.upload.head) == 0:
		return result{}, wire.Errorf(wire.CodeBadRequest, "media: the file is empty")
	}
	kind, err := mediaType(allowed.Types, c.upload.name, c.upload.declared, c.upload.head)
	if err != nil {
		return result{}, err
	}
	if c.eventID != "" {
		if err := wire.CheckID(c.eventID); err != nil {
			return result{}, wire.Errorf(wire.CodeBadRequest, "eventId: %s", asError(err).Message)
		}
	}
	before := s.log.Has(ctx, c.key, c.user.ID, c.eventID)
	if !before { // what was done before is answered as it was then, also when the chat is closed
		err = c.check(c.state.chat, chat.EventMessage)
	}
	if err != nil {
		return result{}, err
	}
	f := media{ID: newPartID(c.key.id), Type: kind, Name: c.upload.name}
	f.URL = mediaURL(f.ID)
	if !before {
		f, err = s.media.put(ctx, c.key, f, &limited{ctx: ctx, content: c.upload.content, most: allowed.MaxBytes})
	}
	if err != nil {
		return result{}, err
	}
	o, err := s.append(ctx, c, chat.EventMessage, func(now *folded) (wire.Raw, error) {
		content, err := json.Marshal(f)
		message := wire.NewObject(nil).Str("id", messageID(c.key.id, len(now.messages))).Str("chat", c.key.id).Str("sender", c.user.ID).
			Str("type", "media").Raw("message", content).Float("created", unixSeconds(time.Now())).Done()
		return wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).Raw("message", message).Done(), err
	})
	if err != nil {
		var refused *wire.Error
		if errors.As(err, &refused) && !refused.Retryable() { // else it may have been done
			s.media.settle(ctx, c.key.app, f.ID, false)
		}
		return result{}, err
	}
	message, stored := member(o.record.Data, "message"), f.ID
	if err := json.Unmarshal(member(message, "message"), &f); err != nil { // that of the first time
		return result{}, err
	}
	if !before {
		s.media.settle(ctx, c.key.app, stored, stored == f.ID)
	}
	return resultOf(o, c.key, func(audience) *wire.Object {
		about := wire.NewObject(nil).Str("id", f.ID).Str("name", f.Name).Int("size", f.Size).
			Str("senderId", c.user.ID).Str("type", f.Type).Str("url", f.URL).Done()
		return wire.NewObject(nil).Raw("media", about).Raw("message", message)
	}), nil
}

// mediaID is the file that is asked for, by the path or by the query.
func mediaID(c *call) string {
	if c.params.has("mediaId") {
		return c.params.need("mediaId")
	}
	return c.params.need("id")
}

// getMedia gives a file to who may read its chat.
func (s *Server) getMedia(ctx context.Context, c *call) (result, error) {
	f, content, err := s.media.open(ctx, c.key.app, mediaID(c))
	if err != nil {
		return result{}, err
	}
	as := "attachment"
	if shownInPage(f.Type) {
		as = "inline"
	}
	return result{file: &file{content: content, header: http.Header{
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
