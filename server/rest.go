package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"parley/core/wire"
)

// RESTOptions says what the handler needs beside the operations.
type RESTOptions struct {
	FrameBytes int // the longest body, in bytes
	Logger     *slog.Logger
	Socket     http.Handler                    // takes WebSocket requests
	Carry      Carry                           // carries out operations
	Healthy    func(ctx context.Context) error // nil when the server can serve; *wire.Error else
}

// Carry carries out an operation: Service.Do.
type Carry func(ctx context.Context, op *operation, c *call) (result, error)

// restHandler answers by HTTP all that the server answers.
type restHandler struct {
	mux      *http.ServeMux
	identity *Identity
	table    *table
	document []byte // the OpenAPI description
	options  RESTOptions
	ctx      context.Context // until the server is closed

	requests atomic.Int64 // under way, without those of sockets
}

// newREST makes a handler, whose requests end with ctx. The error is a defect of
// the OpenAPI description.
func newREST(ctx context.Context, i *Identity, t *table, o RESTOptions) (*restHandler, error) {
	document, err := openAPI(t)
	if err != nil {
		return nil, err
	}
	h := &restHandler{mux: http.NewServeMux(), identity: i, table: t, document: document, options: o, ctx: ctx}
	h.mux.HandleFunc("GET /healthz", h.health)
	h.mux.HandleFunc("GET /v1/socket", h.socket)
	h.mux.HandleFunc("GET /v1/socket/{$}", h.socket)
	h.mux.HandleFunc("GET /v1/openapi.json", h.describe)
	h.mux.HandleFunc("GET /v1/openapi.json/{$}", h.describe)
	h.mux.Handle("/", h.counted(i.CORS(http.HandlerFunc(h.rest))))
	return h, nil
}

func (h *restHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// underway is the number of requests that are not answered yet.
func (h *restHandler) underway() int { return int(h.requests.Load()) }

// counted counts the requests under way.
func (h *restHandler) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		defer h.requests.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// health answers 200 when the server can serve.
func (h *restHandler) health(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), operationWithin/2)
	defer stop()
	if err := h.options.Healthy(ctx); err != nil {
		refuse(w, refusal(h.options.Logger, err, "health"))
		return
	}
	reply(w, http.StatusOK, []byte(`{"ok":true}`))
}

// describe gives the description of what follows, to everybody.
func (h *restHandler) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	reply(w, http.StatusOK, h.document)
}

func (h *restHandler) socket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		refuse(w, wire.Errorf(http.StatusUpgradeRequired, "this is a WebSocket; connect with ws: or wss:"))
		return
	}
	h.options.Socket.ServeHTTP(w, r)
}

// rest carries out an operation asked for by HTTP.
func (h *restHandler) rest(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if defect := recover(); defect != nil {
			h.options.Logger.Error("defect", "method", r.Method, "path", r.URL.Path, "panic", defect, "stack", string(debug.Stack()))
			refuse(w, errDefect)
		}
	}()
	// What was begun is finished, also when the client has gone meanwhile.
	within := operationWithin
	if isForm(r) {
		within = uploadWithin
	}
	ctx, stop := context.WithTimeout(h.ctx, within)
	defer stop()
	op, inPath, err := h.table.route(r.Method, r.URL)
	if err == nil && op.ofMedia() { // is read at the client's pace
		ctx = h.ctx
	}
	if err == nil {
		if err = h.operation(ctx, op, inPath, w, r); err == nil {
			return
		}
	}
	var wrongMethod *methodError
	if errors.As(err, &wrongMethod) {
		w.Header().Set("Allow", strings.Join(wrongMethod.allowed, ", "))
		refuse(w, wire.Errorf(http.StatusMethodNotAllowed, "%s is not allowed here, but %s", r.Method, strings.Join(wrongMethod.allowed, ", ")))
		return
	}
	refuse(w, refusal(h.options.Logger, err, r.Method+" "+r.URL.Path))
}

