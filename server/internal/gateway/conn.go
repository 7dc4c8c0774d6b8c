package gateway

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
)

// Codes of bye frames. They tell people why; clients reconnect after each unless
// the next session:open is refused.
const (
	byeGoingAway  = 1001
	ByeSession    = 4001 // the session was refused, or ended
	ByeNotOpened  = 4002 // no session:open in time
	byeTooSlow    = 4008 // does not read what it is sent
	ByeFrameLimit = 4009 // a frame far beyond the limit
)

const (
	repliesAtMost    = 1024 // requests taken whose replies are not written yet
	ephemeralsAtMost = 256  // frames that are in no log and not written yet
	entriesInARow    = 128  // entries of one chat in a row, before others get their turn
)

// Conn is one WebSocket. Its reader carries out requests one after the other;
// its pump alone writes. What the pump has to do stands in items, in order, and
// in feeds: chats that are live, whose entries it fetches from the log itself.
type Conn struct {
	hub    *Hub
	Socket socket
	ID     string // of this connection, for what must not come back to it
	Origin string // of the page, "" if it is none
	Host   string // that the page asked

	limiter *rate.Limiter
	order   sendOrder     // used by the reader alone
	slots   chan struct{} // one for each request whose reply is not written yet
	lastIn  atomic.Int64  // unix nanoseconds of the last sign of life

	ctx    context.Context // until the connection is given up
	cut    context.CancelFunc
	ending chan struct{} // closed when no further request is carried out

	// Set by session:open, before the hub knows the connection.
	Actor   identity.Actor
	session string // digest of the token

	mu            sync.Mutex // guards what follows
	wake          chan struct{}
	items         []item
	beforeOpen    []item // whispers that came before the session was open
	afterReply    []item // whispers about an entry whose reply goes first
	ephemerals    int    // in items, early and held
	subscriptions map[string]*subscription
	dirty         []string       // chats whose feeds have news
	pending       map[string]int // requests under way, by id
	opened        bool           // the reply to session:open is written
	farewell      *wire.Frame    // bye, once it is decided
}

func newConn(h *Hub, ws socket, origin, host string) *Conn {
	c := &Conn{
		hub: h, Socket: ws, ID: ids.New(), Origin: origin, Host: host,
		limiter:       rate.NewLimiter(rate.Limit(h.options.MessagesPerSecond), h.options.MessagesPerSecond),
		slots:         make(chan struct{}, repliesAtMost),
		ending:        make(chan struct{}),
		wake:          make(chan struct{}, 1),
		subscriptions: map[string]*subscription{},
		pending:       map[string]int{},
	}
	c.ctx, c.cut = context.WithCancel(context.Background())
	c.alive()
	return c
}

// isOpened tells whether the connection has a session.
func (c *Conn) isOpened() bool { return c.Actor.User.ID != "" }

// SetSession gives the connection its session, whose token has this digest. first tells
// that it is the user's only connection to this node.
func (c *Conn) SetSession(actor identity.Actor, session string) (first bool) {
	c.Actor, c.session = actor, session
	return c.hub.enter(c)
}

// Push sends what is in no log.
func (c *Conn) Push(f wire.Frame) { c.pushEphemeral(item{frame: f}) }

func (c *Conn) UserKey() ids.Key { return ids.Key{App: c.Actor.App.ID, ID: c.Actor.User.ID} }

func (c *Conn) audience() chatstate.Audience { return chatstate.AudienceOf(c.Actor.User.IsAgent()) }

func (c *Conn) alive() { c.lastIn.Store(time.Now().UnixNano()) }

func (c *Conn) silence() time.Duration { return time.Since(time.Unix(0, c.lastIn.Load())) }

// end says goodbye: what was answered so far is written, then bye; the client
// closes, or is cut. Only the first call counts.
func (c *Conn) end(code int, reason string, retryAfter float64) {
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

func (c *Conn) goodbye() *wire.Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.farewell
}

// serve runs the connection to its end.
func (c *Conn) serve() {
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		c.pump()
	}()
	c.read()
	c.cut()
	<-pumped
	c.hub.left(c)
	c.Socket.Discard()
}
