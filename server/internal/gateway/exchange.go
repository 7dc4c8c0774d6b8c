package gateway

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// exchangeSubject is that of requests for connections of another node, followed by the
// node's id.
const exchangeSubject = "parley.exchange."

// relayWithin is how much longer than a poll a request to another node may take.
const relayWithin = 5 * time.Second

// sendWithin is how long a send waits, unread, for another one of its connection to end.
const sendWithin = time.Second

var errNoConnection = wire.Errorf(wire.ConnectionGone, "there is no such connection, or it has ended; open another one")

// exchanges are this node's connections by HTTP. The id of one is that of its node, a
// dot, and a secret.
type exchanges struct {
	node string

	mu      sync.Mutex
	sockets map[string]*pollSocket   // by the connection's id
	sending map[string]chan struct{} // by connection, also of other nodes: closed when the send that is being read here has ended
}

func newExchanges() *exchanges {
	return &exchanges{node: ids.New(), sockets: map[string]*pollSocket{}, sending: map[string]chan struct{}{}}
}

// nodeOf gives the node of a connection's id. An error means that there is no such node.
func (e *exchanges) nodeOf(id string) (node string, err error) {
	node, _, _ = strings.Cut(id, ".")
	if len(node) != len(e.node) || strings.ContainsAny(node, "*> \t\r") {
		return "", errNoConnection
	}
	return node, nil
}

func (e *exchanges) add(s *pollSocket) (id string) {
	id = e.node + "." + ids.NewSecret()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sockets[id] = s
	return id
}

func (e *exchanges) get(id string) *pollSocket {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sockets[id]
}

func (e *exchanges) remove(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sockets, id)
}

// beginSend notes that a send is being read, and waits a while until no other one of the
// connection is: browsers and proxies repeat some. false means that another one still is.
func (e *exchanges) beginSend(ctx context.Context, id string) (ok bool) {
	ctx, stop := context.WithTimeout(ctx, sendWithin)
	defer stop()
	for {
		other := e.takeSend(id)
		if other == nil {
			return true
		}
		select {
		case <-other:
		case <-ctx.Done():
			return false
		}
	}
}

// takeSend is beginSend, but does not wait: it gives what tells that the other one has ended.
func (e *exchanges) takeSend(id string) (other chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if other = e.sending[id]; other == nil {
		e.sending[id] = make(chan struct{})
	}
	return other
}

func (e *exchanges) endSend(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.sending[id])
	delete(e.sending, id)
}

// order is what a client asks of its connection by HTTP. Its text has lines: the first
// is the act with the connection's id and the number of the act, then come frames, one
// each, and the last is "end", which proves that none is missing:
//
//	open                 makes a connection; the answer has its id
//	send <id> <number>   brings frames
//	poll <id> <number>   fetches frames; the answer comes when there are some, or empty after a while
//	close <id>           ends the connection, after the frames that were sent
//
// An answer has frames, or the id, and "end".
type order struct {
	act, id string
	number  int
	frames  [][]byte
}

const endOfText = "end"

// maxFramesOfSend is how many frames one request may bring. Frames are short and each
// takes memory, so that many empty ones would take far more than their text.
const maxFramesOfSend = 4096

func readOrder(text []byte) (o order, err error) {
	if bytes.Count(text, []byte("\n")) > maxFramesOfSend+1 {
		return o, wire.Errorf(wire.RequestTooLong, "the request has more than %d frames; bring the rest in another one", maxFramesOfSend)
	}
	lines := bytes.Split(text, []byte("\n"))
	if string(lines[len(lines)-1]) != endOfText {
		return o, wire.Errorf(wire.RequestCut, "the request is cut: its last line must be %q", endOfText)
	}
	words := strings.Split(string(lines[0]), " ")
	o.act = words[0]
	if len(words) > 1 {
		o.id = words[1]
	}
	if len(words) > 2 {
		o.number, err = strconv.Atoi(words[2])
	}
	needs, known := map[string]int{"open": 1, "send": 3, "poll": 3, "close": 2}[o.act]
	if !known || len(words) != needs || err != nil {
		return o, wire.Errorf(wire.BadFrame, "the first line must be open, send ID NUMBER, poll ID NUMBER or close ID")
	}
	if len(lines) > 2 {
		o.frames = lines[1 : len(lines)-1]
	}
	return o, nil
}

func answerOf(lines ...[]byte) []byte {
	return bytes.Join(append(lines, []byte(endOfText)), []byte("\n"))
}

