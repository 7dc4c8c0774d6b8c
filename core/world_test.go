package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/core"
	"parley/core/coretest"
)

var app = core.App{ID: "demo", API: "http://x", Socket: "ws://x"}

// world is what a schedule is played in.
type world struct {
	t       *testing.T
	random  *rand.Rand
	now     int64
	model   *coretest.Model
	options core.Options
	pages   []*page
	late    []lateFrame
	sent    []*sent
	byID    map[string]*sent
	logins  int // tokens made
	lines   int
	things  int // that the network did while all was well
	retries int
	healing bool

	noNetwork, noStore, shared bool

	gates    map[core.Transport]gate
	networks *rand.Rand
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 7)), networks: rand.New(rand.NewPCG(seed, 8)), now: 1_700_000_000_000, model: coretest.NewModel(), byID: map[string]*sent{}}
	w.model.Fault = w.fault
	w.model.OpenFails = func() bool { return w.rarely(30) }
	w.model.Forgets = func() bool { return w.rarely(4) }
	if w.random.IntN(4) == 0 {
		w.options.MaxPending = 3 + w.random.IntN(3)
	}
	w.shared = w.random.IntN(4) == 0
	w.rewire()
	w.model.AddUser("bot", "bot", "")
	w.model.StartChat("bot")
	visitors, agents := newBrowser("v"), newBrowser("a")
	for i, b := range []*browser{visitors, visitors, agents} {
		p := &page{w: w, name: fmt.Sprintf("%s%d", b.user, i), user: b.user, browser: b}
		w.pages = append(w.pages, p)
		p.newLine()
		if w.random.IntN(2) == 0 {
			b.session = &core.Session{AppID: app.ID, ID: p.user, Token: w.token(p.user)}
		}
		p.load()
	}
	if w.random.IntN(4) > 0 {
		w.talk()
	}
	return w
}

// talk brings the pages into their chats, most schedules begin there.
func (w *world) talk() {
	w.healing = true
	for w.flow() {
	}
	for _, p := range w.pages {
		p.enter()
		for w.flow() {
		}
	}
	w.healing = false
}

// flow lets the network do what it has to do; false means that there was nothing.
func (w *world) flow() (busy bool) {
	for _, p := range w.pages {
		for p.network() {
			busy = true
			w.things++
			w.check(w.things < 20_000, "%s does not come to rest", p.name)
		}
	}
	return busy
}

// rarely is true once in n times, and never when the faults are over.
func (w *world) rarely(n int) bool { return !w.healing && w.random.IntN(n) == 0 }

func (w *world) fault() coretest.Fault {
	switch {
	case w.noStore:
		return coretest.Full
	case !w.rarely(10):
		return coretest.NoFault
	}
	return coretest.Fault(1 + w.random.IntN(int(coretest.Never)))
}

// token gives one that opens sessions of a user.
func (w *world) token(user string) string {
	token := fmt.Sprintf("%s-%d", user, w.logins)
	if !w.model.Knows(token) {
		w.logins++
		token = fmt.Sprintf("%s-%d", user, w.logins)
		provider := ""
		if user == "a" {
			provider = "p"
		}
		w.model.AddUser(token, user, provider)
	}
	return token
}

// chance is one of the things that can happen, as often as its weight says.
type chance[In any] struct {
	weight int
	do     func(In)
}

// pick gives one of a table's things by chance.
func pick[In any](random *rand.Rand, table []chance[In]) func(In) {
	total := 0
	for _, c := range table {
		total += c.weight
	}
	n := random.IntN(total)
	for _, c := range table {
		if n -= c.weight; n < 0 {
			return c.do
		}
	}
	panic("the weights add up to the total")
}

// outside is what happens beside the pages.
var outside = []chance[*page]{
	{10, func(p *page) { p.w.botSays() }},
	{1, func(p *page) { p.w.trouble() }},
	{1, func(p *page) { p.w.rewire() }},
	{4, func(p *page) { p.w.restart() }},
	{15, func(p *page) { p.w.lateFrame() }},
	{30, func(p *page) { p.w.tick() }},
}

// alive is what happens with a page that is there, gone with one that has ended.
var (
	alive = slices.Concat(outside, []chance[*page]{
		{570, func(p *page) { p.network() }},
		{240, (*page).act},
		{30, (*page).breakDown},
		{10, (*page).stall},
		{30, (*page).regret},
		{20, (*page).look},
		{15, (*page).crash},
		{15, func(p *page) { p.step(core.Page{Event: core.PageEvent(1 + p.w.random.IntN(4))}) }},
		{10, (*page).reload},
		{10, (*page).destroy},
		{8, (*page).wander},
		{5, (*page).close},
		{5, (*page).logout},
		{10, func(p *page) {
			if p.w.shared {
				p.logout()
			}
		}},
	})
	gone = slices.Concat(outside, []chance[*page]{
		{190, (*page).load},
		{750, func(*page) {}},
	})
)

// anything lets one thing happen.
func (w *world) anything() {
	w.now += w.random.Int64N(30)
	p := w.pages[w.random.IntN(len(w.pages))]
	table := alive
	if !p.tab.alive {
		table = gone
	}
	pick(w.random, table)(p)
}

// botSays is a message of a user without a page, in a chat of its own.
func (w *world) botSays() {
	w.model.Say("bot", "chat1", fmt.Sprintf("bot says %d", w.now))
	w.takeOut()
}

// tick lets time pass until the next timer fires. It gives false if no timer is set.
func (w *world) tick() bool {
	var next *page
	var timer core.Timer
	for _, p := range w.pages {
		for t := core.TimerRedial; t <= core.TimerRetry; t++ {
			if due := p.due[t]; due != 0 && (next == nil || due < next.due[timer]) {
				next, timer = p, t
			}
		}
	}
	if next != nil {
		w.now = max(w.now, next.due[timer])
		next.due[timer] = 0
		next.step(core.Fired{Timer: timer})
	}
	return next != nil
}

// trace tells what happens, when one schedule is replayed.
func (w *world) trace(p *page, in core.Input, effects []core.Effect) {
	if *schedules > 1 {
		return
	}
	if f, is := in.(core.Frame); is {
		w.t.Logf("%d %s <- frame %s", w.now, p.name, f.Text)
	} else {
		w.t.Logf("%d %s <- %T %v", w.now, p.name, in, in)
	}
	for _, e := range effects {
		w.t.Log("    " + render(e))
	}
}

// check fails the schedule; require would spend much time on what is all right.
func (w *world) check(holds bool, format string, args ...any) {
	if !holds {
		w.t.Helper()
		w.t.Fatalf(format, args...)
	}
}
