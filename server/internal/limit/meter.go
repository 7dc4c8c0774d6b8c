package limit

import (
	"net/netip"
	"sync/atomic"
	"time"
)

// Caller is who takes something.
type Caller struct {
	Network netip.Addr // as NetworkOf gives it; invalid if nothing is counted for the address
	App     string
	User    string // "" if none
	Scope   Scope  // Visitor, Agent or Secret
	Own     Table  // rates of the app, which only lower those of the server
}

// Refusal says which limit a caller has reached.
type Refusal struct {
	Count   Count
	Network netip.Prefix // that has reached it, if it is one by address
	Rate    Rate
	Wait    time.Duration // until it may succeed
}

// Meter counts what callers take of the kinds in a Table.
type Meter struct {
	table   Table
	buckets map[Count]*Buckets[owner]
	refused map[Count]*atomic.Uint64
}

// owner is whose bucket it is.
type owner struct {
	network   netip.Prefix
	app, user string
}

// part is a bucket from which a count is taken.
type part struct {
	of   owner
	rate Rate
}

// maxKeys is how many callers are remembered of each count.
const maxKeys = 100_000

// NewMeter makes a meter with the rates of a table, and the defaults for the rest.
func NewMeter(t Table) *Meter {
	m := &Meter{table: t, buckets: map[Count]*Buckets[owner]{}, refused: map[Count]*atomic.Uint64{}}
	for c := range defaults {
		r, _ := t.Of(c)
		m.buckets[c] = New[owner](r, maxKeys)
		m.refused[c] = new(atomic.Uint64)
	}
	return m
}

// Refused is how often something was refused, by the name of the count.
func (m *Meter) Refused() map[string]uint64 {
	all := map[string]uint64{}
	for c, n := range m.refused {
		all[c.String()] = n.Load()
	}
	return all
}

// Take takes one of a kind, or says which limit is reached. Callers are counted by
// themselves, then by their address, then by the app: so nobody takes from others what they
// may not take themselves. Agents are known, and many may work behind one address, which is
// not counted for them. Who has the app's secret is counted as that alone.
func (m *Meter) Take(kind Kind, c Caller) *Refusal {
	now := time.Now()
	for _, scope := range scopesOf[c.Scope] {
		if refused := m.takeFor(Count{kind, scope}, c, 1, now); refused != nil {
			return refused
		}
	}
	return nil
}

// scopesOf has the scopes in which a caller is counted, in their order.
var scopesOf = map[Scope][]Scope{Visitor: {Visitor, Address, App}, Agent: {Agent, App}, Secret: {Secret}}

// TakeFor takes one of a count.
func (m *Meter) TakeFor(count Count, c Caller) *Refusal { return m.takeFor(count, c, 1, time.Now()) }

// TakeMany takes so many of a count at once. Of more than Burst it takes Burst, as they
// could never be taken otherwise.
func (m *Meter) TakeMany(count Count, c Caller, n int) *Refusal {
	return m.takeFor(count, c, n, time.Now())
}

// Charge takes so many of a count, also those that the caller may have later only: for what
// must not be refused.
func (m *Meter) Charge(count Count, c Caller, n int) {
	now := time.Now()
	for _, p := range m.partsOf(count, c) {
		m.buckets[count].Charge(p.of, p.rate, n, now)
	}
}

// Look is TakeFor, but takes nothing.
func (m *Meter) Look(count Count, c Caller) *Refusal {
	return m.look(count, m.partsOf(count, c), 1, time.Now())
}

func (m *Meter) look(count Count, parts []part, n int, now time.Time) *Refusal {
	for _, p := range parts {
		if wait := m.buckets[count].Look(p.of, p.rate, min(n, p.rate.Burst), now); wait > 0 {
			return &Refusal{count, p.of.network, p.rate, wait}
		}
	}
	return nil
}

func (m *Meter) takeFor(count Count, c Caller, n int, now time.Time) *Refusal {
	refused := m.take(count, c, n, now)
	if refused != nil {
		m.refused[count].Add(1)
	}
	return refused
}

func (m *Meter) take(count Count, c Caller, n int, now time.Time) *Refusal {
	parts := m.partsOf(count, c)
	if len(parts) > 1 {
		if refused := m.look(count, parts[1:], n, now); refused != nil {
			return refused
		}
	}
	for _, p := range parts {
		if wait, ok := m.buckets[count].TakeAt(p.of, p.rate, min(n, p.rate.Burst), now); !ok {
			return &Refusal{count, p.of.network, p.rate, wait}
		}
	}
	return nil
}

// partsOf gives the buckets from which a count is taken; none if it is not counted. An
// address has one for each network as which it counts.
func (m *Meter) partsOf(count Count, c Caller) []part {
	r, counted := m.table.Of(count)
	if own, lower := c.Own[count]; lower {
		r = r.Lower(own)
	}
	switch count.Scope {
	case Address:
		if !counted || !c.Network.IsValid() {
			return nil
		}
		var parts []part
		for _, s := range SharesOf(c.Network) {
			parts = append(parts, part{owner{network: s.Network}, Rate{float64(s.Times) * r.PerSecond, s.Times * r.Burst}})
		}
		return parts
	case Visitor, Agent:
		if !counted || c.User == "" {
			return nil
		}
		return []part{{owner{app: c.App, user: c.User}, r}}
	}
	if !counted {
		return nil
	}
	return []part{{owner{app: c.App}, r}}
}
