package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// call makes a call of a request: it finds out who asks, and reads the parameters.
func (h *Handler) call(
	ctx context.Context, operation *op.Operation, inPath map[string]string, w http.ResponseWriter, r *http.Request,
) (*op.Call, error) {
	credentials := identity.CredentialsOf(r)
	if operation.IsDownload() {
		credentials.FromURL(r.URL.Query())
	}
	if credentials.AppID == "" {
		credentials.AppID = inPath["appId"]
	}
	actor, err := h.identity.Authenticate(ctx, credentials)
	if err != nil {
		return nil, err
	}
	c := &op.Call{Actor: actor, Base: address.Of(r), Client: address.Client(r)}
	if credentials.Token != "" {
		c.Session = ids.Digest(credentials.Token)
	}
	if c.Params, c.Upload, err = h.params(inPath, w, r); err != nil {
		return nil, err
	}
	if c.Params.Has("eventId") {
		c.EventID = c.Params.Text("eventId")
		if err := wire.CheckID(c.EventID); err != nil {
			c.Params.Fail("eventId: %s", ids.AsError(err).Message)
		}
	}
	return c, c.Params.Err
}

// audience tells what an actor may see of a chat: the app's secret sees what agents see.
func audience(a identity.Actor) chatstate.Audience {
	if a.Secret {
		return chatstate.Staff
	}
	return chatstate.AudienceOf(a.User.IsAgent())
}

// params merges the parameters of the body or form, of the query and of the path. The
// query overrides the body; the path overrides both, but it is an error if they differ.
func (h *Handler) params(inPath map[string]string, w http.ResponseWriter, r *http.Request) (p *op.Params, u *op.Upload, err error) {
	if isForm(r) {
		r.Body = pacedBody{r.Body, http.NewResponseController(w), media.NewPace()}
		p, _ = op.ParseParams(nil)
		u, err = readForm(r, p)
	} else {
		p, err = h.body(w, r)
	}
	if err != nil {
		return nil, nil, err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, nil, wire.Errorf(wire.BadArgument, "query: %s", err)
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
	return p, u, p.Err
}

// body reads a JSON body.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) (*op.Params, error) {
	limit := h.options.FrameBytes
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, wire.Errorf(wire.RequestTooLong, "body is longer than the limit of %d bytes", limit)
	}
	if err != nil {
		return nil, wire.Errorf(wire.BadArgument, "body: %s", err)
	}
	if len(body) > 0 && !wire.Valid(body) {
		return nil, wire.Errorf(wire.BadJSON, "body is not valid JSON")
	}
	return op.ParseParams(body)
}
