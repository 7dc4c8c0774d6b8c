package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"parley/core/wire"
)

// Codes of bye frames. They tell people why; clients reconnect after each unless
// the next session:open is refused.
const (
	byeGoingAway  = 1001
	byeSession    = 4001 // the session was refused, or ended
	byeNotOpened  = 4002 // no session:open in time
	byeTooSlow    = 4008 // does not read what it is sent
	byeFrameLimit = 4009 // a frame far beyond the limit
)

const (
	repliesAtMost  = 1024 // requests taken whose replies are not written yet
	whispersAtMost = 256  // frames that are in no log and not written yet
	feedTurn       = 128  // entries of one chat in a row, before others get their turn
)

// conn is one WebSocket. Its reader carries out requests one after the other;
// its pump alone writes. What the pump has to do stands in items, in order, and
// in feeds: chats that are live, whose entries it fetches from the log itself.
type conn struct {
	hub    *hub
	socket socket
	id     string // of this connection, for what must not come back to it
	origin string // of the page, "" if it is none
	host   string // that the page asked

	limiter *rate.Limiter
	lane    lane          // used by the reader alone
	slots   chan struct{} // one for each request whose reply is not written yet
	lastIn  atomic.Int64  // unix nanoseconds of the last sign of life

	ctx    context.Context // until the connection is given up
	cut    context.CancelFunc
	ending chan struct{} // closed when no further request is carried out

	// Set by session:open, before the hub knows the connection.
	actor   Actor
	session string // digest of the token

	mu       sync.Mutex // guards what follows
	wake     chan struct{}
	items    []item
	early    []item // whispers that came before the session was open
	held     []item // whispers about an entry whose reply goes first
	whispers int    // in items, early and held
	feeds    map[string]*feed
	fresh    []string       // chats whose feeds have news
	pending  map[string]int // requests under way, by id
	opened   bool           // the reply to session:open is written
	farewell *wire.Frame    // bye, once it is decided
}

func newConn(h *hub, ws socket, origin, host string) *conn {
	c := &conn{
		hub: h, socket: ws, id: NewID(), origin: origin, host: host,
		limiter: rate.NewLimiter(rate.Limit(h.options.MessagesPerSecond), h.options.MessagesPerSecond),
		slots:   make(chan struct{}, repliesAtMost),
		ending:  make(chan struct{}),
		wake:    make(chan struct{}, 1),
		feeds:   map[string]*feed{},
		pending: map[string]int{},
	}
	c.ctx, c.cut = context.WithCancel(context.Background())
	c.alive()
	return c
}

// isOpened tells whether the connection has a session.
func (c *conn) isOpened() bool { return c.actor.User.ID != "" }

// enter gives the connection its session, whose token has this digest. first tells
// that it is the user's only connection to this node.
func (c *conn) enter(actor Actor, session string) (first bool) {
	c.actor, c.session = actor, session
	return c.hub.enter(c)
}

// push sends what is in no log.
func (c *conn) push(f wire.Frame) { c.whisper(item{frame: f}) }

func (c *conn) userKey() chatKey { return chatKey{c.actor.App.ID, c.actor.User.ID} }

func (c *conn) audience() audience { return audienceOf(c.actor.User.IsAgent()) }

func (c *conn) alive() { c.lastIn.Store(time.Now().UnixNano()) }

func (c *conn) silence() time.Duration { return time.Since(time.Unix(0, c.lastIn.Load())) }

// end says goodbye: what was answered so far is written, then bye; the client
// closes, or is cut. Only the first call counts.
func (c *conn) end(code int, reason string, retryAfter float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.farewell != nil {
		return
	}
	data := wire.NewObject(nil).Int("code", int64(code)).Str("reason", reason).Float("retryAfter", retryAfter).Done()
	c.farewell = &wire.Frame{Event: wire.EventBye, Data: data}
	close(c.ending)
	c.wakeUp()
}

func (c *conn) goodbye() *wire.Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.farewell
}

// serve runs the connection to its end.
func (c *conn) serve() {
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		c.pump()
	}()
	c.read()
	c.cut()
	<-pumped
	c.hub.left(c)
	c.socket.discard()
}
