package core_test

import (
	"slices"

	"parley/core"
	"parley/core/wire"
)

// outbox is a page's half of its browser's store, which takes its time and can fail.
type outbox struct {
	changes []change
	more    bool                 // ended pages have left more than was taken
	takes   bool                 // the core asks for it
	memory  map[string]wire.Raw  // what the store has refused: it lasts as long as the page
	waits   map[string]core.Call // who waits for what is kept
}

// change is one that the store has not made yet; it removes if there is no record.
type change struct {
	key    string
	record wire.Raw
	write  uint64
	hidden bool // the page has been hidden since: it may be the last that is heard of it
}

// unstored tells whether a record waits for the store, in a page that can wait.
func (o *outbox) unstored(key string) bool {
	return slices.ContainsFunc(o.changes, func(c change) bool { return c.key == key && c.record != nil && !c.hidden })
}

// persist takes in what is to be kept, and notes whose message it is.
func (p *page) persist(e core.Persist) {
	s := p.w.byID[e.Key]
	if e.Record == nil {
		p.w.check(s == nil || s.mayBeForgotten(p), "%v: the outbox forgets it", s)
		delete(p.waits, e.Key)
		p.changes = slices.DeleteFunc(p.changes, func(c change) bool { return c.key == e.Key })
		p.w.check(e.Write > 0 || s == nil || p.w.model.Has(s.user, s.id), "%v: its removal may wait, and the log has it not", s)
		p.changes = append(p.changes, change{key: e.Key, write: e.Write})
		if e.Write > 0 {
			delete(p.memory, e.Key)
			delete(p.browser.records, e.Key)
		}
		return
	}
	p.tab.known[e.Key] = true
	p.changes = append(p.changes, change{key: e.Key, record: e.Record, write: e.Write})
	p.waits[e.Key] = e.Call
	p.w.check(p.w.options.MaxPending == 0 || len(p.waits) <= p.w.options.MaxPending, "%d wait, the limit is %d", len(p.waits), p.w.options.MaxPending)
	if s == nil {
		s = p.sending
	}
	if s != nil {
		s.keptUnder(p, e.Key, e.Call)
	}
}

// mayBeForgotten tells whether the outbox may forget a message: the log has it, the
// server has refused it, the page gives it up, or its user leaves.
func (s *sent) mayBeForgotten(p *page) bool {
	if p.ending {
		s.givenUp = true
	}
	discarding, _ := p.doing.(core.Discard)
	return s.givenUp || discarding.EventID == s.id || s.w.model.Has(s.user, s.id) || s.w.model.Refused(s.id)
}

// commit makes the changes, or fails to, and gives the number of the last write.
func (p *page) commit() (write uint64) {
	fails := p.w.rarely(8)
	for _, c := range p.changes {
		write = max(write, c.write)
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
	p.changes = nil
	return write
}

// write lets the store do what is asked of it, and tells the core.
func (p *page) write() {
	if write := p.commit(); write > 0 {
		p.step(core.Stored{Write: write})
	}
}

// forget is the end of the page: the store may still make its changes, and what it
// does not have is lost.
func (p *page) forget() {
	if p.w.random.IntN(2) == 0 {
		p.commit()
	}
	for _, c := range p.changes {
		if s := p.w.byID[c.key]; s != nil && c.record != nil {
			s.gone = true
		}
	}
	for key := range p.memory {
		if s := p.w.byID[key]; s != nil {
			s.gone = true
		}
	}
	p.outbox = outbox{memory: map[string]wire.Raw{}, waits: map[string]core.Call{}}
}
