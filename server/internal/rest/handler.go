package rest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/media"
	"parley/server/internal/op"
	"parley/server/internal/tracing"
)

// Options is what the handler needs beside the table of operations. All fields must be
// set.
type Options struct {
	FrameBytes int // the longest body, in bytes
	Logger     *slog.Logger
	Socket     Socket              // serves connections
	Begin      Begin               // judges a call before its body is read
	Do         Do                  // carries out operations
	Room       *limit.Room         // for bodies that are read whole
	Healthy    func() error        // nil if the server can serve; else a *wire.Error
	Answered   func(a op.Answered) // is called for requests of operations that were answered
	Tracer     *tracing.Tracer     // nil traces nothing

	// Count counts a request for its address, as CountProbe does one that asks only whether
	// there is a server, and CountCaller for who makes it. An error is a *wire.Error.
	Count       func(r *http.Request) error
	CountProbe  func(r *http.Request) error
	CountCaller func(c *op.Call) error
}

// Begin refuses a call that its headers and its URL show not to be allowed.
type Begin func(ctx context.Context, op *op.Operation, c *op.Call) error

// Do carries out an operation, if the caller may call it.
type Do func(ctx context.Context, op *op.Operation, c *op.Call) (op.Result, error)

// Socket serves connections: those by WebSocket with Serve, which has answered unless it
// gives an error, and those by HTTP with Exchange, which gives the answer to one request of
// a client.
type Socket interface {
	Serve(w http.ResponseWriter, r *http.Request) error
	// HasRoom tells whether a connection would be served now.
	HasRoom(sender address.Sender) error
	// BeginExchange gives how many bytes a request with this first line may have, until end
	// is called.
	BeginExchange(ctx context.Context, first []byte) (longest int, end func(), err error)
	// Exchange hands the answer to give, unless it gives an error.
	Exchange(ctx context.Context, sender address.Sender, text []byte, give func(answer []byte)) error
}

// Handler serves all HTTP requests of the server.
type Handler struct {
	mux      *http.ServeMux
	identity *identity.Store
	table    *op.Table
	document []byte // the OpenAPI document
	options  Options
	ctx      context.Context // until the server is closed

	inFlight atomic.Int64 // requests not answered yet, without those of sockets
}

// New makes a handler, whose requests end with ctx. The error is a defect of the
// OpenAPI descriptions.
func New(ctx context.Context, i *identity.Store, t *op.Table, o Options) (*Handler, error) {
	document, err := openAPI(t)
	if err != nil {
		return nil, err
	}
	h := &Handler{mux: http.NewServeMux(), identity: i, table: t, document: document, options: o, ctx: ctx}
	h.mux.Handle("GET /healthz", h.limited(o.CountProbe, h.serveHealth))
	room := h.limited(o.CountProbe, h.serveRoom)
	h.mux.Handle("HEAD /v1/socket", room)
	h.mux.Handle("HEAD /v1/socket/{$}", room)
	h.mux.HandleFunc("GET /v1/socket", h.serveSocket)
	h.mux.HandleFunc("GET /v1/socket/{$}", h.serveSocket)
	exchange, described := h.limited(o.Count, h.serveExchange), h.limited(o.Count, h.serveDocument)
	h.mux.Handle("POST /v1/socket", exchange)
	h.mux.Handle("POST /v1/socket/{$}", exchange)
	h.mux.Handle("GET /v1/openapi.json", described)
	h.mux.Handle("GET /v1/openapi.json/{$}", described)
	h.mux.Handle("/", h.counted(i.CORS(http.HandlerFunc(h.serveOperation))))
	return h, nil
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// InFlight is the number of requests of operations that are not answered yet.
func (h *Handler) InFlight() int { return int(h.inFlight.Load()) }

// counted counts the requests in flight.
func (h *Handler) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.inFlight.Add(1)
		defer h.inFlight.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// limited refuses requests of addresses that make too many. Pages of all origins can read
// the answer, and when to ask again.
func (h *Handler) limited(count func(*http.Request) error, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowAllOrigins(w)
		if err := count(r); err != nil {
			refuse(w, op.Refusal(h.options.Logger, err, "count"))
			return
		}
		next(w, r)
	})
}

func allowAllOrigins(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
}

// serveHealth answers 200 if the server can serve.
func (h *Handler) serveHealth(w http.ResponseWriter, _ *http.Request) {
	if err := h.options.Healthy(); err != nil {
		refuse(w, op.Refusal(h.options.Logger, err, "health"))
		return
	}
	reply(w, http.StatusOK, []byte(`{"ok":true}`))
}

// serveDocument gives the OpenAPI document.
func (h *Handler) serveDocument(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, h.document)
}

// serveRoom tells a page whether there is a server, and room, before it makes a WebSocket.
func (h *Handler) serveRoom(w http.ResponseWriter, r *http.Request) {
	if err := h.options.Socket.HasRoom(address.SenderOf(r)); err != nil {
		refuse(w, op.Refusal(h.options.Logger, err, "socket"))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *Handler) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		refuse(w, wire.Errorf(wire.NotAWebSocket, "this is a WebSocket: connect with ws: or wss:, or POST for HTTP long polling. "+
			"A proxy between may have stripped Upgrade"))
		return
	}
	if err := h.options.Socket.Serve(w, r); err != nil {
		refuse(w, op.Refusal(h.options.Logger, err, "socket"))
	}
}

