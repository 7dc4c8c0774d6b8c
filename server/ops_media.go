package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
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
	"parley/server/internal/settings"
)

// uploadMedia stores a file, and appends the message about it. A file that may not
// be sent is refused before anything is stored.
func (s *Server) uploadMedia(ctx context.Context, c *op.Call) (op.Result, error) {
	set := s.settings.Of(c.Key.App)
	kind, name, err := checkUpload(c, set.Media)
	if err != nil {
		return op.Result{}, err
	}
	f := chatstate.File{ID: chatstate.NewPartID(c.Key.ID), Type: kind, Name: name}
	f.URL = media.URL(f.ID)
	repeated := s.log.Has(ctx, c.Key, c.User.ID, c.EventID)
	if !repeated { // else the reply is that of the first time, also if the chat is closed now
		a := allowance(c, set)
		if err := cmp.Or(s.mayAppend(c, &c.State, chat.EventMessage, 0), mayAppendFile(c, set.Quotas, &c.State, 1)); err != nil {
			return op.Result{}, err
		}
		if f, err = s.media.Put(ctx, c.Key, f, s.whileRoom(c), a); err != nil {
			return op.Result{}, err
		}
	}
	o, err := s.append(ctx, c, chat.EventMessage, func(now *chatstate.Folded) (wire.Raw, error) {
		if err := mayAppendFile(c, set.Quotas, &now.State, f.Size); err != nil {
			return nil, err
		}
		return fileMessage(c, len(now.Messages), f)
	})
	if err != nil {
		var refused *wire.Error
		if errors.As(err, &refused) && !refused.Retryable() { // after any other error the entry may be in the log
			s.media.Settle(ctx, c.Key.App, f.ID, false)
		}
		return op.Result{}, err
	}
	stored, message := f.ID, wire.Member(o.Record.Data, "message")
	if err := json.Unmarshal(wire.Member(message, "message"), &f); err != nil { // the file of the first time
		return op.Result{}, err
	}
	if !repeated {
		s.media.Settle(ctx, c.Key.App, stored, stored == f.ID)
	}
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("media", f.Object(c.User.ID).Done()).Raw("message", message)
	}), nil
}

// whileRoom gives the content of an upload. Reading it ends with a 507 when only the reserve of
// the store is left.
func (s *Server) whileRoom(c *op.Call) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		if err := s.roomLeft(); err != nil {
			return 0, err
		}
		return c.Upload.Content.Read(b)
	})
}

// readerFunc is an io.Reader.
type readerFunc func(b []byte) (int, error)

func (read readerFunc) Read(b []byte) (int, error) { return read(b) }

// checkUpload refuses a file that the app does not accept, and gives its media type and
// its name.
func checkUpload(c *op.Call, accepted settings.MediaSettings) (kind, name string, err error) {
	switch {
	case c.Upload == nil:
		return "", "", wire.Errorf(wire.BadArgument, "media: must be given, as the last field of a multipart form")
	case !accepted.Active:
		return "", "", wire.Errorf(wire.FilesOff, "files cannot be sent in this app")
	case len(c.Upload.Head) == 0:
		return "", "", wire.Errorf(wire.FileEmpty, "media: the file is empty")
	}
	return media.Type(accepted.Types, c.Upload.Name, c.Upload.Declared, c.Upload.Head)
}

// fileMessage is the data of the entry of a message about a file, the chat's message
// number index.
func fileMessage(c *op.Call, index int, f chatstate.File) (wire.Raw, error) {
	content, err := json.Marshal(f)
	message := wire.NewObject(nil).Str("id", chatstate.MessageID(c.Key.ID, index)).Str("chat", c.Key.ID).Str("sender", c.User.ID).
		Str("type", "media").Raw("message", content).Float("created", ids.Unix(time.Now())).Done()
	return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Raw("message", message).Done(), err
}

// mediaID is the id of the file in a request, from the path or the query.
func mediaID(c *op.Call) string {
	if c.Params.Has("mediaId") {
		return c.Params.RequiredText("mediaId")
	}
	return c.Params.RequiredText("id")
}