// Exchange carries out what a client asks of its connection by HTTP, and hands the answer
// to give, which returns when the client has it or is gone. The connection may be one of
// another node. An error means that it is lost, and that nothing was given.
func (h *Hub) Exchange(ctx context.Context, sender address.Sender, text []byte, give func(answer []byte)) error {
	o, err := readOrder(text)
	if err != nil {
		return err
	}
	if o.act == "open" {
		answer, err := h.openExchange(sender)
		if err == nil {
			give(answer)
		}
		return err
	}
	switch node, err := h.exchanges.nodeOf(o.id); {
	case err != nil:
		return err
	case node == h.exchanges.node:
		return h.exchanges.carryOut(ctx, o, give)
	default:
		answer, err := h.relay(ctx, node, o, text)
		if err == nil {
			give(answer)
		}
		return err
	}
}

func (h *Hub) openExchange(sender address.Sender) ([]byte, error) {
	in, err := h.enter(sender)
	if err != nil {
		return nil, err
	}
	s := newPollSocket(h.options.FrameBytes+maxDigits, h.options.IdleAfter)
	s.part = h.partFor(sender, freeBytes)
	c := newConn(h, s, sender)
	c.place = in
	if !h.register(c) {
		in.leave()
		s.discard()
		return nil, wire.Errorf(wire.ShuttingDown, "the server is going away; try again")
	}
	id := h.exchanges.add(s)
	go func() {
		defer in.leave()
		defer h.exchanges.remove(id)
		defer s.part.End()
		c.serve()
	}()
	return answerOf([]byte(id)), nil
}

// carryOut carries out an order about a connection of this node, as Exchange does.
func (e *exchanges) carryOut(ctx context.Context, o order, give func(answer []byte)) error {
	s := e.get(o.id)
	if s == nil {
		return errNoConnection
	}
	var frames [][]byte
	ok := true
	switch o.act {
	case "send":
		ok = s.receive(ctx, o.number, o.frames)
	case "poll":
		defer s.answered()
		frames, ok = s.poll(ctx, o.number)
	case "close":
		s.discard()
	}
	if !ok {
		return errNoConnection
	}
	give(answerOf(frames...))
	return nil
}

// relay has the node of a connection carry out an order.
func (h *Hub) relay(ctx context.Context, node string, o order, text []byte) ([]byte, error) {
	within, stop := context.WithTimeout(ctx, h.options.IdleAfter/pollsInIdle+relayWithin)
	defer stop()
	within, detach := h.engine.Linked(within)
	defer detach()
	answer, err := h.engine.NC.RequestWithContext(within, exchangeSubject+node, text)
	switch {
	case errors.Is(err, nats.ErrNoResponders): // the node has ended, or never was
		return nil, errNoConnection
	case err != nil: // the client has gone, or the node is slow: what the answer had is lost
		_ = h.engine.NC.Publish(exchangeSubject+node, []byte("close "+o.id+"\n"+endOfText))
		h.options.Logger.Info("a connection by HTTP to another node is lost", "node", node, "error", err)
		return nil, errNoConnection
	case len(answer.Data) == 0:
		return nil, errNoConnection
	}
	return answer.Data, nil
}

// answerNodes carries out what clients ask at other nodes of this node's connections, and
// tells these nodes how much to read. An empty answer means that the connection is lost.
func (h *Hub) answerNodes() error {
	err := h.subscribe(lengthSubject+h.exchanges.node, func(msg *nats.Msg) {
		_ = msg.Respond([]byte(strconv.Itoa(h.longestSend(string(msg.Data))))) // the other node takes none for 0
	})
	if err != nil {
		return err
	}
	return h.subscribe(exchangeSubject+h.exchanges.node, func(msg *nats.Msg) {
		h.running.Go(func() {
			o, err := readOrder(msg.Data)
			var given error
			if err == nil {
				err = h.exchanges.carryOut(h.ctx, o, func(answer []byte) {
					if msg.Reply != "" {
						given = msg.Respond(answer)
					}
				})
			}
			if msg.Reply != "" && (err != nil || given != nil) {
				h.tellLost(msg)
			}
		})
	})
}

// tellLost tells the node that asked that a connection is lost, when there is a link to it.
func (h *Hub) tellLost(msg *nats.Msg) {
	ctx, stop := context.WithTimeout(h.ctx, relayWithin)
	defer stop()
	_ = store.UntilConfirmed(ctx, func(context.Context) error { return msg.Respond(nil) }) // else that node's own time ends it
}