// longestFirstLine is how much of a request by HTTP is read to see what it is about.
const longestFirstLine = 512

// serveExchange answers a request of a connection by HTTP, whole or not at all. It is
// simple in the sense of CORS, so that pages send it without a preflight; the origin is
// checked by session:open, as that of a WebSocket.
func (h *Handler) serveExchange(w http.ResponseWriter, r *http.Request) {
	body := h.paceBody(w, r)
	defer body.forget()
	begun := bufio.NewReaderSize(body, longestFirstLine)
	start, _ := begun.Peek(longestFirstLine) // what is wrong with the body is known when it is read
	first, _, _ := bytes.Cut(start, []byte("\n"))
	longest, end, err := h.options.Socket.BeginExchange(r.Context(), first)
	if err != nil {
		body.skip(skippedOfStrangers)
		refuse(w, op.Refusal(h.options.Logger, err, "exchange"))
		return
	}
	defer end()
	text, err := body.whole(begun, longest)
	if err != nil {
		body.skip(skippedOfStrangers)
		refuse(w, op.Refusal(h.options.Logger, err, "exchange"))
		return
	}
	err = h.options.Socket.Exchange(r.Context(), address.SenderOf(r), text, func(answer []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		replyAs(w, "text/plain; charset=utf-8", http.StatusOK, answer)
	})
	if err != nil {
		refuse(w, op.Refusal(h.options.Logger, err, "exchange"))
	}
}

// serveOperation carries out an operation and replies.
func (h *Handler) serveOperation(w http.ResponseWriter, r *http.Request) {
	_, span := h.options.Tracer.Begin(tracing.From(r.Context(), address.Traceparent(r)), tracing.Served, op.Unknown)
	a := op.Answered{
		Transport: "rest", Operation: op.Unknown, Code: http.StatusOK, Requests: 1, RequestID: address.RequestID(r), TraceID: span.TraceID(),
	}
	logger := h.options.Logger.With("requestId", a.RequestID)
	if span != nil {
		logger = logger.With("traceId", a.TraceID)
	}
	defer func() {
		if defect := recover(); defect != nil {
			logger.Error("defect", "method", r.Method, "path", r.URL.Path, "panic", defect, "stack", string(debug.Stack()))
			a.Code = op.ErrInternal.Code
			refuse(w, op.ErrInternal)
		}
		h.options.Answered(a)
		a.End(span)
	}()
	err := h.do(w, r, span, &a)
	if err == nil {
		return
	}
	var wrongMethod *op.MethodError
	if errors.As(err, &wrongMethod) {
		allowed := strings.Join(wrongMethod.Allowed, ", ")
		w.Header().Set("Allow", allowed)
		err = wire.Errorf(wire.WrongMethod, "%s is not allowed here, but %s", r.Method, allowed)
	}
	refusal := op.Refusal(logger, err, r.Method+" "+r.URL.Path)
	a.Code = refusal.Code
	refuse(w, refusal)
}

// do replies if the operation succeeds, else it gives the error. Of the body it reads no
// more than a little for a caller who may not call. It notes which operation it is, and how
// long it took without reading from the client and writing to it.
func (h *Handler) do(w http.ResponseWriter, r *http.Request, span *tracing.Span, a *op.Answered) error {
	body := h.paceBody(w, r)
	defer body.forget()
	began := time.Now()
	operation, inPath, err := h.table.Route(r.Method, r.URL)
	if err == nil {
		a.Operation = operation.Name()
	}
	if err != nil || r.Header.Get(identity.SecretHeader) == "" { // begin counts those whose secret is wrong
		err = cmp.Or(h.options.Count(r), err)
	}
	if err != nil {
		body.skip(skippedOfStrangers)
		return err
	}
	ctx, stop := h.bounded(operation, r)
	defer stop()
	ctx = span.In(ctx)
	c, err := h.begin(ctx, operation, inPath, r)
	a.Took = time.Since(began)
	if err != nil {
		body.skip(skippedOfStrangers)
		return err
	}
	a.App = c.Actor.App.ID
	if err := h.read(c, operation, inPath, body); err != nil {
		body.skip(skippedOfStrangers)
		return err
	}
	began = time.Now()
	res, err := h.options.Do(ctx, operation, c)
	a.Took += time.Since(began)
	if c.Upload != nil {
		body.skip(skippedAfter(err))
	}
	if err != nil {
		return err
	}
	switch {
	case res.File != nil:
		h.sendFile(w, r, res.File)
		return nil
	case res.Stream != nil:
		return sendStream(w, r, res.Stream)
	}
	reply(w, http.StatusOK, res.Data(op.AudienceOf(c.Actor)))
	return nil
}

// bounded gives the context of an operation. It does not end with a request that changes
// something: what was begun is completed.
func (h *Handler) bounded(operation *op.Operation, r *http.Request) (context.Context, context.CancelFunc) {
	switch {
	case operation.IsDownload(): // at the client's pace, see sendFile
		return h.ctx, func() {}
	case operation.IsUpload():
		return context.WithTimeout(h.ctx, media.Within(r.ContentLength))
	}
	ctx, stop := context.WithTimeout(h.ctx, ids.OperationWithin)
	if r.Method == http.MethodGet { // who is gone does not wait for a turn
		context.AfterFunc(r.Context(), stop)
	}
	return ctx, stop
}
