package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	_ "image/jpeg" // the types that a picture may have
	_ "image/png"
	"net/http"
	"path"
	"strconv"
	"strings"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// A picture is a file of the media store that belongs to an agent in place of a chat. It is
// one as long as the agent's record names it: whatever else has its id is a left-over.

// Bounds of a picture. It is shown in the size of a line or two.
const (
	pictureBytes = 32 << 10
	pictureSide  = 512 // pixels
)

// pictureTypes are the extensions of what a picture may be: what every browser makes, and
// what moves not.
var pictureTypes = []string{"png", "jpg"}

// setPicture gives an agent a picture in place of the one before.
func (s *Server) setPicture(ctx context.Context, c *op.Call) (op.Result, error) {
	of, err := s.pictured(ctx, c)
	if err != nil {
		return op.Result{}, err
	}
	content, kind, err := givenPicture(c.Params)
	if err != nil {
		return op.Result{}, err
	}
	agent, q := ids.Key{App: c.Actor.App.ID, ID: of.ID}, s.settings.Of(c.Actor.App.ID).Quotas
	f := chatstate.File{ID: chatstate.NewPartID(of.ID), Type: kind, Name: "picture." + path.Base(kind)}
	f, err = s.media.Put(ctx, agent, f, bytes.NewReader(content), media.Allowance{
		FileBytes: pictureBytes, Announced: int64(len(content)), App: chatstate.FileCount{Count: q.AppFiles, Bytes: q.AppFileBytes},
	})
	if err != nil {
		return op.Result{}, err
	}
	u, err := s.usePicture(ctx, agent, of.Picture, picturePath(agent.App, f.ID))
	if refused := (*wire.Error)(nil); err == nil || errors.As(err, &refused) && !refused.Retryable() { // after any other error the record may name it
		s.media.Settle(ctx, agent.App, f.ID, err == nil)
	}
	if err != nil {
		return op.Result{}, err
	}
	return s.agentAnswer(ctx, c, u)
}

// removePicture removes an agent's picture for good. Without one it changes nothing.
func (s *Server) removePicture(ctx context.Context, c *op.Call) (op.Result, error) {
	of, err := s.pictured(ctx, c)
	if err == nil && of.Picture != "" {
		of, err = s.usePicture(ctx, ids.Key{App: c.Actor.App.ID, ID: of.ID}, of.Picture, "")
	}
	if err != nil {
		return op.Result{}, err
	}
	return s.agentAnswer(ctx, c, of)
}

// pictured gives the agent whose picture a call is about, if the caller may change it.
func (s *Server) pictured(ctx context.Context, c *op.Call) (identity.User, error) {
	agentID := c.Params.RequiredText("agentId")
	if c.Params.Err != nil {
		return identity.User{}, c.Params.Err
	}
	if err := mayChangePicture(c, agentID); err != nil {
		return identity.User{}, err
	}
	return s.identity.Agent(ctx, c.Actor.App.ID, agentID)
}

// usePicture has an agent's record name a picture, "" for none. What it named before is
// removed first, so that a crash leaves nothing that nobody finds again: without its
// picture an agent has none. Their connections end, so that those they open again have it.
func (s *Server) usePicture(ctx context.Context, agent ids.Key, before, now string) (identity.User, error) {
	if err := s.erasePicture(ctx, agent.App, before); err != nil {
		return identity.User{}, err
	}
	u, was, err := s.identity.SetPicture(ctx, agent.App, agent.ID, now)
	s.endConnections(agent, "", err)
	if err == nil && was != before { // another one was set meanwhile
		err = s.erasePicture(ctx, agent.App, was)
	}
	return u, err
}

// erasePicture removes the picture at a path, "" for none.
func (s *Server) erasePicture(ctx context.Context, app, at string) error {
	if at == "" {
		return nil
	}
	_, err := s.media.Erase(ctx, app, path.Base(at))
	return err
}

func picturePath(app, id string) string { return "/apps/" + app + "/pictures/" + id }

// givenPicture reads a picture, and gives its bytes and its media type. What the bytes are
// not shown to be is refused.
func givenPicture(p *op.Params) (content []byte, kind string, err error) {
	text := p.RequiredText("picture")
	if p.Err != nil {
		return nil, "", p.Err
	}
	if base64.StdEncoding.DecodedLen(len(text)) > pictureBytes+2 { // padding
		return nil, "", errPictureTooLong
	}
	if content, err = base64.StdEncoding.DecodeString(text); err != nil || len(content) == 0 {
		return nil, "", wire.Errorf(wire.BadArgument, "picture: must be a PNG or JPEG in base64 (RFC 4648, section 4)")
	}
	if len(content) > pictureBytes {
		return nil, "", errPictureTooLong
	}
	if kind, _, err = media.Type(pictureTypes, "picture", "", content[:min(len(content), media.HeadBytes)]); err != nil {
		return nil, "", err
	}
	size, named, err := image.DecodeConfig(bytes.NewReader(content))
	switch {
	case err != nil || "image/"+named != kind:
		return nil, "", wire.Errorf(wire.BadArgument, "picture: is no whole PNG or JPEG")
	case max(size.Width, size.Height) > pictureSide:
		return nil, "", wire.Errorf(wire.BadArgument, "picture: has %d by %d pixels, at most %d by %d are allowed", size.Width, size.Height, pictureSide, pictureSide)
	}
	if _, _, err := image.Decode(bytes.NewReader(content)); err != nil {
		return nil, "", wire.Errorf(wire.BadArgument, "picture: is no whole PNG or JPEG")
	}
	return content, kind, nil
}

var errPictureTooLong = wire.Errorf(wire.FileTooLong, "picture: has more than %d bytes, which is the limit", pictureBytes)

// getPicture gives the picture of an agent, to whoever has its address. Another picture has
// another address, so that browsers keep it; for a week, as it may be removed.
func (s *Server) getPicture(ctx context.Context, c *op.Call) (op.Result, error) {
	app, id := c.Actor.App.ID, c.Params.RequiredText("pictureId")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	counts, err := s.isPicture(ctx, ids.Key{App: app, ID: chatstate.ChatOfPart(id)}, id)
	if err == nil && !counts {
		err = media.ErrUnknownFile(id)
	}
	if err != nil {
		return op.Result{}, err
	}
	f, content, err := s.media.Open(ctx, app, id)
	if err != nil {
		return op.Result{}, err
	}
	return op.Result{File: &op.File{Content: content, Header: http.Header{
		"Content-Type":                 {f.Type},
		"Content-Disposition":          {disposition("inline", f.Name)},
		"Etag":                         {strconv.Quote(f.ID)},
		"Cache-Control":                {"private, max-age=604800, immutable"},
		"Content-Security-Policy":      {"sandbox; default-src 'none'"},
		"Cross-Origin-Resource-Policy": {"cross-origin"},
	}}}, nil
}

// isPicture tells whether a file is the picture of an agent now.
func (s *Server) isPicture(ctx context.Context, agent ids.Key, id string) (bool, error) {
	u, err := s.identity.User(ctx, agent.App, agent.ID)
	if ids.IsCode(err, wire.CodeNotFound) {
		return false, nil
	}
	return err == nil && strings.HasSuffix(u.Picture, "/"+id), err
}
