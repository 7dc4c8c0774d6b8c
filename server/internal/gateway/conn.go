package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
	"parley/server/internal/tracing"
)

// Codes of bye frames, for people to read. Clients reconnect after each of them and
// stop only when session:open is refused.
const (
	byeGoingAway  = 1001
	byeSession    = 4001 // the session was refused, or has ended
	byeNotOpened  = 4002 // no session:open in time
	byeTooSlow    = 4008 // the client does not read
	byeFrameLimit = 4009 // a frame far beyond the limit
	byeTooMany    = 4010 // the socket has as many connections as it may
)

// Bounds of a connection.
const (
	maxUnwrittenReplies = 1024 // then no request is read until one is written
	maxEphemerals       = 256  // ephemeral pushes not written yet; beyond, the connection ends
	maxEntriesInARow    = 128  // entries of one chat, before other chats get their turn
	maxScratch          = 1024 // bytes of a frame whose memory the next one uses again
)

// Conn is one connection: a WebSocket, or HTTP long polling in its place, or a channel
// of one. Its reader carries out requests one after the other; its pump alone writes.
// What the pump has to write stands in items, in order, and in subscriptions, whose
// entries it fetches from the log.
type Conn struct {
	hub            *Hub
	socket         socket
	channels       *channels // that its socket carries besides; used by the reader alone, nil if there are none
	number         string    // of the channel that it is, "" if it is the first connection of its socket
	ID             string    // of this connection; a push can leave out one connection
	address.Sender           // of the request that made its socket

	place     *place        // of its socket; nil for a channel, which has none of its own
	early     int           // bytes that came before the session was open
	admitted  atomic.Bool   // a session was opened, for the channels of its socket to know
	listening *listening    // of the socket's reader
	heardAt   atomic.Int64  // listening.total at the last sign of life
	order     sendOrder     // used by the reader alone
	group     group         // used by the reader alone
	spare     *rate.Limiter // of frames that are no requests; used by the reader alone
	slots     chan struct{} // holds one for each reply not written yet

	ctx     context.Context // until the connection is given up
	cancel  context.CancelFunc
	closing chan struct{} // closed when bye is set: no further request is carried out
	saidBye chan struct{} // closed when bye is written

	// Set by SetSession, before the hub knows the connection.
	Actor    identity.Actor
	caller   limit.Caller
	session  string // digest of the token
	audience chatstate.Audience

	scratch []byte // the frame that is being written; used by the pump alone

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

func newConn(h *Hub, ws socket, sender address.Sender) *Conn {
	c := &Conn{
		hub: h, socket: ws, ID: ids.New(), Sender: sender,
		caller:        limit.Caller{Network: limit.NetworkOf(sender.Client)},
		listening:     &listening{},
		spare:         newSpare(),
		slots:         make(chan struct{}, maxUnwrittenReplies),
		closing:       make(chan struct{}),
		saidBye:       make(chan struct{}),
		wake:          make(chan struct{}, 1),
		subscriptions: map[string]*subscription{},
		pending:       map[string]int{},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// hasSession tells whether SetSession was called.
func (c *Conn) hasSession() bool { return c.Actor.User.ID != "" }

// SetSession gives the connection its user and the digest of the session's token.
// first tells whether it is the user's only connection to this node. It is called
// once, by Service.Open. It refuses more connections than a user may have.
func (c *Conn) SetSession(actor identity.Actor, digest string) (first bool, err error) {
	c.Actor, c.session, c.audience = actor, digest, chatstate.AudienceOf(actor.User.IsAgent())
	c.caller = c.hub.service.CallerOf(actor, c.Sender)
	if first, err = c.hub.addUser(c); err != nil {
		c.Actor = identity.Actor{} // it has no session
	}
	return first, err
}

// Push sends an ephemeral push on this connection.
func (c *Conn) Push(f wire.Frame) { c.pushEphemeral(item{frame: f}) }

// UserKey is the key of the connection's user.
func (c *Conn) UserKey() ids.Key { return ids.Key{App: c.Actor.App.ID, ID: c.Actor.User.ID} }

// touch notes a sign of life.
func (c *Conn) touch() { c.heardAt.Store(int64(c.listening.total())) }

// idle is the time that the reader has waited for the client since the last sign of life.
func (c *Conn) idle() time.Duration { return c.listening.total() - time.Duration(c.heardAt.Load()) }

// end has the pump write the replies there are, then bye; the client closes, or is
// cut off. Only the first call counts. retryAfter is in seconds, 0 for at once.
func (c *Conn) end(code int, reason string, retryAfter float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bye != nil {
		return
	}
	c.bye = newBye(code, reason, retryAfter)
	close(c.closing)
	c.wakePump()
}

func newBye(code int, reason string, retryAfter float64) *wire.Frame {
	data := wire.NewObject(nil).Int("code", int64(code)).Str("reason", reason).Float("retryAfter", retryAfter).Done()
	return &wire.Frame{Event: wire.EventBye, Data: data}
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

// cut is abort when the pump may be waiting for the client, which ends the socket with it.
func (c *Conn) cut() {
	if ch, is := c.socket.(*channel); is {
		ch.socket.discard()
	}
	c.abort()
}

// serve runs the connection to its end. A defect ends the connection, and not the server.
func (c *Conn) serve() {
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		if c.guarded(c.pump) != nil {
			c.abort()
		}
	}()
	_ = c.guarded(c.read)
	c.cancel()
	c.socket.discard() // ends a write that waits for the client
	if c.channels != nil {
		_ = c.guarded(c.channels.hangUp)
	}
	<-pumped
	c.hub.unregister(c)
}

// closeWithin is the time that a client has to close after session:close, before it
// gets the reply and bye.
const closeWithin = 250 * time.Millisecond

// errOpenAlready refuses a second session:open; the session goes on.
var errOpenAlready = wire.Errorf(wire.SessionOpen, "the session of this connection is open already")

// read takes the client's frames until the connection ends, and hands those of channels
// on. A frame that begins with anything but a brace may be one of a channel.
func (c *Conn) read() {
	onHuge := func() {
		c.end(byeFrameLimit, fmt.Sprintf("frame is far beyond the limit of %d bytes", c.hub.options.FrameBytes), 0)
	}
	for {
		b, isText, err := c.listen(onHuge)
		tooLong := errors.Is(err, errFrameTooLong)
		if err != nil && !tooLong {
			c.endGroup()
			return
		}
		if !isText || len(b) == 0 || b[0] == '{' || !c.route(b, tooLong) {
			c.receive(b, isText, tooLong)
		}
		if !c.socket.more() {
			c.endGroup()
		}
	}
}

// listen waits for the next frame.
func (c *Conn) listen(onHuge func()) (frame []byte, isText bool, err error) {
	if c.number == "" {
		c.listening.begin()
		defer c.listening.end()
	}
	return c.socket.read(c.ctx, onHuge)
}

// receive handles a frame of the connection itself. After bye it ignores them: the
// reader only waits for the client to close.
func (c *Conn) receive(b []byte, isText, tooLong bool) {
	c.touch()
	longest := c.hub.options.FrameBytes
	if !c.hasSession() {
		c.early += len(b)
	}
	switch {
	case c.byeFrame() != nil:
		c.takeSpare()
	case !c.hasSession() && c.early > c.hub.options.OpenBytes && !c.mayBeLong():
		c.end(byeFrameLimit, fmt.Sprintf("before the session is open a connection may send %d bytes", c.hub.options.OpenBytes), 2)
	case (tooLong || len(b) > longest || !isText) && !c.takeSpare():
	case tooLong, len(b) > longest:
		c.refuse(idOf(b), wire.Errorf(wire.RequestTooLong, "frame is longer than the limit of %d bytes", longest))
	case !isText:
		c.refuse("", wire.Errorf(wire.BadFrame, "frames are JSON text, this one is binary"))
	default:
		c.handleFrame(b)
	}
}

// handleFrame answers a ping, or has a request carried out and queues its reply.
func (c *Conn) handleFrame(b []byte) {
	f, err := wire.Parse(b)
	if name, found := wire.Repeated(b); err == nil && found {
		err = wire.Errorf(wire.BadJSON, "frame: %q comes twice in one object", name)
	}
	isRequest := err == nil && f.Event != wire.EventPing && f.Event != wire.EventPong && wire.CheckID(f.ID) == nil
	if !isRequest && !c.takeSpare() {
		return
	}
	if err != nil {
		c.refuse(idOf(b), ids.AsError(err))
		return
	}
	switch f.Event {
	case wire.EventPing:
		c.pushEphemeral(item{frame: wire.Frame{Event: wire.EventPong}})
		return
	case wire.EventPong:
		return
	}
	if err := wire.CheckID(f.ID); err != nil {
		c.refuse(echoable(f.ID), ids.AsError(err))
		return
	}
	if !c.takeSlot() {
		return
	}
	c.addPending(f.ID)
	if c.joinGroup(f) {
		return
	}
	c.endGroup()
	began := time.Now()
	ctx, span := c.hub.options.Tracer.BeginAt(c.hub.ctx, tracing.Served, op.Unknown, began)
	res, err := c.carryOut(ctx, f)
	it := item{id: f.ID, reply: &res}
	if err != nil {
		it.err = op.Refusal(c.hub.options.Logger, err, f.Event)
	}
	c.answered(f, it.err, time.Since(began), span).End(span)
	if f.Event == wire.EventClose && err == nil {
		// The client closes by itself. A frame written to a socket that is being closed
		// is an error in a browser's console, so the reply waits.
		time.AfterFunc(closeWithin, func() {
			c.queue(it)
			c.end(byeSession, loggedOut, 0)
		})
		return
	}
	if f.Event == wire.EventOpen && err == nil {
		c.sessionOpened()
	}
	c.queue(it)
	if f.Event == wire.EventOpen && err != nil && !errors.Is(err, errOpenAlready) {
		retryAfter := float64(it.err.RetryAfter)
		if it.err.Code >= wire.CodeInternal {
			retryAfter = max(retryAfter, 1)
		}
		c.end(byeSession, it.err.Message, retryAfter)
	}
}

// carryOut has the server carry out a request; a panic becomes an error.
func (c *Conn) carryOut(ctx context.Context, f wire.Frame) (res op.Result, err error) {
	defer c.recoverDefect(f.Event, &err)
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin)
	defer stop()
	p, err := op.ParseParams(f.Data)
	switch {
	case err != nil:
		return op.Result{}, err
	case f.Event == wire.EventOpen && c.hasSession():
		return op.Result{}, errOpenAlready
	case f.Event == wire.EventOpen:
		lines := p.Flag("lines")
		res, err := c.hub.service.Open(ctx, c, p)
		if ws, is := c.socket.(*webSocket); is && lines && err == nil {
			ws.lines.Store(true)
		}
		return res, err
	case !c.hasSession():
		return op.Result{}, wire.Errorf(wire.NotLoggedIn, "open a session first: send %s", wire.EventOpen)
	}
	operation := c.hub.table.Event(f.Event)
	if operation == nil {
		return op.Result{}, wire.Errorf(wire.UnknownEvent, "unknown event %q", f.Event)
	}
	return c.hub.service.Do(ctx, operation, c.call(f.ID, p))
}

// recoverDefect makes an error of a panic. It is called by defer.
func (c *Conn) recoverDefect(event string, err *error) {
	if defect := recover(); defect != nil {
		c.hub.options.Logger.Error("defect", "event", event, "panic", defect, "stack", string(debug.Stack()))
		*err = op.ErrInternal
	}
}

// Reader is who reads by the connection.
func (c *Conn) Reader() limit.Reader { return (&op.Call{Actor: c.Actor, Client: c.Client}).Reader() }

func (c *Conn) call(eventID string, p *op.Params) *op.Call {
	return &op.Call{
		Actor: c.Actor, EventID: eventID, Params: p, ConnID: c.ID, Order: &c.order, Session: c.session, Client: c.Client, Rivals: c.Rivals,
	}
}

// sendOrder keeps one connection's writes to a chat in order, as op.SendOrder: after
// a retryable failure every later request for that chat gets 503, until the failed
// one is sent again and ends otherwise. A new connection starts clean: its client
// sends again, in order, what has no reply yet. It is used by the connection's reader
// alone. The zero value is ready for use.
type sendOrder struct {
	failed map[string]string // by chat, the request that must be sent again first
}

// Admit refuses a request that must wait for an earlier one. The refusal is
// retryable, like the failure of the earlier one.
func (o *sendOrder) Admit(key ids.Key, eventID string) error {
	if first := o.failed[key.ID]; first != "" && first != eventID {
		return wire.Errorf(wire.EarlierFailed, "request %s to this chat failed before; send it again first", first)
	}
	return nil
}

// Ended notes how a request ended. One that Admit refused changes nothing.
func (o *sendOrder) Ended(key ids.Key, eventID string, err error) {
	if key.ID == "" {
		return
	}
	switch first := o.failed[key.ID]; {
	case first != "" && first != eventID:
	case ids.MustRepeat(err):
		if o.failed == nil {
			o.failed = map[string]string{}
		}
		o.failed[key.ID] = eventID
	default:
		delete(o.failed, key.ID)
	}
}
