package core_test

import (
	"maps"
	"slices"

	"parley/core"
	"parley/core/wire"
)

// load begins a page.
func (p *page) load() {
	p.tab = &tab{page: p, alive: true, known: map[string]bool{}}
	p.calls, p.chats = map[core.Call]*call{}, map[string]*mirror{}
	p.forget()
	p.parts = map[string][]wire.Raw{}
	p.begin()
	if s := p.browser.session; s != nil {
		p.become(s.ID)
	}
	if p.w.rarely(10) {
		p.clock = -p.w.random.Int64N(2000)
	}
	p.init()
}

// begin gives the page a new core.
func (p *page) begin() {
	p.core, p.due = core.New(p.w.options), [core.TimerRetry + 1]int64{}
	p.dialing, p.fetches, p.stale, p.ready, p.starts, p.enters, p.takes = false, nil, nil, false, false, false, false
}

// init makes the core ready, unless it is.
func (p *page) init() {
	if p.ready || p.starts {
		return
	}
	p.starts = true
	in := core.Init{Call: p.call(func(err *wire.Error) { p.ready, p.starts = err == nil, false }), App: app}
	in.Outbox, in.Newest = p.browser.take(p, false)
	p.more = in.Newest != ""
	if s := p.browser.session; s != nil {
		in.Stored = &core.Session{AppID: s.AppID, ID: s.ID, Token: s.Token}
	}
	p.step(in)
}

// close ends the page, with its calls and with what is not stored.
func (p *page) close() {
	p.hangup()
	p.forget()
	p.tab.alive, p.token = false, ""
	for _, s := range p.w.sent {
		switch {
		case s.tab == p.tab && !s.ended:
			s.lost = true
		}
		if r, kept := p.browser.records[s.id]; kept && r.tab == p.tab && s.retried {
			s.outOfTurn = true
		}
	}
	p.begin()
	p.chats = nil
	p.w.now++
}

// wander leaves the page by a link. The browser keeps it, and shows it again or ends it.
func (p *page) wander() {
	p.step(core.Page{Event: core.PageLeft})
	p.w.check(p.session == nil && !p.dialing, "%s: left with a connection", p.name)
	p.w.now += p.w.random.Int64N(100_000)
	if p.w.rarely(3) {
		p.close()
		return
	}
	p.step(core.Page{Event: core.PageBack})
}

func (p *page) reload() {
	p.close()
	p.load()
}

// destroy ends the page as ICF.Parley.destroy does, which waits for the store: what that has not refused waits for a
// later page, as the error of its call says. The next page may begin in the same window, at once.
func (p *page) destroy() {
	p.writeAll()
	p.close()
	if p.w.random.IntN(2) == 0 {
		p.load()
	}
}

// crash ends the core but not its page: the next instance gets what the page has. The
// page rejects the calls of what is not stored.
func (p *page) crash() {
	if p.token == "" {
		return
	}
	p.hangup()
	again := &core.Again{Calls: map[string]core.Call{}}
	for _, chatID := range slices.Sorted(maps.Keys(p.chats)) {
		m := p.chats[chatID]
		o := wire.NewObject(nil).Str("id", m.id).Str("status", m.status).Raw("users", wire.Raw(m.users)).Uint("seq", m.seq)
		if n := len(m.history); n > 0 {
			o.Str("last", m.history[n-1])
		}
		again.Chats = append(again.Chats, o.Done())
	}
	kept := map[core.Call]bool{}
	for key, call := range p.waits {
		if call != 0 && !p.calls[call].ended {
			again.Calls[key], kept[call] = call, true
		}
	}
	for number, c := range p.calls {
		if !c.ended && !kept[number] {
			p.end(number, wire.Errorf(wire.Internal, "the core ended"))
		}
	}
	for key := range p.waits {
		if s := p.w.byID[key]; s != nil && s.retried {
			s.outOfTurn = true
		}
	}
	p.begin()
	p.writeAll()
	in := core.Init{Call: p.call(func(err *wire.Error) { p.ready = err == nil }), App: app, Again: again,
		Stored: &core.Session{AppID: app.ID, ID: p.user, Token: p.token}}
	in.Outbox, in.Newest = p.browser.take(p, true)
	p.more = in.Newest != ""
	p.step(in)
}

// look takes over what ended pages of the browser left.
func (p *page) look() {
	if p.tab.alive && p.token != "" && !p.more {
		p.adopt()
	}
}

func (p *page) adopt() {
	p.writeAll()
	p.takes = false
	var in core.Adopt
	in.Outbox, in.Newest = p.browser.take(p, false)
	p.more = in.Newest != ""
	p.step(in)
}

func (p *page) login() {
	if p.tab.alive {
		p.enters = true
		p.step(core.Login{Call: p.call(func(*wire.Error) { p.enters = false }), ID: p.user, Token: p.w.token(p.user)})
	}
}

// leave logs out. The store then has no record of the user that this page knew of.
func (p *page) leave() (left bool) {
	p.look()
	user := p.user
	if p.token == "" && !p.enters {
		user = "" // nobody is logged in
	}
	p.step(core.Logout{Call: p.call(func(err *wire.Error) { left = err == nil })})
	p.writeAll()
	for key, r := range p.browser.records {
		p.w.check(!left || r.tab != p.tab || !p.tab.known[key] || p.owner(r.raw) != user, "%s has left, %v has not", user, p.w.byID[key])
	}
	if left && user != "" {
		p.browser.forget(p)
	}
	return left
}

// logout logs out, after which another user sometimes uses the page.
func (p *page) logout() {
	if p.leave() && p.user != "a" && p.w.random.IntN(2) == 0 {
		p.browser.second = "w"
		p.become(p.browser.other(p.user))
	}
}

// become says who uses the page from now on. What they left on an earlier visit is taken over
// after they have logged in, so that it has no order with what they send at once.
func (p *page) become(user string) {
	if user != p.user {
		p.user = user
		p.newLine()
	}
}

// newLine begins a new line: what is sent from now on has no order with what was before.
func (p *page) newLine() {
	p.w.lines++
	p.line = p.w.lines
}
