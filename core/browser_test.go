package core_test

import (
	"maps"
	"slices"

	"parley/core"
	"parley/core/wire"
)

// browser is what outlives its pages: the outbox, in which every record belongs to a
// page, and the stored session.
type browser struct {
	user    string // its first user
	second  string // another user who has logged in there, or ""
	records map[string]record
	session *core.Session
}

type record struct {
	raw wire.Raw
	tab *tab
}

// tab is one page, from its load to its end.
type tab struct {
	page  *page
	alive bool
	known map[string]bool // records that it wrote or was given
}

func newBrowser(user string) *browser {
	return &browser{user: user, records: map[string]record{}}
}

// other gives the browser's other user, or "".
func (b *browser) other(user string) string {
	if user == b.user {
		return b.second
	}
	return b.user
}

// take gives a page the records that ended pages left, sorted by key; with own, also
// those that it wrote or was given before. From then on all of them are the page's,
// but only a batch is given; newest is the key of the last one that is left, or "".
// After login only records of that user are given.
func (b *browser) take(p *page, own bool) (outbox []wire.Raw, newest string) {
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
			newest = key
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
	return outbox, newest
}

// forget deletes the records of a user, except those of other pages that are there.
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

// owner gives the user of a record.
func (p *page) owner(raw wire.Raw) (user string) {
	p.read(raw, "userId", &user)
	return user
}
