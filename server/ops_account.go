package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// getAccount gives how the agent logs in.
func (s *Server) getAccount(ctx context.Context, c *op.Call) (op.Result, error) {
	info, err := s.identity.Account(ctx, c.Actor.App.ID, c.User)
	if err != nil {
		return op.Result{}, err
	}
	data, err := json.Marshal(info)
	return op.Reply(func(o *wire.Object) { o.Raw("account", data) }), err
}

// changePassword changes the agent's own password. Their other sessions end, as one of
// them may be why it is changed.
func (s *Server) changePassword(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	given := identity.PasswordChange{
		Old: p.RequiredText("password"), New: p.RequiredText("newPassword"), Session: c.Session, Device: p.Text("device"), Client: c.Client,
	}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	err := s.identity.ChangePassword(ctx, c.Actor.App.ID, c.User, given)
	s.endConnections(ids.Key{App: c.Actor.App.ID, ID: c.User.ID}, c.Session, err)
	s.logRefusedChange(c, "password", err)
	return op.Result{}, err
}

// checkOwner refuses to change how an agent logs in to whoever has only their session.
func (s *Server) checkOwner(ctx context.Context, c *op.Call, change string) error {
	password := c.Params.RequiredText("password")
	if c.Params.Err != nil {
		return c.Params.Err
	}
	err := s.identity.CheckOwnPassword(ctx, c.Actor.App.ID, c.User, password, c.Client)
	s.logRefusedChange(c, change, err)
	return err
}

func (s *Server) newTOTP(ctx context.Context, c *op.Call) (op.Result, error) {
	if s.settings.Of(c.Actor.App.ID).Login.SecondFactor == string(identity.SecondFactorOff) {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "the app uses no second factor")
	}
	if err := s.checkOwner(ctx, c, "new authenticator app"); err != nil {
		return op.Result{}, err
	}
	key, err := s.identity.NewTOTP(ctx, c.Actor.App, c.User.Username)
	if err != nil {
		return op.Result{}, err
	}
	return totpAnswer(key)
}

func (s *Server) confirmTOTP(ctx context.Context, c *op.Call) (op.Result, error) {
	code := c.Params.RequiredText("code")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	recovery, err := s.identity.ConfirmTOTP(ctx, c.Actor.App.ID, c.User.Username, code)
	return op.Reply(func(o *wire.Object) { o.Raw("recoveryCodes", codesJSON(recovery)) }), err
}

func (s *Server) removeTOTP(ctx context.Context, c *op.Call) (op.Result, error) {
	if s.settings.Of(c.Actor.App.ID).Login.SecondFactor == string(identity.SecondFactorRequired) {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "the app requires a second factor; set up another one in its place")
	}
	if err := s.checkOwner(ctx, c, "removal of the authenticator app"); err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.identity.RemoveTOTP(ctx, c.Actor.App.ID, c.User.Username)
}

// codesJSON gives recovery codes in groups of four, as people read them.
func codesJSON(codes []string) wire.Raw {
	grouped := make([]string, len(codes))
	for i, code := range codes {
		grouped[i] = strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-")
	}
	data, _ := json.Marshal(grouped) // texts only
	return data
}

// totpAnswer gives the key of an authenticator app, and its QR code as an SVG path in
// squares of one by one.
func totpAnswer(key identity.TOTPKey) (op.Result, error) {
	code, err := qr.Encode(key.URL, qr.M, qr.Auto)
	if err != nil {
		return op.Result{}, err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return op.Reply(func(o *wire.Object) {
		o.Str("secret", key.Secret).Str("url", key.URL)
		o.Raw("qr", wire.NewObject(nil).Int("size", int64(size)).Str("path", path.String()).Done())
	}), nil
}
