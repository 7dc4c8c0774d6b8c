package core_test

import (
	"bytes"

	"parley/core"
	"parley/core/chat"
	"parley/core/coretest"
	"parley/core/wire"
)

// connection is a page's connection, with the frames under way.
type connection struct {
	session   *coretest.Session // nil without a connection
	dialing   bool
	transport core.Transport
	gate      gate // what the network made of this transport when it was dialled
	broken    bool // the connection is gone, and the client does not know
	silent    bool // nor will it be told
	leads     bool // the socket is this page's, and carries the connections of its browser's other pages
	moved     bool // the connection is gone because another page's socket is
	up        []upFrame
	lastSent  string      // the id of the last frame, or ""
	direct    bool        // its frames go straight to the network
	heard     int64       // when the last frame came
	down      [][]byte    // on their way, too
	stale     []staleFact // of older connections
	dials     int
}

// upFrame is a frame on its way to the server.
type upFrame struct {
	w    *world
	text []byte
	id   string // of the request in it
}

// sent gives the message that the frame carries. A frame without a message gives nil.
func (f *upFrame) sent() *sent { return f.w.byID[f.id] }

// staleFact is what the browser still reports about an ended connection.
type staleFact struct {
	epoch int
	input core.Input
}

// lateFrame is a frame that reaches the server after its client has lost the
// connection.
type lateFrame struct {
	session *coretest.Session
	upFrame
}

// breakDown breaks the connection, with the frames under way to the client. The client
// may learn of it soon, or only by its heartbeat.
func (p *page) breakDown() {
	if p.session != nil {
		p.hangup()
		p.broken, p.silent = true, p.w.random.IntN(4) == 0
	}
}

