package server

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Service is what the gateway asks of the server behind it.
type Service interface {
	// Open carries out session:open: it finds out who connects, calls Enter on the
	// connection, and gives the reply with the chats that are live from then on.
	Open(ctx context.Context, c *conn, p *params) (result, error)
	// Do carries out an operation.
	Do(ctx context.Context, op *operation, c *call) (result, error)
	// Back brings a visitor back into a chat out of which they were counted as gone
	// while they opened a connection.
	Back(key chatKey, u User)
	// Left is called when a user's last connection to this node is gone; chats were
	// live on it.
	Left(u User, user chatKey, chats []chatKey)
}

// HubOptions bounds what connections may do; see Limits for each.
type HubOptions struct {
	FrameBytes        int
	MessagesPerSecond int
	OpenWithin        time.Duration
	WriteWithin       time.Duration
	Bye               time.Duration
	IdleAfter         time.Duration
	Logger            *slog.Logger
}

// hub is all connections of this node, and knows which of them must hear of what.
// It never waits for one of them: each fetches what it is owed by itself, at its
// own pace.
type hub struct {
	engine  *Engine
	log     *Log
	table   *table
	service Service
	options HubOptions

	ctx     context.Context // until the server is closed
	running sync.WaitGroup  // connections and what they left to do

	life    sync.Mutex // guards the next two
	conns   map[*conn]struct{}
	closing bool

	mu    sync.RWMutex // guards what follows; taken before a connection's own
	chats map[chatKey]map[*conn]struct{}
	users map[chatKey]map[*conn]struct{}
}

// newHub makes a hub that lives until ctx ends. Start it when the server behind it
// is ready.
func newHub(ctx context.Context, e *Engine, o HubOptions) *hub {
	return &hub{
		engine: e, options: o, ctx: ctx, conns: map[*conn]struct{}{},
		chats: map[chatKey]map[*conn]struct{}{}, users: map[chatKey]map[*conn]struct{}{},
	}
}

// start lets connections in, whose requests are found in the table and carried out
// by the service, and hands them what other nodes publish.
func (h *hub) start(l *Log, t *table, s Service) error {
	h.log, h.table, h.service = l, t, s
	return h.listen()
}

// ServeHTTP makes a connection of a WebSocket request, and runs it to its end.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := accept(w, r, h.options.FrameBytes)
	if err != nil {
		return
	}
	c := newConn(h, ws, r.Header.Get("Origin"), r.Host)
	if !h.came(c) {
		ws.discard()
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

// sendAway says goodbye to every connection, and takes no more.
func (h *hub) sendAway() {
	h.life.Lock()
	defer h.life.Unlock()
	h.closing = true
	spread := 1 + min(len(h.conns)/backPerSecond, backWithin-1)
	for c := range h.conns {
		c.end(byeGoingAway, "server is going away", float64(1+rand.IntN(spread)))
	}
}

// count is the number of connections.
func (h *hub) count() int {
	h.life.Lock()
	defer h.life.Unlock()
	return len(h.conns)
}

// cutAll ends every connection at once.
func (h *hub) cutAll() {
	h.life.Lock()
	defer h.life.Unlock()
	for c := range h.conns {
		c.cut()
	}
}

// wait returns when all connections, and what they left to do, are done.
func (h *hub) wait() { h.running.Wait() }

// came counts a connection in; false means that the server is closing.
func (h *hub) came(c *conn) bool {
	h.life.Lock()
	defer h.life.Unlock()
	if h.closing {
		return false
	}
	h.conns[c] = struct{}{}
	h.running.Add(1)
	return true
}

// left counts it out.
func (h *hub) left(c *conn) {
	chats := c.live()
	if c.actor.User.ID != "" && h.leave(c) {
		h.service.Left(c.actor.User, c.userKey(), chats)
	}
	h.life.Lock()
	delete(h.conns, c)
	h.life.Unlock()
	h.running.Done()
}
