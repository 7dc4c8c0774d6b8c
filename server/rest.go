package server

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"parley/core/wire"
)

// routes makes the handler of all that the server answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /v1/socket", s.serveSocket)
	mux.HandleFunc("GET /v1/socket/{$}", s.serveSocket)
	mux.HandleFunc("GET /v1/openapi.json", s.describe)
	mux.HandleFunc("GET /v1/openapi.json/{$}", s.describe)
	mux.Handle("/", s.counted(s.identity.CORS(http.HandlerFunc(s.rest))))
	return mux
}

// health answers 200 when the engine does, and can write.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.engine.Failing(); err != nil { // the operator was told
		refuse(w, wire.Errorf(wire.CodeUnavailable, "the store cannot be written to: %s", err))
		return
	}
	ctx, stop := context.WithTimeout(r.Context(), operationWithin/2)
	defer stop()
	if _, err := s.engine.JS.Stream(ctx, logStream); err != nil {
		s.options.Logger.Error("health", "error", err)
		refuse(w, wire.Errorf(wire.CodeUnavailable, "the store does not answer"))
		return
	}
	reply(w, http.StatusOK, []byte(`{"ok":true}`))
}

// describe gives the description of what follows, to everybody.
func (s *Server) describe(w http.ResponseWriter, _ *http.Request) {
	document, err := openAPI()
	if err != nil {
		s.options.Logger.Error("openapi", "error", err)
		refuse(w, errDefect)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	reply(w, http.StatusOK, document)
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		refuse(w, wire.Errorf(http.StatusUpgradeRequired, "this is a WebSocket; connect with ws: or wss:"))
		return
	}
	ws, err := accept(w, r, s.options.Limits.FrameBytes)
	if err != nil {
		return
	}
	c := newConn(s, ws, r.Header.Get("Origin"), r.Host)
	if !s.came(c) {
		ws.discard()
		return
	}
	c.serve()
}

// rest carries out an operation asked for by HTTP.
func (s *Server) rest(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if defect := recover(); defect != nil {
			s.options.Logger.Error("defect", "method", r.Method, "path", r.URL.Path, "panic", defect, "stack", string(debug.Stack()))
			refuse(w, errDefect)
		}
	}()
	// What was begun is finished, also when the client has gone meanwhile.
	within := operationWithin
	if isForm(r) {
		within = uploadWithin
	}
	ctx, stop := context.WithTimeout(s.ctx, within)
	defer stop()
	op, inPath, err := route(r.Method, r.URL)
	if err == nil && op.ofMedia() { // is read at the client's pace
		ctx = s.ctx
	}
	if err == nil {
		if err = s.restOperation(ctx, op, inPath, w, r); err == nil {
			return
		}
	}
	var wrongMethod *methodError
	if errors.As(err, &wrongMethod) {
		w.Header().Set("Allow", strings.Join(wrongMethod.allowed, ", "))
		refuse(w, wire.Errorf(http.StatusMethodNotAllowed, "%s is not allowed here, but %s", r.Method, strings.Join(wrongMethod.allowed, ", ")))
		return
	}
	refuse(w, s.refusal(err, r.Method+" "+r.URL.Path))
}

func (s *Server) restOperation(ctx context.Context, op *operation, inPath map[string]string, w http.ResponseWriter, r *http.Request) error {
	who := CredentialsOf(r)
	if op.ofMedia() {
		who.fromURL(r.URL.Query())
	}
	if who.AppID == "" {
		who.AppID = inPath["appId"]
	}
	actor, err := s.identity.Authenticate(ctx, who)
	if err != nil {
		return err
	}
	c := &call{actor: actor, base: publicBase(r)}
	if who.Token != "" {
		c.session = digest(who.Token)
	}
	if c.params, c.upload, err = s.restParams(inPath, w, r); err != nil {
		return err
	}
	if c.upload != nil {
		c.eventID = c.params.text("eventId")
	}
	res, err := s.carryOut(ctx, op, c)
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

// restParams merges the body's object or form, the query and the path, of which
// the later ones win; that body and path contradict each other is an error.
func (s *Server) restParams(inPath map[string]string, w http.ResponseWriter, r *http.Request) (p *params, u *upload, err error) {
	if isForm(r) {
		r.Body = patient{r.Body, http.NewResponseController(w)}
		p, _ = parseParams(nil)
		u, err = readForm(r, p)
	} else {
		p, err = s.bodyParams(w, r)
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

// bodyParams reads a JSON body.
func (s *Server) bodyParams(w http.ResponseWriter, r *http.Request) (*params, error) {
	limit := s.options.Limits.FrameBytes
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
func route(method string, u *url.URL) (*operation, map[string]string, error) {
	path, found := strings.CutPrefix(u.EscapedPath(), "/v1/")
	var allowed []string
	if found {
		parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
		if method == http.MethodHead {
			method = http.MethodGet
		}
		for i := range operations {
			op := &operations[i]
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
