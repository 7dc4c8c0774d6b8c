package rest

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// begin makes a call of what a request says before its body: who asks, and what for. The
// error is that of a call that may not be made, whatever the body says.
func (h *Handler) begin(ctx context.Context, operation *op.Operation, inPath map[string]string, r *http.Request) (*op.Call, error) {
	credentials := identity.CredentialsOf(r)
	if credentials.AppID == "" {
		credentials.AppID = inPath["appId"]
	}
	if signed := r.URL.Query().Get("signed"); operation.IsDownload() && credentials.AppID == "" {
		credentials.AppID = media.AppOf(signed)
	}
	actor, err := h.identity.Authenticate(ctx, credentials)
	if err != nil {
		if r.Header.Get(identity.SecretHeader) != "" {
			err = cmp.Or(h.options.Count(r), err)
		}
		return nil, err
	}
	c := &op.Call{
		Actor: actor, Base: address.Of(r), Origin: address.OwnOrigin(r), Named: address.Named(r), Client: address.Client(r),
		Rivals: address.Rivals(r), RequestID: address.RequestID(r), UserAgent: r.UserAgent(),
	}
	if credentials.Token != "" {
		c.Session = ids.Digest(credentials.Token)
	}
	if err := h.options.CountCaller(c); err != nil {
		return nil, err
	}
	if r.ContentLength == 0 {
		return c, nil // Do judges as much
	}
	ofURL := *c
	if ofURL.Params, _ = op.ParseParams(nil); setFromURL(ofURL.Params, inPath, r) != nil {
		return nil, ofURL.Params.Err
	}
	return c, h.options.Begin(ctx, operation, &ofURL)
}

// read completes a call with its parameters.
func (h *Handler) read(c *op.Call, operation *op.Operation, inPath map[string]string, body *pacedBody) (err error) {
	switch {
	case !isForm(body.request):
		c.Params, err = h.json(body)
	case operation.IsUpload():
		c.Params, _ = op.ParseParams(nil)
		c.Upload, err = readForm(body, c.Params)
	default:
		err = wire.Errorf(wire.NoForm, "this takes JSON; a form only carries a file, to POST /v1/media")
	}
	if err != nil {
		return err
	}
	if err := setFromURL(c.Params, inPath, body.request); err != nil {
		return err
	}
	if c.Params.Has("eventId") {
		c.EventID = c.Params.Text("eventId")
		if err := wire.CheckID(c.EventID); err != nil {
			c.Params.Fail("eventId: %s", ids.AsError(err).Message)
		}
	}
	return c.Params.Err
}

// setFromURL adds the parameters of the query and of the path to those of the body or
// form. The query overrides the body; the path overrides both, but it is an error if they
// differ.
func setFromURL(p *op.Params, inPath map[string]string, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.Fail("query: %s", err)
	}
	for name, values := range query {
		p.SetText(strings.TrimSuffix(name, "[]"), strings.Join(values, ","))
	}
	for name, value := range inPath {
		if p.Has(name) && p.Word(name) != value {
			p.Fail("%s: %q is not the %q of the path", name, p.Word(name), value)
		}
		p.SetText(name, value)
	}
	return p.Err
}

// json reads a JSON body.
func (h *Handler) json(body *pacedBody) (*op.Params, error) {
	text, err := body.whole(body.request.Body, h.options.FrameBytes)
	if err != nil {
		return nil, err
	}
	if len(text) > 0 && !wire.Valid(text) {
		return nil, wire.Errorf(wire.BadJSON, "body is not valid JSON")
	}
	if name, found := wire.Repeated(text); found {
		return nil, wire.Errorf(wire.BadJSON, "body: %q comes twice in one object", name)
	}
	return op.ParseParams(text)
}
