package core_test

import (
	"strings"

	"parley/core"
	"parley/core/wire"
)

// page is a place where one page follows another: the present page, its core, its
// connection, and its copy of the chats.
type page struct {
	w       *world
	name    string
	user    string // the user who logs in
	browser *browser
	tab     *tab
	line    int

	clock   int64 // how far the page's clock is ahead, in milliseconds
	core    *core.Machine
	epoch   int
	due     [core.TimerRetry + 1]int64 // by timer, 0 if it is not armed
	calls   map[core.Call]*call
	last    core.Call
	token   string     // of the session, as the page knows it
	enters  bool       // a login is under way
	ready   bool       // init has succeeded
	starts  bool       // init is under way
	doing   core.Input // the input of the step under way
	ending  bool       // the step ends the session
	sending *sent      // what the step sends

	outbox
	connection
	fetches []core.Call
	chats   map[string]*mirror
	parts   map[string][]wire.Raw // of histories that are not complete
}

// call is a call that a page waits for.
type call struct {
	ended bool
	done  func(*wire.Error) // called with nil after a success
}

func (p *page) call(done func(*wire.Error)) core.Call {
	p.last++
	p.calls[p.last] = &call{done: done}
	return p.last
}

func (p *page) end(number core.Call, err *wire.Error) {
	c := p.calls[number]
	p.w.check(c != nil && !c.ended, "call %d of %s ends twice", number, p.name)
	c.ended = true
	if c.done != nil {
		c.done(err)
	}
}

func (p *page) step(in core.Input) {
	effects := p.core.Step(core.Moment{Now: p.w.now + p.clock, Rand: p.w.random.Uint64()}, in, nil)
	p.w.trace(p, in, effects)
	switch in := in.(type) {
	case core.Frame:
		p.hears(in.Epoch)
		clear(in.Text)
	case core.Said:
		p.hears(in.Epoch)
	}
	p.w.check(len(effects) < 400, "%d effects of %T", len(effects), in)
	p.doing, p.ending = in, false
	for _, effect := range effects {
		if _, drops := effect.(core.Drop); drops {
			p.ending = true
		}
	}
	p.opensAndGaps(effects)
	for _, effect := range effects {
		p.carryOut(effect)
	}
	p.beginGroup()
}

func (p *page) carryOut(effect core.Effect) {
	switch e := effect.(type) {
	case core.Dial:
		p.w.check(!p.dialing && p.session == nil, "one connection at a time")
		p.epoch, p.dialing, p.broken = e.Epoch, true, false
		p.transport, p.gate = e.Transport, p.w.gates[e.Transport]
		p.w.check(strings.HasPrefix(e.URL, map[core.Transport]string{core.TransportWebSocket: "ws:", core.TransportHTTP: "http:"}[e.Transport]),
			"%s is no address for %s", e.URL, e.Transport)
		p.dials++
	case core.Send:
		p.w.check(p.epoch == e.Epoch, "sends on an older connection")
		p.send(e.Text)
	case core.Hangup:
		p.dialing = false
		p.hangup()
	case core.Fetch:
		p.fetches = append(p.fetches, e.Call)
	case core.Arm:
		p.due[e.Timer] = p.w.now + max(e.After.Milliseconds(), 1)
	case core.Disarm:
		p.due[e.Timer] = 0
	case core.Persist:
		p.persist(e)
	case core.TakeMore:
		p.w.check(p.more && !p.takes, "there is no more to take")
		p.takes = true
	case core.Created:
		if s := p.sentBy(e); s != nil {
			s.created = true
		}
	case core.SaveSession:
		p.browser.session, p.token = &e.Session, e.Session.Token
		p.become(e.Session.ID)
	case core.ClearSession:
		p.token = ""
		if b := p.browser; b.session != nil && (e.Session == core.Session{} || *b.session == e.Session) {
			b.session = nil
		}
	case core.Settle:
		p.end(e.Call, nil)
	case core.Reject:
		p.end(e.Call, e.Err)
	default:
		p.mirror(effect)
	}
}

// sentBy gives the message that the outbox has under this id.
func (p *page) sentBy(e core.Created) *sent {
	s := p.w.byID[e.EventID]
	p.w.check(s != nil, "%s is created, and not in the outbox", e.EventID)
	return s
}
