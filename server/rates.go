package server

import (
	"log/slog"
	"maps"
	"net/http"
	"sync"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/identity"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// meterOf makes the meter of the server's rates.
func meterOf(l Limits) *limit.Meter {
	table := maps.Clone(l.Rates)
	if table == nil {
		table = limit.Table{}
	}
	for _, scope := range []limit.Scope{limit.Visitor, limit.Agent} {
		requests := limit.Count{Kind: limit.Requests, Scope: scope}
		if _, said := table[requests]; !said {
			table[requests] = limit.Rate{PerSecond: float64(l.MessagesPerSecond), Burst: l.MessagesPerSecond}
		}
	}
	return limit.NewMeter(table)
}

// CallerOf gives an actor as the limits know them (gateway.Service).
func (s service) CallerOf(a identity.Actor, sender address.Sender) limit.Caller {
	return s.callerOf(&op.Call{Actor: a, Client: sender.Client})
}

func (s *Server) callerOf(c *op.Call) limit.Caller {
	caller := limit.Caller{
		Network: limit.NetworkOf(c.Client), App: c.Actor.App.ID, User: c.Actor.User.ID,
		Scope: limit.Visitor, Own: s.settings.Of(c.Actor.App.ID).Rates,
	}
	switch {
	case c.Actor.Secret:
		caller.Scope = limit.Secret
	case c.Actor.User.IsAgent():
		caller.Scope = limit.Agent
	}
	return caller
}

// takeRequest counts a call over REST as a request of the caller, whether they may make it
// or not. A socket counts its requests itself, and slows its client down.
func (s *Server) takeRequest(c *op.Call) error {
	caller := s.callerOf(c)
	if refused := s.meter.TakeFor(limit.Count{Kind: limit.Requests, Scope: caller.Scope}, caller); refused != nil {
		return refusalOf(refused)
	}
	return nil
}

// takeOf counts a call by what the operation is about, and by what is to be stored. It comes
// after all else that may refuse the call, as its address and its app share what is counted:
// only who may have some takes of it.
func (s *Server) takeOf(operation *op.Operation, c *op.Call) error {
	if err := s.takeVolume(operation, c); err != nil {
		return err
	}
	if err := s.takeAct(operation, c); err != nil || operation.Counts == "" {
		return err
	}
	if refused := s.meter.Take(operation.Counts, s.callerOf(c)); refused != nil {
		return refusalOf(refused)
	}
	return nil
}

// takeLogin counts a log-in that begins, or is offered, by a way that the app has. A browser
// does that, so that the app's secret changes nothing.
func (s *Server) takeLogin(c *op.Call, kind limit.Kind) error {
	caller := s.callerOf(c)
	caller.Scope = limit.Visitor
	if refused := s.meter.Take(kind, caller); refused != nil {
		return refusalOf(refused)
	}
	return nil
}

// reasons are those of the 429 by what there was too much of.
var reasons = map[limit.Kind]wire.Reason{
	limit.Requests: wire.RateExceeded, limit.Frames: wire.RateExceeded, limit.Updates: wire.RateExceeded, limit.Joins: wire.RateExceeded,
	limit.Probes: wire.RateExceeded, limit.Acts: wire.RateExceeded, limit.Reserve: wire.RateExceeded,
	limit.Visitors: wire.TooManyVisitors, limit.Chats: wire.TooManyChats,
	limit.Searches: wire.TooManySearches, limit.Uploads: wire.TooManyUploads, limit.Logins: wire.TooManyLogins, limit.Offers: wire.TooManyLogins,
	limit.Volume: wire.TooMuchSent, limit.Reads: wire.ReadingBusy,
}

// scopes say for whom a limit is.
var scopes = map[limit.Scope]string{
	limit.Address: "this address", limit.Visitor: "one visitor", limit.Agent: "one agent", limit.Secret: "the app's secret", limit.App: "this app",
}

func refusalOf(r *limit.Refusal) *wire.Error {
	seconds := limit.Seconds(r.Wait)
	things := string(r.Count.Kind)
	switch r.Count.Kind {
	case limit.Volume:
		things = "bytes"
	case limit.Reads:
		things = "bytes of conversations"
	case limit.Reserve:
		things = "bytes into the store's reserve"
	}
	err := wire.Errorf(reasons[r.Count.Kind], "too many %s of %s: the limit %s is %v a second and %d at once; try again in %d s",
		things, scopes[r.Count.Scope], r.Count, r.Rate.PerSecond, r.Rate.Burst, seconds)
	err.RetryAfter = seconds
	return err
}

// doorkeeper counts the requests of REST by address, before anything else is done for
// them.
type doorkeeper struct {
	meter  *limit.Meter
	logger *slog.Logger

	unnamedProxy, silentProxy, rivalLists sync.Once
}

// count counts a request, and refuses it if the address has made too many.
func (d *doorkeeper) count(r *http.Request) error { return d.countAs(limit.Requests, r) }

// countProbe is count for those that ask whether there is a server: a thousand clients behind
// one address do when they come back, and must find their requests untouched.
func (d *doorkeeper) countProbe(r *http.Request) error { return d.countAs(limit.Probes, r) }

func (d *doorkeeper) countAs(kind limit.Kind, r *http.Request) error {
	client := address.Client(r)
	refused := d.meter.TakeFor(limit.Count{Kind: kind, Scope: limit.Address}, limit.Caller{Network: limit.NetworkOf(client)})
	switch saysForWhom, proxied := address.Forwarded(r); {
	case refused != nil && saysForWhom && address.IsPeer(r):
		d.unnamedProxy.Do(func() {
			d.logger.Warn("an address has made too many requests, and names others as their clients: if it is that of a proxy of yours, all clients "+
				"count as one; name the proxy in -trusted-proxies", "address", client.String())
		})
	case client == address.Contradictory:
		d.rivalLists.Do(func() {
			d.logger.Warn("a proxy passes on a list of addresses that is not its own: X-Forwarded-For and Forwarded disagree, and such clients count as one; " +
				"have it remove the one that it does not set, see docs/operating.md")
		})
	case client.IsLoopback() && proxied && !saysForWhom:
		d.silentProxy.Do(func() {
			d.logger.Warn("a proxy on this machine does not say for whom it asks: limits by address do not hold for its clients; " +
				"have it set X-Forwarded-For, see docs/operating.md")
		})
	}
	if refused != nil {
		return refusalOf(refused)
	}
	return nil
}