// listMedia gives a page of the app's files, of one chat or one media type if these are
// given, oldest first. A page may have fewer files than its limit, or none, and a next.
func (s *Server) listMedia(ctx context.Context, c *op.Call) (op.Result, error) {
	chatID, kind, after, limit := c.Params.Text("chatId"), c.Params.Text("type"), c.Params.Cursor("after"), readLimit(c)
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	app := c.Actor.App.ID
	found, next, err := s.media.List(ctx, app, chatID, kind, after, limit)
	if err != nil {
		return op.Result{}, err
	}
	var list []wire.Raw
	for _, f := range found {
		_, now, failed := s.log.View(ctx, ids.Key{App: app, ID: chatstate.ChatOfPart(f.ID)}, 0)
		if failed != nil && !ids.IsCode(failed, wire.CodeNotFound) {
			return op.Result{}, failed
		}
		if m := now.FileMessage(f.ID); m != nil { // else it is being uploaded, or left over
			sender, _ := chat.Text(m, "sender")
			list = append(list, f.Object(sender).Str("chatId", now.Chat.ID).Raw("created", wire.Member(m, "created")).Done())
		}
	}
	return op.Page("media", list, next), nil
}

// getMedia gives a file, or lists the files if the request names none. Browsers show those types in the page that media.Inline
// allows, and save all others.
func (s *Server) getMedia(ctx context.Context, c *op.Call) (op.Result, error) {
	if c.Key.ID == "" {
		return s.listMedia(ctx, c)
	}
	if err := checkFile(c); err != nil {
		return op.Result{}, err
	}
	f, content, err := s.media.Open(ctx, c.Key.App, mediaID(c))
	if err != nil {
		return op.Result{}, err
	}
	as := "attachment"
	if media.Inline(f.Type) {
		as = "inline"
	}
	return op.Result{File: &op.File{Content: content, Header: http.Header{
		"Content-Type":        {f.Type},
		"Content-Disposition": {disposition(as, f.Name)},
		"Etag":                {strconv.Quote(f.ID)}, // a part that is asked for later is one of the same content
		// A file is gone for all when it is removed, also on a shared computer. It is never run: an SVG or HTML file cannot act for the site.
		"Cache-Control":                {"private, no-store"},
		"Content-Security-Policy":      {"sandbox; default-src 'none'"},
		"Cross-Origin-Resource-Policy": {"cross-origin"},
	}}}, nil
}

// checkFile refuses a file that came into the chat after the caller had left it.
func checkFile(c *op.Call) error {
	if id := mediaID(c); c.Left && c.State.FileMessage(id) == nil {
		return media.ErrUnknownFile(id)
	}
	return nil
}

// mediaAddress gives an address of a file that needs no headers, for a while.
func (s *Server) mediaAddress(_ context.Context, c *op.Call) (op.Result, error) {
	if err := checkFile(c); err != nil {
		return op.Result{}, err
	}
	id := mediaID(c)
	signed, expires := s.media.Sign(c.Key.App, id, time.Now())
	return op.Reply(func(o *wire.Object) {
		o.Str("url", c.Base+"/v1"+media.URL(id)+"?signed="+signed).Float("expires", ids.Unix(expires))
	}), nil
}

// openAddress checks a signed address, which takes the place of credentials.
func (s *Server) openAddress(c *op.Call) error {
	id, app := mediaID(c), c.Actor.App.ID
	if c.Params.Err != nil {
		return c.Params.Err
	}
	c.Key = ids.Key{App: app, ID: chatstate.ChatOfPart(id)}
	return s.media.CheckSigned(c.Params.Text("signed"), app, id, time.Now())
}

// disposition is a Content-Disposition header (RFC 6266).
func disposition(as, name string) string {
	if header := mime.FormatMediaType(as, map[string]string{"filename": name}); header != "" {
		return header
	}
	return as
}

// hasFile says whether a chat's log has the message about a file. An upload without
// it is a left-over, unless it is the picture of an agent.
func (s *Server) hasFile(ctx context.Context, key ids.Key, id string) (bool, error) {
	_, now, err := s.log.ViewLatest(ctx, key)
	if ids.IsCode(err, wire.CodeNotFound) {
		return s.isPicture(ctx, key, id)
	}
	return now.FileMessage(id) != nil, err
}
