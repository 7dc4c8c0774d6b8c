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

// Codes of bye frames, for people to read. Clients reconnect after each of them and
// stop only when session:open is refused.
const (
	byeGoingAway  = 1001
	byeSession    = 4001 // the session was refused, or has ended
	byeNotOpened  = 4002 // no session:open in time
	byeTooSlow    = 4008 // the client does not read
	byeFrameLimit = 4009 // a frame far beyond the limit
)

// Bounds of a connection.
const (
	maxUnwrittenReplies = 1024 // then no request is read until one is written
	maxEphemerals       = 256  // ephemeral pushes not written yet; beyond, the connection ends
	maxEntriesInARow    = 128  // entries of one chat, before other chats get their turn
)

// Conn is one WebSocket. Its reader carries out requests one after the other; its
// pump alone writes. What the pump has to write stands in items, in order, and in
// subscriptions, whose entries it fetches from the log.
type Conn struct {
	hub    *Hub
	socket socket
	ID     string // of this connection; a push can leave out one connection
	Origin string // of the page, "" if the client is no page
	Host   string // host of the request

	limiter   *rate.Limiter
	order     sendOrder     // used by the reader alone
	slots     chan struct{} // holds one for each reply not written yet
	lastHeard atomic.Int64  // when the client last showed a sign of life, unix nanoseconds

	ctx     context.Context // until the connection is given up
	cancel  context.CancelFunc
	closing chan struct{} // closed when bye is set: no further request is carried out

	// Set by SetSession, before the hub knows the connection.
	Actor   identity.Actor
	session string // digest of the token

	mu            sync.Mutex // guards what follows
	wake          chan struct{}
	items         []item
	beforeOpen    []item // ephemeral pushes that came before the session was open
	afterReply    []item // ephemeral pushes about an entry whose reply goes first
	ephemerals    int    // ephemeral pushes in items, beforeOpen and afterReply
	subscriptions map[string]*subscription
	dirty         []string       // chats whose subscriptions may have new entries
	pending       map[string]int // requests whose replies are not written yet, by id
	opened        bool           // the reply to session:open is written
	bye           *wire.Frame    // the last frame, once it is decided
}

func newConn(h *Hub, ws socket, origin, host string) *Conn {
	c := &Conn{
		hub: h, socket: ws, ID: ids.New(), Origin: origin, Host: host,
		limiter:       rate.NewLimiter(rate.Limit(h.options.MessagesPerSecond), h.options.MessagesPerSecond),
		slots:         make(chan struct{}, maxUnwrittenReplies),
		closing:       make(chan struct{}),
		wake:          make(chan struct{}, 1),
		subscriptions: map[string]*subscription{},
		pending:       map[string]int{},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.touch()
	return c
}

// hasSession tells whether SetSession was called.
func (c *Conn) hasSession() bool { return c.Actor.User.ID != "" }

// SetSession gives the connection its user and the digest of the session's token.
// first tells whether it is the user's only connection to this node. It is called
// once, by Service.Open.
func (c *Conn) SetSession(actor identity.Actor, digest string) (first bool) {
	c.Actor, c.session = actor, digest
	return c.hub.addUser(c)
}

// Push sends an ephemeral push on this connection.
func (c *Conn) Push(f wire.Frame) { c.pushEphemeral(item{frame: f}) }

// UserKey is the key of the connection's user.
func (c *Conn) UserKey() ids.Key { return ids.Key{App: c.Actor.App.ID, ID: c.Actor.User.ID} }

func (c *Conn) audience() chatstate.Audience { return chatstate.AudienceOf(c.Actor.User.IsAgent()) }

// touch notes a sign of life.
func (c *Conn) touch() { c.lastHeard.Store(time.Now().UnixNano()) }

// idle is the time since the last sign of life.
func (c *Conn) idle() time.Duration { return time.Since(time.Unix(0, c.lastHeard.Load())) }

// end has the pump write the replies there are, then bye; the client closes, or is
// cut off. Only the first call counts. retryAfter is in seconds, 0 for at once.
func (c *Conn) end(code int, reason string, retryAfter float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bye != nil {
		return
	}
	data := wire.NewObject(nil).Int("code", int64(code)).Str("reason", reason).Float("retryAfter", retryAfter).Done()
	c.bye = &wire.Frame{Event: wire.EventBye, Data: data}
	close(c.closing)
	c.wakePump()
}

// byeFrame is the bye frame, nil if the connection is not ending.
func (c *Conn) byeFrame() *wire.Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bye
}

// abort ends the connection without a bye frame.
func (c *Conn) abort() {
	c.socket.discard()
	c.cancel()
}

// serve runs the connection to its end.
func (c *Conn) serve() {
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		c.pump()
	}()
	c.read()
	c.cancel()
	<-pumped
	c.hub.unregister(c)
	c.socket.discard()
}
