package core_test

import "parley/core/wire"

// heal ends the faults, logs every user in, and lets everything finish.
func (w *world) heal() {
	w.healing = true
	for len(w.late) > 0 {
		w.lateFrame()
	}
	w.settle()
	for i, p := range w.pages {
		switch {
		case !p.tab.alive && i == 0 && w.random.IntN(2) == 0 && w.pages[1].tab.alive:
			continue // the other page takes over what it left
		case !p.tab.alive:
			p.load()
		}
		p.init()
	}
	w.settle()
	for _, p := range w.pages {
		p.login()
	}
	w.settle()
	for _, p := range w.pages {
		p.look()
	}
	w.settle()
	w.changeUsers()
}

// changeUsers has both users of a browser log in, one after the other, so that no
// record waits for its user.
func (w *world) changeUsers() {
	for range 2 {
		change := false
		for _, p := range w.pages {
			if other := p.browser.other(p.user); p.tab.alive && other != "" {
				change = true
				p.leave()
				p.become(other)
				p.login()
			}
		}
		if !change {
			return
		}
		w.settle()
	}
}

// settle lets two minutes pass, with a network that works.
func (w *world) settle() {
	for end := w.now + 120_000; w.now < end; {
		for w.flow() {
		}
		if !w.tick() {
			w.now = end
		}
	}
}

// judge checks the outcome: every accepted message that was stored or delivered is in the log
// once, unless it was given up; no refused, discarded or never accepted message is; they are in the order
// of acceptance; and the outboxes are empty.
func (w *world) judge() {
	places := map[string]int{}
	for _, chatID := range w.model.Chats() {
		for i, raw := range w.model.Messages(chatID) {
			m := parseMessage(w.t, raw)
			_, twice := places[m.text]
			w.check(!twice, "%q is in the log twice", m.text)
			places[m.text] = i
		}
	}
	for _, s := range w.sent {
		_, there := places[s.text]
		s.judge(there)
	}
	w.judgeOrder(places)
	for _, p := range w.pages {
		for key := range p.browser.records {
			w.check(false, "record %s of %v is still in the store", key, w.byID[key])
		}
		if p.tab.alive {
			p.judge()
		}
	}
}

// judgeOrder checks that what a page sent to a chat is there in the order in which it
// was accepted.
func (w *world) judgeOrder(places map[string]int) {
	type lane struct {
		line   int
		chatID string
	}
	last := map[lane]*sent{}
	for _, s := range w.inTurn() {
		if _, there := places[s.text]; !there || s.outOfTurn || s.givenUp || s.gone || w.model.Refused(s.id) && !s.retried {
			continue // its refusal was lost, so that it may succeed later
		}
		of := lane{s.line, s.chatID}
		if before := last[of]; before != nil {
			w.check(places[before.text] < places[s.text], "%q has been overtaken by %q", before.text, s.text)
		}
		last[of] = s
	}
}

func parseMessage(t interface{ Fatal(...any) }, raw wire.Raw) (m seenMessage) {
	if err := wire.Read(raw, "id", &m.id, "sender", &m.sender, "message", &m.text, "imported", &m.imported); err != nil {
		t.Fatal(err)
	}
	return m
}

type seenMessage struct {
	id, sender, text string
	imported         bool
}
