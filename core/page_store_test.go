package core_test

import (
	"slices"

	"parley/core"
	"parley/core/wire"
)

// outbox is a page's access to its browser's store, which is slow and can fail. It does
// one group of writes at a time. The next one has all that came meanwhile, without what
// has been answered by then. A request that is on its way can wait for its answer.
type outbox struct {
	writing []change
	waiting []change
	held    bool                 // what waits, waits a moment longer
	more    bool                 // ended pages left more than was taken
	takes   bool                 // the core asks for more
	memory  map[string]wire.Raw  // what the store refused, which lasts as long as the page
	waits   map[string]core.Call // by key, the call that waits for the record
}

// change is a write of a record. A nil one deletes.
type change struct {
	key    string
	record wire.Raw
}

// persist takes a write of the core, and notes which message it is of.
func (p *page) persist(e core.Persist) {
	s := p.w.byID[e.Key]
	if e.Record == nil {
		p.w.check(s == nil || s.mayBeForgotten(p), "%v: the outbox forgets it", s)
		p.w.check(!e.Late || s == nil || p.w.model.Has(s.user, s.id), "%v: its removal may wait, and the log has it not", s)
		delete(p.waits, e.Key)
		p.remove(e.Key, e.Late)
		return
	}
	onItsWay := p.lastSent == e.Key && p.direct && p.w.now-p.heard < 1000
	p.w.check(!e.Late || onItsWay, "%v: its record may wait, and it is hardly on its way", s)
	p.held = e.Late && (p.held || len(p.waiting) == 0)
	p.tab.known[e.Key] = true
	p.waiting = append(p.waiting, change{e.Key, e.Record})
	p.waits[e.Key] = e.Call
	p.w.check(p.w.options.MaxPending == 0 || len(p.waits) <= p.w.options.MaxPending, "%d wait, the limit is %d", len(p.waits), p.w.options.MaxPending)
	if s == nil {
		s = p.sending
	}
	if s != nil {
		s.keptUnder(p, e.Key, e.Call)
	}
}

// remove deletes a record: at once, or late, with the next group if it was written at
// all.
func (p *page) remove(key string, late bool) {
	of := func(c change) bool { return c.key == key }
	p.waiting = slices.DeleteFunc(p.waiting, of)
	if late {
		_, refused := p.memory[key]
		if _, stored := p.browser.records[key]; stored || refused || slices.ContainsFunc(p.writing, of) {
			p.waiting = append(p.waiting, change{key: key})
		}
		return
	}
	p.held = false
	p.writing = slices.DeleteFunc(p.writing, of)
	delete(p.memory, key)
	delete(p.browser.records, key)
}

// mayBeForgotten tells whether the record may be deleted: the log has the message, the
// server has refused it, the page discards it, or its user logs out.
func (s *sent) mayBeForgotten(p *page) bool {
	if p.ending {
		s.givenUp = true
	}
	discarding, _ := p.doing.(core.Discard)
	return s.givenUp || discarding.EventID == s.id || s.w.model.Has(s.user, s.id) || s.w.model.Refused(s.id)
}

// beginGroup begins the next group if none is under way.
func (p *page) beginGroup() {
	if len(p.writing) == 0 && !p.held {
		p.writing, p.waiting = p.waiting, nil
	}
}

// write has the store finish the group, or refuse its records.
func (p *page) write() {
	fails := p.w.rarely(8)
	for _, c := range p.writing {
		delete(p.memory, c.key)
		switch {
		case c.record == nil:
			delete(p.browser.records, c.key)
		case fails:
			p.memory[c.key] = c.record
		default:
			p.browser.records[c.key] = record{raw: c.record, tab: p.tab}
		}
	}
	p.writing = nil
	p.beginGroup()
}

// writeAll has the store finish all writes.
func (p *page) writeAll() {
	p.held = false
	p.beginGroup()
	for len(p.writing) > 0 {
		p.write()
	}
}

// forget ends the page. The store finishes all writes, or the group under way, or
// nothing. What is not stored by then, and has not reached the log, may be lost.
func (p *page) forget() {
	switch p.w.random.IntN(4) {
	case 0, 1:
		p.writeAll()
	case 2:
		waiting := p.waiting
		p.waiting = nil
		p.writeAll()
		p.waiting = waiting
	}
	unstored := slices.Concat(p.writing, p.waiting)
	for key, raw := range p.memory {
		unstored = append(unstored, change{key, raw})
	}
	for _, c := range unstored {
		if s := p.w.byID[c.key]; s != nil && c.record != nil {
			s.gone = !p.w.model.Has(s.user, s.id)
		}
	}
	p.outbox = outbox{memory: map[string]wire.Raw{}, waits: map[string]core.Call{}}
}
