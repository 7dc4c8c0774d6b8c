package limit

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind is what is counted.
type Kind string

// Kinds.
const (
	Requests Kind = "requests" // of any kind: those of REST, and of a user those of all sockets as well
	Frames   Kind = "frames"   // requests by sockets, all that an address has
	Sockets  Kind = "sockets"  // that begin
	Visitors Kind = "visitors" // that are made
	Chats    Kind = "chats"    // that are made
	Searches Kind = "searches" // for an agent
	Uploads  Kind = "uploads"
	Probes   Kind = "probes"  // whether there is a server, and room for a socket
	Updates  Kind = "updates" // of the own record
	Joins    Kind = "joins"   // of chats; who leaves one has joined it
	Logins   Kind = "logins"  // of agents that begin in two steps; wrong passwords count apart
	Offers   Kind = "offers"  // of passkeys, by pages that wait for a log-in
	Acts     Kind = "acts"    // that the audit log has
	Reserve  Kind = "reserve" // bytes that are written while only the reserve of the store is left
	Reads    Kind = "reads"   // bytes of conversations that are written for who reads them
	Volume   Kind = "volume"  // bytes that visitors have the server store
)

// Scope is for whom something is counted.
type Scope string

// Scopes.
const (
	Address Scope = "address" // a client's network, see Network
	Visitor Scope = "visitor" // a visitor, over all their connections
	Agent   Scope = "agent"   // an agent, likewise
	Secret  Scope = "secret"  // who has the app's secret; no other limit holds for them
	App     Scope = "app"     // all visitors and agents of an app
)

// Count is something that is counted for someone, such as chats/visitor.
type Count struct {
	Kind  Kind
	Scope Scope
}

func (c Count) String() string { return string(c.Kind) + "/" + string(c.Scope) }

// ErrUnknown is in the error of a name that is none.
var ErrUnknown = errors.New("there is no rate")

// UnmarshalText reads what String writes.
func (c *Count) UnmarshalText(text []byte) error {
	kind, scope, _ := strings.Cut(string(text), "/")
	*c = Count{Kind(kind), Scope(scope)}
	if _, known := defaults[*c]; !known {
		return fmt.Errorf("%w %q; there are %s", ErrUnknown, text, strings.Join(names(), ", "))
	}
	return nil
}

// MarshalText is String.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func names() (list []string) {
	for c := range defaults {
		list = append(list, c.String())
	}
	slices.Sort(list)
	return list
}

// Table has the rates that differ from the defaults. What is in no table is not counted.
type Table map[Count]Rate

// defaults leave room for an office behind one address, and for what a busy app needs;
// they bound what one stranger can take. Those of apps bound what many can.
var defaults = Table{
	{Requests, Address}: {100, 1000},
	{Requests, Visitor}: {1000, 1000},
	{Requests, Agent}:   {1000, 1000},
	{Requests, Secret}:  {2000, 4000},
	{Frames, Address}:   {2000, 4000},
	{Sockets, Address}:  {20, 200},
	{Probes, Address}:   {50, 2000},

	{Visitors, Address}: {0.5, 30},
	{Visitors, Secret}:  {200, 2000},
	{Visitors, App}:     {50, 2000},

	{Chats, Address}: {0.5, 30},
	{Chats, Visitor}: {0.2, 200},
	{Chats, Agent}:   {2, 100},
	{Chats, Secret}:  {200, 2000},
	{Chats, App}:     {50, 2000},

	{Searches, Address}: {2, 60},
	{Searches, Visitor}: {1, 200},
	{Searches, Agent}:   {5, 100},
	{Searches, Secret}:  {200, 2000},
	{Searches, App}:     {100, 4000},

	{Uploads, Address}: {2, 100},
	{Uploads, Visitor}: {1, 200},
	{Uploads, Agent}:   {5, 100},
	{Uploads, Secret}:  {50, 500},
	{Uploads, App}:     {50, 1000},

	{Updates, Address}: {2, 100},
	{Updates, Visitor}: {1, 20},
	{Updates, App}:     {50, 1000},

	{Joins, Address}: {1, 100},
	{Joins, Visitor}: {0.1, 10},
	{Joins, Agent}:   {5, 100},
	{Joins, Secret}:  {200, 2000},
	{Joins, App}:     {100, 4000},

	{Logins, Address}: {0.5, 100},
	{Logins, App}:     {100, 5000},

	{Offers, Address}: {0.5, 100},
	{Offers, App}:     {100, 5000},

	{Acts, Agent}: {1, 500},

	{Reserve, Agent}: {2_000, 1_000_000},
	{Reserve, App}:   {20_000, 20_000_000},

	{Reads, Address}: {4_000_000, 100_000_000},
	{Reads, Agent}:   {20_000_000, 1_000_000_000},

	{Volume, Address}: {25_000, 2_000_000_000},
}

// Of gives the rate of a count; none if it is not counted.
func (t Table) Of(c Count) (r Rate, counted bool) {
	if r, counted = t[c]; !counted {
		r, counted = defaults[c]
	}
	return r, counted
}

// Bounds of a rate.
const (
	leastPerSecond = 1e-6 // one in twelve days
	mostPerSecond  = 1e9
	mostBurst      = 2e9
)

// Check refuses a rate that would let nobody do anything, or bound nothing.
func (r Rate) Check() error {
	switch {
	case !(r.PerSecond >= leastPerSecond && r.PerSecond <= mostPerSecond):
		return fmt.Errorf("the rate must be from %.6f to %.0f a second, not %v", leastPerSecond, mostPerSecond, r.PerSecond)
	case r.Burst < 1 || r.Burst > mostBurst:
		return fmt.Errorf("the burst must be from 1 to %.0f, not %d", mostBurst, r.Burst)
	}
	return nil
}

// Lower gives the lower of two rates, of each part.
func (r Rate) Lower(other Rate) Rate {
	return Rate{min(r.PerSecond, other.PerSecond), min(r.Burst, other.Burst)}
}

// UnmarshalText reads rates, separated by commas, as chats/visitor=0.1:20: so many a second
// in the long run, and so many at once. The error names the entry that is wrong.
func (t *Table) UnmarshalText(text []byte) error {
	table := Table{}
	for _, entry := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ',' || r == ' ' }) {
		name, value, _ := strings.Cut(entry, "=")
		perSecond, burst, _ := strings.Cut(value, ":")
		var c Count
		err := c.UnmarshalText([]byte(name))
		if err != nil {
			return err
		}
		var r Rate
		if r.PerSecond, err = strconv.ParseFloat(perSecond, 64); err == nil {
			r.Burst, err = strconv.Atoi(burst)
		}
		if err != nil {
			return fmt.Errorf("%q must be like %s=0.5:30, so many a second and so many at once", entry, c)
		}
		if err := r.Check(); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		table[c] = r
	}
	*t = table
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (t Table) MarshalText() ([]byte, error) {
	entries := make([]string, 0, len(t))
	for c := range maps.Keys(t) {
		entries = append(entries, fmt.Sprintf("%s=%v:%d", c, t[c].PerSecond, t[c].Burst))
	}
	slices.Sort(entries)
	return []byte(strings.Join(entries, ",")), nil
}