func (h *restHandler) operation(ctx context.Context, op *operation, inPath map[string]string, w http.ResponseWriter, r *http.Request) error {
	who := CredentialsOf(r)
	if op.ofMedia() {
		who.fromURL(r.URL.Query())
	}
	if who.AppID == "" {
		who.AppID = inPath["appId"]
	}
	actor, err := h.identity.Authenticate(ctx, who)
	if err != nil {
		return err
	}
	c := &call{actor: actor, base: publicBase(r)}
	if who.Token != "" {
		c.session = digest(who.Token)
	}
	if c.params, c.upload, err = h.params(inPath, w, r); err != nil {
		return err
	}
	if c.upload != nil {
		c.eventID = c.params.text("eventId")
	}
	res, err := h.options.Carry(ctx, op, c)
	if c.upload != nil { // browsers look for an answer only when they have sent all
		_, _ = io.CopyN(io.Discard, r.Body, drained)
	}
	if err != nil {
		return err
	}
	if res.file != nil {
		send(w, res.file)
		return nil
	}
	to := audienceOf(actor.User.IsAgent())
	if actor.Secret {
		to = staff
	}
	reply(w, http.StatusOK, res.data(to))
	return nil
}

// params merges the body's object or form, the query and the path, of which
// the later ones win; that body and path contradict each other is an error.
func (h *restHandler) params(inPath map[string]string, w http.ResponseWriter, r *http.Request) (p *params, u *upload, err error) {
	if isForm(r) {
		r.Body = patient{r.Body, http.NewResponseController(w)}
		p, _ = parseParams(nil)
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
		p.setText(strings.TrimSuffix(name, "[]"), strings.Join(values, ","))
	}
	for name, value := range inPath {
		if p.has(name) && p.word(name) != value {
			p.fail("%s: %q is not the %q of the path", name, p.word(name), value)
		}
		p.setText(name, value)
	}
	return p, u, p.err
}

// body reads a JSON body.
func (h *restHandler) body(w http.ResponseWriter, r *http.Request) (*params, error) {
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
	return parseParams(body)
}

// methodError is a path that exists, asked with a method that does not.
type methodError struct{ allowed []string }

func (e *methodError) Error() string { return "method not allowed" }

// route finds the operation of a request, and the parameters in its path.
func (t *table) route(method string, u *url.URL) (*operation, map[string]string, error) {
	path, found := strings.CutPrefix(u.EscapedPath(), "/v1/")
	var allowed []string
	if found {
		parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
		if method == http.MethodHead {
			method = http.MethodGet
		}
		for _, op := range t.list {
			inPath, fits := matches(op.Path, parts)
			if fits && op.Method == method {
				return op, inPath, nil
			}
			if fits && !slices.Contains(allowed, op.Method) {
				allowed = append(allowed, op.Method)
			}
		}
	}
	if allowed != nil {
		return nil, nil, &methodError{allowed}
	}
	return nil, nil, wire.Errorf(wire.CodeNotFound, "there is no %s", u.Path)
}

func matches(pattern string, parts []string) (map[string]string, bool) {
	want := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if pattern == "" || len(want) != len(parts) {
		return nil, false
	}
	found := map[string]string{}
	for i, part := range parts {
		value, err := url.PathUnescape(part)
		if err != nil || value == "" {
			return nil, false
		}
		fixed, name, isName := strings.Cut(want[i], "{")
		value, begins := strings.CutPrefix(value, fixed)
		if !begins || isName == (value == "") {
			return nil, false
		}
		if isName {
			found[strings.TrimSuffix(name, "}")] = value
		}
	}
	return found, true
}

func reply(w http.ResponseWriter, status int, data []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client is gone
}

// send writes a file, as long as the client takes some of it in time.
func send(w http.ResponseWriter, f *file) {
	defer func() { _ = f.content.Close() }()
	maps.Copy(w.Header(), f.header)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	control, part := http.NewResponseController(w), make([]byte, 64<<10)
	for {
		n, err := f.content.Read(part)
		_ = control.SetWriteDeadline(time.Now().Add(silenceWithin))
		if _, gone := w.Write(part[:n]); gone != nil || err != nil {
			return // at the end, or cut short, which the length tells
		}
	}
}

func refuse(w http.ResponseWriter, err *wire.Error) {
	reply(w, err.Code, wire.NewObject(nil).Raw("error", err.Append(nil)).Done())
}