func (p *page) hangup() {
	p.broken, p.silent, p.moved = false, false, false
	if p.session == nil {
		return
	}
	p.letFollowersGo()
	if random := p.w.random; random.IntN(2) == 0 && len(p.up) > 0 {
		for _, f := range p.up {
			p.w.late = append(p.w.late, lateFrame{p.session, f})
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
	p.session, p.up, p.down = nil, nil, nil
}

// opened gives the page a connection: by a socket of its own, or by that of another page
// of its browser.
func (p *page) opened() {
	p.session = p.w.model.Connect()
	p.leads = p.transport == core.TransportWebSocket && p.leader() == nil
}

// leader gives the page whose socket carries those of this page's browser, or nil.
func (p *page) leader() *page {
	for _, other := range p.w.pages {
		if other.browser == p.browser && other.leads && other.session != nil {
			return other
		}
	}
	return nil
}

// letFollowersGo ends the connections that this page's socket carries, in mid-send as it
// comes. Their pages are told.
func (p *page) letFollowersGo() {
	if !p.leads {
		return
	}
	p.leads = false
	for _, other := range p.w.pages {
		if other != p && other.browser == p.browser && other.session != nil && other.transport == core.TransportWebSocket {
			other.breakDown()
			other.silent, other.moved = false, true
		}
	}
}

// stall is a leader whose page stands still: another page takes its place, and the frames
// that the leader had may come to the server when it goes on.
func (p *page) stall() {
	if leader := p.leader(); leader != nil && leader != p {
		leader.breakDown()
		leader.silent, leader.moved = false, true
	}
}

// restart restarts the server: connections are lost, the logs are not.
func (w *world) restart() {
	if w.random.IntN(2) == 0 {
		w.model.Bye(wire.Raw(`{"code":4000,"reason":"restart","retryAfter":1}`))
		w.takeOut()
		return
	}
	w.late = nil
	for _, p := range w.pages {
		if p.session != nil {
			p.broken, p.silent, p.session, p.up, p.down = true, false, nil, nil, nil
		}
	}
	w.model.Restart()
}

// lateFrame gives the server a frame of a lost connection.
func (w *world) lateFrame() {
	if len(w.late) == 0 {
		return
	}
	f := w.late[0]
	w.late = w.late[1:]
	// A request that was refused when it was sent could succeed now, such as that of an
	// agent who has left and come back. One that was tried again may.
	if s := f.sent(); s == nil || s.retried || !w.model.Refused(s.id) {
		f.arrive(f.session)
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

// arrive hands the frame to the server, as its user's.
func (f *upFrame) arrive(session *coretest.Session) {
	if s := f.sent(); s != nil {
		s.left = true
		s.w.check(session.User.ID == s.user || session.User.ID == "", "%s is sent as one of %s", s, session.User.ID)
	}
	session.Frame(f.text)
}

// send puts a frame on its way.
func (p *page) send(text []byte) {
	f, err := wire.Parse(text)
	p.w.check(err == nil, "%s: %v", text, err)
	p.lastSent = f.ID
	if p.session != nil {
		p.up = append(p.up, upFrame{p.w, text, f.ID})
	}
}

// hears notes that a frame of the connection has come.
func (p *page) hears(epoch int) {
	if epoch == p.epoch {
		p.heard = p.w.now
	}
}

// network lets one thing of the network or the store happen. False means that there is
// none.
func (p *page) network() bool {
	w := p.w
	switch {
	case p.dialing && (w.noNetwork || p.gate == refuses || w.rarely(4)):
		p.dialing = false
		p.step(core.Closed{Epoch: p.epoch, Unreached: w.noNetwork && w.random.IntN(2) == 0})
	case p.dialing && p.gate != hangs:
		p.dialing = false
		p.opened()
		p.direct = p.transport == core.TransportWebSocket && w.random.IntN(4) > 0
		p.step(core.Opened{Epoch: p.epoch, Direct: p.direct})
	case p.broken && !p.silent && (w.healing || w.random.IntN(2) == 0):
		moved := p.moved
		p.broken, p.moved = false, false
		p.step(core.Closed{Epoch: p.epoch, Code: 1006, Moved: moved})
	case len(p.writing) > 0 && (w.healing || w.random.IntN(2) == 0):
		p.write()
	case p.held && (w.healing || w.random.IntN(2) == 0):
		p.held = false
		p.beginGroup()
	case p.takes && (w.healing || w.random.IntN(2) == 0):
		p.adopt()
	case len(p.stale) > 0 && p.stale[0].epoch < p.epoch:
		fact := p.stale[0]
		p.stale = p.stale[1:]
		p.step(fact.input)
	case len(p.fetches) > 0:
		call := p.fetches[0]
		p.fetches = p.fetches[1:]
		status := 200
		if w.rarely(2) {
			status = 0
		}
		p.step(core.Fetched{Call: call, Status: status, Body: []byte(`{}`)})
	case p.session != nil && p.gate == cuts && w.random.IntN(20) == 0:
		p.breakDown()
		p.silent = false
	case len(p.up) > 0 && p.gate == mutes:
		p.up = p.up[1:]
	case len(p.up) > 0 && (len(p.down) == 0 || w.random.IntN(2) == 0):
		f := p.up[0]
		p.up = p.up[1:]
		f.arrive(p.session)
		if p.transport == core.TransportWebSocket && w.rarely(30) && (f.sent() == nil || w.model.Has(f.sent().user, f.sent().id)) { // not if it is refused now and would succeed the second time
			f.arrive(p.session)
		}
		w.takeOut()
	case len(p.down) > 0:
		p.receive()
	default:
		return false
	}
	return true
}

// receive hands over the next frame, sometimes twice, or cut short. History parts, of
// which there are few, are doubled more often, also after heal. By HTTP frames come some
// at a time, each once and whole, or the connection is lost with all of them.
func (p *page) receive() {
	if p.transport == core.TransportHTTP {
		p.receiveAnswer()
		return
	}
	f := core.Frame{Epoch: p.epoch, Text: p.down[0]}
	p.down = p.down[1:]
	if p.w.rarely(80) {
		f.Text = f.Text[:p.w.random.IntN(len(f.Text))]
	}
	if p.w.rarely(30) || bytes.Contains(f.Text, []byte(wire.EventHistory)) && p.w.random.IntN(4) == 0 {
		p.step(core.Frame{Epoch: f.Epoch, Text: bytes.Clone(f.Text)})
	}
	p.step(everySecond(f))
}

// everySecond gives what some pages make of their frames, so that each schedule has both.
func everySecond(f core.Frame) core.Input {
	if len(f.Text)%2 == 0 {
		return f
	}
	return parsed(f)
}

// parsed gives what the page's half of the bridge makes of a frame with a message, but for
// what stands for the payload; of other frames nothing else.
func parsed(f core.Frame) core.Input {
	frame, err := wire.Parse(f.Text)
	isPush := err == nil && frame.Event == chat.EventMessage && frame.EventID == "" && frame.Seq != 0
	if !isPush && (err != nil || !frame.IsReply() || frame.ID == "" || frame.Error != nil || frame.Data == nil) {
		return f
	}
	in := core.Said{Epoch: f.Epoch, Request: frame.ID, Seq: frame.Seq, Prev: frame.Prev, Data: frame.Data.Clone()}
	var others wire.Raw
	err = wire.Read(in.Data, "chatId", &in.ChatID, "userId", &in.UserID, "message", &in.Message, "history", &others, "chat", &others)
	if err == nil && !isPush {
		err = wire.Read(in.Data, "seq", &in.Seq, "prev", &in.Prev)
	}
	if err == nil && in.Message != nil {
		err = wire.Read(in.Message, "id", &in.MessageID, "sender", &in.Sender, "imported", &in.Imported)
	}
	if err != nil || isPush == (in.ChatID == "" || in.UserID == "") || others != nil || in.MessageID == "" || in.Sender == "" {
		return f
	}
	return in
}

// receiveAnswer hands over what the answer to a poll has.
func (p *page) receiveAnswer() {
	if p.w.rarely(40) { // it is cut in the middle
		p.breakDown()
		return
	}
	epoch := p.epoch
	for range 1 + p.w.random.IntN(len(p.down)) {
		if p.epoch != epoch || len(p.down) == 0 { // a frame has ended the connection
			return
		}
		text := p.down[0]
		p.down = p.down[1:]
		p.step(everySecond(core.Frame{Epoch: epoch, Text: text}))
	}
}

// takeOut puts the server's frames on their way to the pages.
func (w *world) takeOut() {
	for _, p := range w.pages {
		if p.session != nil {
			p.down = append(p.down, p.session.Out...)
			p.session.Out = nil
		}
	}
}
