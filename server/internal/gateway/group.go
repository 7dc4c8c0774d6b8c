package gateway

import (
	"context"
	"net/http"
	"slices"
	"time"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

// group has requests that have arrived together, ask for the same of one chat, and are
// carried out together (op.Operation.Together). The replies are the same as if each
// had waited for the one before it. The zero value is an empty group.
type group struct {
	operation *op.Operation
	calls     []*op.Call
	ctx       context.Context // for all calls, from the first on
	stop      context.CancelFunc
	began     time.Time // with the first
}

func (g *group) begin(ctx context.Context) {
	if g.ctx == nil {
		g.ctx, g.stop = context.WithTimeout(ctx, ids.OperationWithin)
		g.began = time.Now()
	}
}

// joinGroup puts a request into the group. false means that it has to be carried out by
// itself: it is of another kind, or will be refused.
func (c *Conn) joinGroup(f wire.Frame) bool {
	operation := c.hub.table.Event(f.Event)
	if !c.hasSession() || operation == nil || operation.Together == nil {
		return false
	}
	p, err := op.ParseParams(f.Data)
	if err != nil {
		return false
	}
	if g := &c.group; len(g.calls) == store.MaxTogether || len(g.calls) > 0 && g.operation != operation {
		c.endGroup()
	}
	call := c.call(f.ID, p)
	if !c.admit(operation, call) {
		return false
	}
	if g := &c.group; len(g.calls) > 0 && g.calls[0].Key != call.Key {
		c.endGroup()
	}
	c.group.begin(c.hub.ctx)
	c.group.operation, c.group.calls = operation, append(c.group.calls, call)
	return true
}

// admit tells whether a call would be carried out if it were the next.
func (c *Conn) admit(operation *op.Operation, call *op.Call) (ok bool) {
	var err error
	defer func() { ok = ok && err == nil }()
	defer c.recoverDefect(operation.Event, &err)
	c.group.begin(c.hub.ctx)
	return c.hub.service.Admit(c.group.ctx, operation, call) == nil
}

// endGroup carries out what is in the group, and queues the replies. The reader calls it
// before it waits for anything, so that channels read what has arrived for them.
func (c *Conn) endGroup() {
	if c.channels != nil {
		c.channels.wake()
	}
	g := c.group
	c.group = group{}
	if g.stop != nil {
		defer g.stop()
	}
	if len(g.calls) == 0 {
		return
	}
	var span *tracing.Span
	g.ctx, span = c.hub.options.Tracer.BeginAt(g.ctx, tracing.Served, g.operation.Event, g.began)
	answers := c.carryOutTogether(g)
	took, done := time.Since(g.began), 0
	items := make([]item, len(answers))
	var last op.Answered
	for i := range answers {
		a := &answers[i]
		items[i] = item{id: g.calls[i].EventID, reply: &a.Result}
		if a.Err != nil {
			items[i].err = op.Refusal(c.hub.options.Logger, a.Err, g.operation.Event)
			last = c.answered(wire.Frame{Event: g.operation.Event, ID: items[i].id}, items[i].err, took, span)
		} else {
			done++
		}
	}
	if done > 0 {
		last = op.Answered{
			Transport: byFrames, Operation: g.operation.Event, App: c.Actor.App.ID, Code: http.StatusOK, Took: took, Requests: done,
			TraceID: span.TraceID(),
		}
		c.hub.service.Answered(last)
	}
	last.Requests = len(g.calls)
	last.End(span)
	c.queue(items...)
}

// carryOutTogether is carryOut for a group.
func (c *Conn) carryOutTogether(g group) (answers []op.Answer) {
	var err error
	defer func() {
		if err != nil {
			answers = slices.Repeat([]op.Answer{{Err: err}}, len(g.calls))
		}
	}()
	defer c.recoverDefect(g.operation.Event, &err)
	return c.hub.service.DoTogether(g.ctx, g.operation, g.calls)
}

// byFrames is the transport of requests on connections, whatever carries them.
const byFrames = "socket"

// answered notes how a request was answered, and gives that for the end of its span. What is
// no operation has one name, as clients choose what they call it.
func (c *Conn) answered(f wire.Frame, err *wire.Error, took time.Duration, span *tracing.Span) op.Answered {
	a := op.Answered{
		Transport: byFrames, Operation: f.Event, App: c.Actor.App.ID, Code: codeOf(err), Took: took, Requests: 1, RequestID: f.ID, TraceID: span.TraceID(),
	}
	if f.Event != wire.EventOpen && c.hub.table.Event(f.Event) == nil {
		a.Operation = op.Unknown
	}
	c.hub.service.Answered(a)
	return a
}

func codeOf(err *wire.Error) int {
	if err == nil {
		return http.StatusOK
	}
	return err.Code
}
