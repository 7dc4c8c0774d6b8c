package gateway

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"parley/server/internal/chatlog"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/store"
)

// Service is what the gateway asks of the server behind it.
type Service interface {
	// Open carries out session:open: it finds out who connects, calls SetSession on the
	// connection, and gives the reply with the chats that are live from then on.
	Open(ctx context.Context, c *Conn, p *op.Params) (op.Result, error)
	// Do carries out an operation.
	Do(ctx context.Context, op *op.Operation, c *op.Call) (op.Result, error)
	// VisitorReturned brings a visitor back into a chat out of which they were counted as gone
	// while they opened a connection.
	VisitorReturned(key ids.Key, u identity.User)
	// Disconnected is called when a user's last connection to this node is gone; chats were
	// live on it.
	Disconnected(u identity.User, user ids.Key, chats []ids.Key)
}

// Options bounds what connections may do; see Limits for each.
type Options struct {
	FrameBytes        int
	MessagesPerSecond int
	OpenWithin        time.Duration
	WriteWithin       time.Duration
	Bye               time.Duration
	IdleAfter         time.Duration
	Logger            *slog.Logger
}

// Hub is all connections of this node, and knows which of them must hear of what.
// It never waits for one of them: each fetches what it is owed by itself, at its
// own pace.
type Hub struct {
	engine  *store.Engine
	log     *chatlog.Log
	table   *op.Table
	service Service
	options Options

	ctx     context.Context // until the server is closed
	running sync.WaitGroup  // connections and what they left to do

	LifeMu  sync.Mutex // guards the next two
	Conns   map[*Conn]struct{}
	closing bool

	mu    sync.RWMutex // guards what follows; taken before a connection's own
	chats map[ids.Key]map[*Conn]struct{}
	users map[ids.Key]map[*Conn]struct{}
}

// NewHub makes a hub that lives until ctx ends. Start it when the server behind it
// is ready.
func NewHub(ctx context.Context, e *store.Engine, o Options) *Hub {
	return &Hub{
		engine: e, options: o, ctx: ctx, Conns: map[*Conn]struct{}{},
		chats: map[ids.Key]map[*Conn]struct{}{}, users: map[ids.Key]map[*Conn]struct{}{},
	}
}

// Start lets connections in, whose requests are found in the table and carried out
// by the service, and hands them what other nodes publish.
func (h *Hub) Start(l *chatlog.Log, t *op.Table, s Service) error {
	h.log, h.table, h.service = l, t, s
	return h.listen()
}

// ServeHTTP makes a connection of a WebSocket request, and runs it to its end.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := accept(w, r, h.options.FrameBytes)
	if err != nil {
		return
	}
	c := newConn(h, ws, r.Header.Get("Origin"), r.Host)
	if !h.admit(c) {
		ws.Discard()
		return
	}
	c.serve()
}

// Clients are asked to come back at different times when the server goes away: so
// many in each second, all within so many seconds.
const (
	backPerSecond = 500
	backWithin    = 20
)

// Drain says goodbye to every connection, and takes no more.
func (h *Hub) Drain() {
	h.LifeMu.Lock()
	defer h.LifeMu.Unlock()
	h.closing = true
	spread := 1 + min(len(h.Conns)/backPerSecond, backWithin-1)
	for c := range h.Conns {
		c.end(byeGoingAway, "server is going away", float64(1+rand.IntN(spread)))
	}
}

// Count is the number of connections.
func (h *Hub) Count() int {
	h.LifeMu.Lock()
	defer h.LifeMu.Unlock()
	return len(h.Conns)
}

// CutAll ends every connection at once.
func (h *Hub) CutAll() {
	h.LifeMu.Lock()
	defer h.LifeMu.Unlock()
	for c := range h.Conns {
		c.cut()
	}
}

// Wait returns when all connections, and what they left to do, are done.
func (h *Hub) Wait() { h.running.Wait() }

// admit counts a connection in; false means that the server is closing.
func (h *Hub) admit(c *Conn) bool {
	h.LifeMu.Lock()
	defer h.LifeMu.Unlock()
	if h.closing {
		return false
	}
	h.Conns[c] = struct{}{}
	h.running.Add(1)
	return true
}

// left counts it out.
func (h *Hub) left(c *Conn) {
	chats := c.live()
	if c.Actor.User.ID != "" && h.leave(c) {
		h.service.Disconnected(c.Actor.User, c.UserKey(), chats)
	}
	h.LifeMu.Lock()
	delete(h.Conns, c)
	h.LifeMu.Unlock()
	h.running.Done()
}
