package core_test

import (
	"slices"

	"parley/core"
	"parley/core/wire"
)

// outbox is a page's access to its browser's store, which is slow and can fail.
type outbox struct {
	changes []change
	more    bool                 // ended pages left more than was taken
	takes   bool                 // the core asks for more
	memory  map[string]wire.Raw  // what the store refused, which lasts as long as the page
	waits   map[string]core.Call // by key, the call that waits for the record
}

// change is a write that the store has not finished. A nil record deletes.
type change struct {
	key    string
	record wire.Raw
	write  uint64
	hidden bool // the page was hidden afterwards, and so does not wait for the store
}

// unstored tells whether a record waits for the store, in a page that waits for it.
func (o *outbox) unstored(key string) bool {
	return slices.ContainsFunc(o.changes, func(c change) bool { return c.key == key && c.record != nil && !c.hidden })
}

// persist takes a write of the core, and notes which message it is of.
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

// mayBeForgotten tells whether the record may be deleted: the log has the message, the
// server has refused it, the page discards it, or its user logs out.
func (s *sent) mayBeForgotten(p *page) bool {
	if p.ending {
		s.givenUp = true
	}
	discarding, _ := p.doing.(core.Discard)
	return s.givenUp || discarding.EventID == s.id || s.w.model.Has(s.user, s.id) || s.w.model.Refused(s.id)
}

// commit finishes the writes, or fails, and gives the number of the last one.
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

// write has the store finish its writes, and reports that to the core.
func (p *page) write() {
	if write := p.commit(); write > 0 {
		p.step(core.Stored{Write: write})
	}
}

// forget ends the page: the store may still finish its writes; the others are lost.
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
