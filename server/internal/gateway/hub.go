package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/chatlog"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

// Service is what the gateway needs of the server behind it.
type Service interface {
	// Open carries out session:open: it finds out who connects, calls SetSession, and
	// gives the reply with the chats that are live from then on.
	Open(ctx context.Context, c *Conn, p *op.Params) (op.Result, error)
	// Do carries out an operation. The connection's reader waits for it.
	Do(ctx context.Context, op *op.Operation, c *op.Call) (op.Result, error)
	// Admit tells whether Do would carry out a call, and completes the call.
	Admit(ctx context.Context, op *op.Operation, c *op.Call) error
	// DoTogether carries out calls about one chat which Admit has allowed, as Do would one
	// after the other.
	DoTogether(ctx context.Context, op *op.Operation, calls []*op.Call) []op.Answer
	// BeginReading takes room for a reply with so many bytes of conversations until end is
	// called, and waits for it. The reply must end with reading.
	BeginReading(c *Conn, bytes int64) (reading context.Context, end func(), err error)
	// Answered is called for requests that were answered.
	Answered(a op.Answered)
	// CallerOf gives an actor as the limits know them.
	CallerOf(a identity.Actor, sender address.Sender) limit.Caller
	// VisitorReturned is called when a chat says that its visitor is away, although
	// they are connected here: they were counted as gone while they connected.
	VisitorReturned(key ids.Key, u identity.User)
	// Disconnected is called when the user's last connection to this node is gone.
	// chats are those that were live on it.
	Disconnected(u identity.User, user ids.Key, chats []ids.Key)
}

// Options bounds what connections may do. No field has a default here; package
// server gives them.
type Options struct {
	FrameBytes  int           // the longest frame; 16 times this ends the connection
	OpenBytes   int           // what may come before the session is open, but for a few connections
	OpenWithin  time.Duration // for session:open, from the start of the connection
	WriteWithin time.Duration // for the client to take one frame
	Bye         time.Duration // for the client to close after bye
	IdleAfter   time.Duration // silence after which a connection counts as lost

	Meter              *limit.Meter // of requests: beyond its rates they are read more slowly
	Sockets            int          // in all
	Unopened           int          // sockets without a session
	SocketsPerAddress  int
	SocketsPerUser     int
	ConnectionsPerUser int // those by shared sockets as well

	Room *limit.Room // for frames that are being read, or wait to be carried out

	Logger *slog.Logger
	Tracer *tracing.Tracer // nil traces nothing
}

// Hub holds all connections of this node, and knows which of them a chat or a user
// has. It never waits for a connection.
type Hub struct {
	engine  *store.Engine
	log     *chatlog.Log
	table   *op.Table
	service Service
	options Options

	exchanges *exchanges
	places    *places

	ctx     context.Context // until the server is closed
	running sync.WaitGroup  // connections, and goroutines that they started

	connsMu sync.Mutex // guards the next three
	conns   map[*Conn]struct{}
	closing bool
	away    bool // others serve the clients for now

	mu     sync.RWMutex // guards what follows; taken before Conn.mu
	byChat map[ids.Key]connSet
	byUser map[ids.Key]connSet
}

type connSet map[*Conn]struct{}

// NewHub makes a hub that lives until ctx ends. Call Start when the server behind it
// is ready, before the first request comes.
func NewHub(ctx context.Context, e *store.Engine, o Options) *Hub {
	return &Hub{
		engine: e, options: o, ctx: ctx, conns: connSet{}, exchanges: newExchanges(), places: newPlaces(o),
		byChat: map[ids.Key]connSet{}, byUser: map[ids.Key]connSet{},
	}
}

// Start sets what the requests of connections need, and subscribes to what comes from
// other nodes.
func (h *Hub) Start(l *chatlog.Log, t *op.Table, s Service) error {
	h.log, h.table, h.service = l, t, s
	if err := h.answerNodes(); err != nil {
		return err
	}
	return h.receivePushes()
}

// Serve makes a connection of a WebSocket request. The connection goes on when Serve returns, so that
// the memory of the request need not be kept for it. An error means that there is no room for it, and
// that nothing was answered.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request) error {
	sender := address.SenderOf(r)
	in, err := h.enter(sender)
	if err != nil {
		return err
	}
	ws, err := accept(w, r, h.options.FrameBytes+maxDigits)
	if err != nil {
		in.leave()
		return nil // accept has answered
	}
	ws.short, ws.mayBeLong, ws.part = h.options.OpenBytes, in.mayBeLong, h.partFor(sender, freeBytes)
	c := newConn(h, ws, sender)
	c.place = in
	leave := func() {
		ws.part.End()
		in.leave()
	}
	if !h.register(c) {
		ws.discard()
		leave()
		return nil
	}
	go func() {
		defer leave()
		c.serve()
	}()
	return nil
}

// HasRoom tells whether a connection of the client would find room now. It takes nothing
// from those who make one.
func (h *Hub) HasRoom(sender address.Sender) error {
	if err := h.elsewhere(); err != nil {
		return err
	}
	return h.places.look(sender)
}

