package core_test

import (
	"bytes"

	"parley/core"
	"parley/core/coretest"
	"parley/core/wire"
)

// connection is that of a page, with what is on its way.
type connection struct {
	session  *coretest.Session // nil without a connection
	dialing  bool
	broken   bool        // the connection is gone, and the client does not know
	up, down [][]byte    // on their way
	stale    []staleFact // of older connections
}

// staleFact is what the browser still has to say of a connection that is over.
type staleFact struct {
	epoch int
	what  any
}

// lateFrame is one that has left a client whose connection is lost, and comes to the
// server after all.
type lateFrame struct {
	session *coretest.Session
	text    []byte
}

// breakDown loses the connection with what is on its way to the client; the client
// may learn of it at once, or by its heartbeat.
func (p *page) breakDown() {
	if p.session != nil {
		p.hangup()
		p.broken = true
	}
}

func (p *page) hangup() {
	if p.session == nil {
		p.broken = false
		return
	}
	if random := p.w.random; random.IntN(2) == 0 && len(p.up) > 0 {
		for _, text := range p.up {
			p.w.late = append(p.w.late, lateFrame{p.session, text})
		}
	} else {
		p.w.model.Disconnect(p.session)
	}
	if p.w.rarely(2) {
		p.stale = append(p.stale, staleFact{p.epoch, core.Closed{Epoch: p.epoch}})
		for _, text := range p.down {
			p.stale = append(p.stale, staleFact{p.epoch, core.Frame{Epoch: p.epoch, Text: text}})
		}
	}
	p.session, p.up, p.down, p.broken = nil, nil, nil, false
}

// restart is that of the server: connections are lost, the logs are not.
func (w *world) restart() {
	if w.random.IntN(2) == 0 {
		w.model.Bye(wire.Raw(`{"code":4000,"reason":"restart","retryAfter":1}`))
		w.takeOut()
		return
	}
	w.late = nil
	for _, p := range w.pages {
		if p.session != nil {
			p.broken, p.session, p.up, p.down = true, nil, nil, nil
		}
	}
	w.model.Restart()
}

// lateFrame lets the server have what a lost connection still had for it.
func (w *world) lateFrame() {
	if len(w.late) == 0 {
		return
	}
	f := w.late[0]
	w.late = w.late[1:]
	// A refusal that was right then and is not any more, as with agents who leave and
	// come back, would let the late one in.
	if !w.refused(f.text) {
		w.leaves(f.text)
		f.session.Frame(f.text)
	}
	for _, other := range w.late {
		if other.session == f.session {
			w.takeOut()
			return
		}
	}
	w.model.Disconnect(f.session)
	w.takeOut()
}

func (w *world) refused(text []byte) bool {
	f, err := wire.Parse(text)
	return err == nil && w.model.Refused(f.ID)
}

// leaves notes that the server gets to see a message.
func (w *world) leaves(text []byte) {
	if f, err := wire.Parse(text); err == nil {
		if s := w.byID[f.ID]; s != nil {
			s.left = true
		}
	}
}

func (p *page) send(text []byte) {
	if p.session != nil {
		p.up = append(p.up, text)
	}
}

// network lets one thing of the network, or of the store, happen; false means that there is none.
func (p *page) network() bool {
	w := p.w
	switch {
	case p.dialing && w.rarely(4):
		p.dialing = false
		p.step(core.Closed{Epoch: p.epoch})
	case p.dialing:
		p.dialing = false
		p.session = w.model.Connect()
		p.step(core.Opened{Epoch: p.epoch})
	case p.broken && (w.healing || w.random.IntN(2) == 0):
		p.broken = false
		p.step(core.Closed{Epoch: p.epoch, Code: 1006})
	case len(p.changes) > 0 && (w.healing || w.random.IntN(2) == 0):
		p.write()
	case len(p.stale) > 0 && p.stale[0].epoch < p.epoch:
		fact := p.stale[0]
		p.stale = p.stale[1:]
		p.step(fact.what)
	case len(p.fetches) > 0:
		call := p.fetches[0]
		p.fetches = p.fetches[1:]
		status := 200
		if w.rarely(2) {
			status = 0
		}
		p.step(core.Fetched{Call: call, Status: status, Body: []byte(`{}`)})
	case len(p.up) > 0 && (len(p.down) == 0 || w.random.IntN(2) == 0):
		text := p.up[0]
		p.up = p.up[1:]
		w.leaves(text)
		p.session.Frame(text)
		if w.rarely(30) {
			p.session.Frame(text)
		}
		w.takeOut()
	case len(p.down) > 0:
		p.receive()
	default:
		return false
	}
	return true
}

// receive hands the next frame over, sometimes twice, or a part of it.
func (p *page) receive() {
	text := p.down[0]
	if bytes.Contains(text, []byte(`"chats:history"`)) || !p.w.rarely(30) {
		p.down = p.down[1:]
	}
	if p.w.rarely(80) {
		text = text[:p.w.random.IntN(len(text))]
	}
	p.step(core.Frame{Epoch: p.epoch, Text: bytes.Clone(text)})
}

// takeOut takes what the server has for everyone.
func (w *world) takeOut() {
	for _, p := range w.pages {
		if p.session != nil {
			p.down = append(p.down, p.session.Out...)
			p.session.Out = nil
		}
	}
}
