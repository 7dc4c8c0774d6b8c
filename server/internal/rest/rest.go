package rest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// Options says what the handler needs beside the operations.
type Options struct {
	FrameBytes int // the longest body, in bytes
	Logger     *slog.Logger
	Socket     http.Handler                    // takes WebSocket requests
	Carry      Carry                           // carries out operations
	Healthy    func(ctx context.Context) error // nil when the server can serve; *wire.Error else
}

// Carry carries out an operation: Service.Do.
type Carry func(ctx context.Context, op *op.Operation, c *op.Call) (op.Result, error)

// Handler answers by HTTP all that the server answers.
type Handler struct {
	mux      *http.ServeMux
	identity *identity.Store
	table    *op.Table
	document []byte // the OpenAPI description
	options  Options
	ctx      context.Context // until the server is closed

	requests atomic.Int64 // under way, without those of sockets
}

// New makes a handler, whose requests end with ctx. The error is a defect of
// the OpenAPI description.
func New(ctx context.Context, i *identity.Store, t *op.Table, o Options) (*Handler, error) {
	document, err := OpenAPI(t)
	if err != nil {
		return nil, err
	}
	h := &Handler{mux: http.NewServeMux(), identity: i, table: t, document: document, options: o, ctx: ctx}
	h.mux.HandleFunc("GET /healthz", h.health)
	h.mux.HandleFunc("GET /v1/socket", h.socket)
	h.mux.HandleFunc("GET /v1/socket/{$}", h.socket)
	h.mux.HandleFunc("GET /v1/openapi.json", h.describe)
	h.mux.HandleFunc("GET /v1/openapi.json/{$}", h.describe)
	h.mux.Handle("/", h.counted(i.CORS(http.HandlerFunc(h.rest))))
	return h, nil
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Underway is the number of requests that are not answered yet.
func (h *Handler) Underway() int { return int(h.requests.Load()) }

// counted counts the requests under way.
func (h *Handler) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		defer h.requests.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// health answers 200 when the server can serve.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), ids.OperationWithin/2)
	defer stop()
	if err := h.options.Healthy(ctx); err != nil {
		refuse(w, op.Refusal(h.options.Logger, err, "health"))
		return
	}
	reply(w, http.StatusOK, []byte(`{"ok":true}`))
}

// describe gives the description of what follows, to everybody.
func (h *Handler) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	reply(w, http.StatusOK, h.document)
}

func (h *Handler) socket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		refuse(w, wire.Errorf(http.StatusUpgradeRequired, "this is a WebSocket; connect with ws: or wss:"))
		return
	}
	h.options.Socket.ServeHTTP(w, r)
}

// rest carries out an operation asked for by HTTP.
func (h *Handler) rest(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if defect := recover(); defect != nil {
			h.options.Logger.Error("defect", "method", r.Method, "path", r.URL.Path, "panic", defect, "stack", string(debug.Stack()))
			refuse(w, op.ErrInternal)
		}
	}()
	// What was begun is finished, also when the client has gone meanwhile.
	within := ids.OperationWithin
	if IsForm(r) {
		within = media.UploadWithin
	}
	ctx, stop := context.WithTimeout(h.ctx, within)
	defer stop()
	operation, inPath, err := h.table.Route(r.Method, r.URL)
	if err == nil && operation.IsDownload() { // is read at the client's pace
		ctx = h.ctx
	}
	if err == nil {
		if err = h.operation(ctx, operation, inPath, w, r); err == nil {
			return
		}
	}
	var wrongMethod *op.MethodError
	if errors.As(err, &wrongMethod) {
		w.Header().Set("Allow", strings.Join(wrongMethod.Allowed, ", "))
		refuse(w, wire.Errorf(http.StatusMethodNotAllowed, "%s is not allowed here, but %s", r.Method, strings.Join(wrongMethod.Allowed, ", ")))
		return
	}
	refuse(w, op.Refusal(h.options.Logger, err, r.Method+" "+r.URL.Path))
}

func (h *Handler) operation(ctx context.Context, operation *op.Operation, inPath map[string]string, w http.ResponseWriter, r *http.Request) error {
	who := identity.CredentialsOf(r)
	if operation.IsDownload() {
		who.FromURL(r.URL.Query())
	}
	if who.AppID == "" {
		who.AppID = inPath["appId"]
	}
	actor, err := h.identity.Authenticate(ctx, who)
	if err != nil {
		return err
	}
	c := &op.Call{Actor: actor, Base: PublicBase(r)}
	if who.Token != "" {
		c.Session = ids.Digest(who.Token)
	}
	if c.Params, c.Upload, err = h.params(inPath, w, r); err != nil {
		return err
	}
	if c.Upload != nil {
		c.EventID = c.Params.Text("eventId")
	}
	res, err := h.options.Carry(ctx, operation, c)
	if c.Upload != nil { // browsers look for an answer only when they have sent all
		_, _ = io.CopyN(io.Discard, r.Body, drained)
	}
	if err != nil {
		return err
	}
	if res.File != nil {
		send(w, res.File)
		return nil
	}
	to := chatstate.AudienceOf(actor.User.IsAgent())
	if actor.Secret {
		to = chatstate.Staff
	}
	reply(w, http.StatusOK, res.Data(to))
	return nil
}

// params merges the body's object or form, the query and the path, of which
// the later ones win; that body and path contradict each other is an error.
func (h *Handler) params(inPath map[string]string, w http.ResponseWriter, r *http.Request) (p *op.Params, u *op.Upload, err error) {
	if IsForm(r) {
		r.Body = patient{r.Body, http.NewResponseController(w)}
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
		return nil, nil, wire.Errorf(wire.CodeBadRequest, "query: %s", err)
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
		return nil, wire.Errorf(wire.CodeTooLarge, "body is longer than the limit of %d bytes", limit)
	}
	if err != nil {
		return nil, wire.Errorf(wire.CodeBadRequest, "body: %s", err)
	}
	if len(body) > 0 && !wire.Valid(body) {
		return nil, wire.Errorf(wire.CodeBadRequest, "body is not valid JSON")
	}
	return op.ParseParams(body)
}

func reply(w http.ResponseWriter, status int, data []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client is gone
}

// send writes a file, as long as the client takes some of it in time.
func send(w http.ResponseWriter, f *op.File) {
	defer func() { _ = f.Content.Close() }()
	maps.Copy(w.Header(), f.Header)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	control, part := http.NewResponseController(w), make([]byte, 64<<10)
	for {
		n, err := f.Content.Read(part)
		_ = control.SetWriteDeadline(time.Now().Add(silenceWithin))
		if _, gone := w.Write(part[:n]); gone != nil || err != nil {
			return // at the end, or cut short, which the length tells
		}
	}
}

func refuse(w http.ResponseWriter, err *wire.Error) {
	reply(w, err.Code, wire.NewObject(nil).Raw("error", err.Append(nil)).Done())
}
