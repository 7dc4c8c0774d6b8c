package core_test

import (
	"cmp"
	"fmt"
	"slices"

	"parley/core"
	"parley/core/wire"
)

// sent is a message or an import that a page sends.
type sent struct {
	w            *world
	tab          *tab // the page that sends it
	user         string
	chatID, text string

	id   string // set when it enters the outbox
	turn int    // its place in the order of entering
	line int    // those of one line must be in the log in the order of their turns

	created bool
	ended   bool // the call has ended, with a nil err if it settled
	err     *wire.Error
	lost    bool // the page ended before the call

	discarded bool // the page was told that it is discarded
	retried   bool
	outOfTurn bool // retried after its page's core died: it keeps its first turn
	left      bool // it was sent to the server at least once
	givenUp   bool // its user logged out
	gone      bool // its page ended when it was neither stored nor in the log
}

func (s *sent) String() string { return fmt.Sprintf("%q (%s)", s.text, s.id) }

func (p *page) newSent(chatID, what string) *sent {
	s := &sent{w: p.w, tab: p.tab, user: p.user, chatID: chatID, text: fmt.Sprintf("%s %s %d", p.name, what, len(p.w.sent))}
	p.w.sent = append(p.w.sent, s)
	return s
}

// call makes a call whose outcome is noted here.
func (s *sent) call(p *page) core.Call {
	return p.call(s.end)
}

func (s *sent) end(err *wire.Error) { s.ended, s.err = true, err }

// keptUnder notes the key of its record, and the call that waits for it from now on.
func (s *sent) keptUnder(p *page, key string, waits core.Call) {
	s.retried = s.id != ""
	s.id, s.turn, s.line = key, len(s.w.byID)+s.w.retries, p.line
	s.w.byID[key] = s
	if s.retried {
		s.w.retries++
		s.ended, s.err, s.tab, p.calls[waits].done = false, nil, p.tab, s.end
	}
}

// judge checks that it is in the log if it must be, and is not if it must not.
func (s *sent) judge(there bool) {
	w := s.w
	switch {
	case s.discarded:
		w.check(!there, "%s: discarded, yet in the log", s)
	case s.ended && s.err == nil:
		w.check(there, "%s: settled, not in the log", s)
	case s.givenUp:
		w.check(!there || s.left, "%s: given up by its user before it was sent, yet in the log", s)
	case s.ended:
		w.check(!there, "%s: rejected (%v), yet in the log", s, s.err)
	case !s.lost:
		w.check(false, "%s: its call has not ended", s)
	case s.created && !s.gone:
		w.check(there || w.model.Refused(s.id), "%s: accepted, not in the log", s)
	}
}

// inTurn gives what entered the outbox, in the order of entering.
func (w *world) inTurn() []*sent {
	list := slices.Collect(func(yield func(*sent) bool) {
		for _, s := range w.sent {
			if s.id != "" && !yield(s) {
				return
			}
		}
	})
	slices.SortFunc(list, func(a, b *sent) int { return cmp.Compare(a.turn, b.turn) })
	return list
}

// regret retries or discards something that was sent.
func (p *page) regret() {
	w, random, sents := p.w, p.w.random, p.w.sent
	if len(sents) == 0 {
		return
	}
	s := sents[len(sents)-1-random.IntN(min(len(sents), 8))]
	if random.IntN(2) == 0 { // half of the time a refused one
		for _, other := range sents {
			if other.tab == p.tab && w.model.Refused(other.id) {
				s = other
			}
		}
	}
	switch {
	case s.id == "" || s.user != p.user:
	case random.IntN(2) == 0:
		p.step(core.Discard{EventID: s.id, Call: p.call(func(err *wire.Error) { s.discarded = s.discarded || err == nil })})
	default:
		if random.IntN(2) == 0 {
			w.model.Pardon(s.id)
		}
		p.step(core.Retry{EventID: s.id, Call: p.call(nil)})
	}
}
