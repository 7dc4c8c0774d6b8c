package core_test

import (
	"maps"
	"slices"

	"parley/core"
	"parley/core/wire"
)

// browser is what outlives its pages: the outbox, in which every record belongs to
// a page, and the stored session.
type browser struct {
	user    string // whose it is first
	second  string // who has logged in there too, "" if nobody has
	records map[string]record
	session *core.Session
}

type record struct {
	raw wire.Raw
	tab *tab
}

// tab is a page from its beginning to its end.
type tab struct {
	page  *page
	alive bool
	known map[string]bool // records that it has written or was given
}

func newBrowser(user string) *browser {
	return &browser{user: user, records: map[string]record{}}
}

// other gives the user of the browser who is not this one, "" if there is none.
func (b *browser) other(user string) string {
	if user == b.user {
		return b.second
	}
	return b.user
}

// take gives a page what others have left that have ended, in the order of the
// keys; with own also what was given to it, or is its own, already. All of it is the
// page's from then on, but only so much is given at a time; more tells whether there is
// more. Once a user is there, it is about his alone.
func (b *browser) take(p *page, own bool) (outbox []wire.Raw, more bool) {
	found, room := map[string]wire.Raw{}, 3
	if own {
		maps.Copy(found, p.memory)
	}
	for _, key := range slices.Sorted(maps.Keys(b.records)) {
		r := b.records[key]
		switch {
		case r.tab == p.tab && p.tab.known[key]:
			if own {
				found[key] = r.raw
			}
			continue
		case r.tab != p.tab && r.tab.alive, p.token != "" && p.owner(r.raw) != p.user:
			continue
		case room == 0:
			more = true
		default:
			room--
			found[key], p.tab.known[key] = r.raw, true
		}
		if from := r.tab.page; from != p {
			from.newLine() // the next one there does not know what it sends before
		}
		b.records[key] = record{r.raw, p.tab}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		outbox = append(outbox, found[key])
	}
	return outbox, more
}

// forget deletes what is stored of a user, but for what another page there still
// waits for.
func (b *browser) forget(p *page) {
	for key, r := range b.records {
		if p.owner(r.raw) == p.user && (r.tab == p.tab || !r.tab.alive) {
			delete(b.records, key)
			if s := p.w.byID[key]; s != nil {
				s.gone = true
			}
		}
	}
}

// owner gives whose a record is.
func (p *page) owner(raw wire.Raw) (user string) {
	p.read(raw, "userId", &user)
	return user
}