// enter takes a place for a socket of a client.
func (h *Hub) enter(sender address.Sender) (*place, error) {
	if err := h.elsewhere(); err != nil {
		return nil, err
	}
	return h.places.enter(sender)
}

// Count is the number of connections.
func (h *Hub) Count() int {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	return len(h.conns)
}

// Sockets is the number of sockets that carry the connections.
func (h *Hub) Sockets() (n int) {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	return h.sockets()
}

// SocketsByTransport is Sockets, apart for each way in which frames travel.
func (h *Hub) SocketsByTransport() map[string]int {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	n := map[string]int{"websocket": 0, "polling": 0}
	for c := range h.conns {
		switch c.socket.(type) {
		case *webSocket:
			n["websocket"]++
		case *pollSocket:
			n["polling"]++
		}
	}
	return n
}

// sockets is Sockets; h.connsMu is held.
func (h *Hub) sockets() (n int) {
	for c := range h.conns {
		if c.number == "" {
			n++
		}
	}
	return n
}

// CutAll ends every connection at once, without bye.
func (h *Hub) CutAll() {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	for c := range h.conns {
		c.cancel()
	}
}

// Wait returns when all connections, and the goroutines that they started, have ended.
func (h *Hub) Wait() { h.running.Wait() }

// register adds a connection; false means that the server is closing, or sends its clients away.
func (h *Hub) register(c *Conn) bool {
	h.connsMu.Lock()
	defer h.connsMu.Unlock()
	if h.closing || h.away {
		return false
	}
	h.conns[c] = struct{}{}
	h.running.Add(1)
	return true
}

// unregister removes a connection that has ended.
func (h *Hub) unregister(c *Conn) {
	chats := c.live()
	if c.hasSession() && h.removeUser(c) {
		_ = c.guarded(func() { h.service.Disconnected(c.Actor.User, c.UserKey(), chats) })
	}
	h.connsMu.Lock()
	delete(h.conns, c)
	h.connsMu.Unlock()
	h.running.Done()
}

// addUser files a connection under its user; first tells whether it is their only
// one here. It refuses more than a user may have.
func (h *Hub) addUser(c *Conn) (first bool, err error) {
	user := c.UserKey()
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.checkUser(user, c); err != nil {
		return false, err
	}
	add(h.byUser, user, c)
	return len(h.byUser[user]) == 1, nil
}

// removeUser removes a connection from its user and its chats; last tells whether it
// was the user's only one here.
func (h *Hub) removeUser(c *Conn) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range c.live() {
		remove(h.byChat, key, c)
	}
	remove(h.byUser, c.UserKey(), c)
	return len(h.byUser[c.UserKey()]) == 0
}

// Connected tells whether the user has a connection here.
func (h *Hub) Connected(user ids.Key) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.byUser[user]) > 0
}

// Sessions gives the digests of the tokens of the user's connections here.
func (h *Hub) Sessions(user ids.Key) (digests []string) {
	h.eachOfUser(user, func(c *Conn) { digests = append(digests, c.session) })
	return digests
}

// follow makes a chat live on a connection: entries after the cursor are delivered.
func (h *Hub) follow(c *Conn, key ids.Key, cursor uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add(h.byChat, key, c)
	c.follow(key.ID, cursor)
}

// unfollow ends that, unless the chat has entries not delivered yet: one of them may
// bring the user back in.
func (h *Hub) unfollow(c *Conn, key ids.Key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.unfollow(key.ID) {
		remove(h.byChat, key, c)
	}
}

// NotifyEntry marks the chat on every connection on which it is live: the log has an
// entry at seq. joins is the user whom the entry brings into the chat, "" if none;
// the chat becomes live on all their connections. The entry is delivered later, by
// each pump.
func (h *Hub) NotifyEntry(key ids.Key, seq uint64, joins string) {
	if joins != "" {
		h.mu.Lock()
		for c := range h.byUser[ids.Key{App: key.App, ID: joins}] {
			add(h.byChat, key, c)
			c.followNew(key.ID, seq-1)
		}
		h.mu.Unlock()
	}
	h.eachOfChat(key, func(c *Conn) { c.notify(key.ID, seq) })
}

// PushLocal sends an ephemeral push to the user's connections to this node. With a
// chat, it is written after the chat's entries up to upTo.
func (h *Hub) PushLocal(user ids.Key, f wire.Frame, chatID string, upTo uint64) {
	h.eachOfUser(user, func(c *Conn) { c.pushEphemeral(item{frame: f, chatID: chatID, upTo: upTo}) })
}

// eachOfChat visits the connections on which a chat is live; visit must not wait.
func (h *Hub) eachOfChat(key ids.Key, visit func(*Conn)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.byChat[key] {
		visit(c)
	}
}

// eachOfUser visits the connections of a user; visit must not wait.
func (h *Hub) eachOfUser(user ids.Key, visit func(*Conn)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.byUser[user] {
		visit(c)
	}
}

func add[K comparable](m map[K]connSet, key K, c *Conn) {
	if m[key] == nil {
		m[key] = connSet{}
	}
	m[key][c] = struct{}{}
}

func remove[K comparable](m map[K]connSet, key K, c *Conn) {
	delete(m[key], c)
	if len(m[key]) == 0 {
		delete(m, key)
	}
}
