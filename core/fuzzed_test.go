package core_test

import (
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/wire"
)

// meets makes a step and checks what is true of every step: the number of effects is
// bounded by the input, no queue grows without limit, and what goes to the server or
// the page is valid.
func (z *fuzzed) meets(in core.Input, size int) {
	before := z.core.Stats()
	effects := 0
	z.watch = func(e core.Effect) {
		effects++
		z.sees(e)
	}
	switch at := in.(type) {
	case core.Closed:
		z.open = z.open && at.Epoch != z.epoch
	case core.Opened:
		z.open = z.open || at.Epoch == z.epoch
	}
	z.step(in)
	after := z.core.Stats()
	require.LessOrEqual(z.t, effects, 60+6*(before.Chats+before.Pending+len(z.stored))+size, "effects of %T", in)
	require.LessOrEqual(z.t, after.Pending, 20+20+3, "a queue is over its bound")
	require.LessOrEqual(z.t, after.Chats, before.Chats+size)
}

func (z *fuzzed) sees(e core.Effect) {
	var raws []wire.Raw
	switch e := e.(type) {
	case core.Dial:
		z.open, z.asked = false, nil
	case core.Hangup:
		z.open = false
	case core.Send:
		require.Equal(z.t, z.epoch, e.Epoch)
		require.True(z.t, z.open, "sent without a connection: %s", e.Text)
		f, err := wire.Parse(e.Text)
		require.NoError(z.t, err, "%s", e.Text)
		if f.Event == wire.EventOpen {
			z.opening = f.ID
		} else if f.ID != "" {
			z.asked = append(z.asked, f.ID)
		}
	case core.Fetch:
		z.fetches = append(z.fetches, e.Call)
	case core.TransferFile:
		z.fetches = append(z.fetches, e.Call)
	case core.Persist:
		if e.Record == nil {
			delete(z.stored, e.Key)
		} else {
			z.stored[e.Key] = e.Record
		}
		raws = []wire.Raw{e.Record}
	case core.Arm:
		require.GreaterOrEqual(z.t, e.After, time.Duration(0))
		require.LessOrEqual(z.t, e.After, 2*time.Hour)
	case core.Settle:
		raws = []wire.Raw{e.Value}
	case core.Mirror:
		raws = []wire.Raw{e.Session}
	case core.OpenChat:
		raws = []wire.Raw{e.Chat}
	case core.HistoryPart:
		raws = []wire.Raw{e.Messages}
	case core.PatchChat:
		raws = []wire.Raw{e.Members}
	case core.AppendMessages:
		raws = []wire.Raw{e.Messages}
	case core.Emit:
		raws = []wire.Raw{e.Data}
	}
	for _, raw := range raws {
		require.True(z.t, len(raw) == 0 || wire.Valid(raw), "%T is not JSON: %s", e, raw)
	}
}

// fire lets time pass until the next timer. False means that none is armed.
func (z *fuzzed) fire() bool {
	next := core.TimerUnknown
	for _, timer := range slices.Sorted(maps.Keys(z.due)) {
		if next == core.TimerUnknown || z.due[timer] < z.due[next] {
			next = timer
		}
	}
	if next == core.TimerUnknown {
		return false
	}
	z.now = max(z.now, z.due[next])
	delete(z.due, next)
	z.meets(core.Fired{Timer: next}, 0)
	return true
}

// back opens a session with these chats, if the client wants one.
func (z *fuzzed) back(chats string) {
	for range 10 {
		if !z.open && !z.fire() {
			return
		}
		z.meets(core.Opened{Epoch: z.epoch}, 0)
		z.meets(core.Frame{Epoch: z.epoch, Text: []byte(`{"id":"` + z.opening + `","data":{"user":` + visitor + `,"chats":` + chats + `}}`)}, len(chats))
		if z.open {
			return
		}
	}
}

// crash ends the core and begins another one with what the page has.
func (z *fuzzed) crash(chat string) {
	z.core, z.due, z.open, z.asked, z.fetches = core.New(core.Options{MaxPending: 20, MaxTransfers: 3}), map[core.Timer]int64{}, false, nil, nil
	for call := core.Call(1); call <= z.calls; call++ {
		z.ended[call] = true // the page ends them
	}
	var records []wire.Raw
	for _, key := range slices.Sorted(maps.Keys(z.stored)) {
		records = append(records, z.stored[key])
	}
	z.calls++
	z.meets(core.Init{Call: z.calls, App: core.App{ID: "demo"}, Stored: &core.Session{AppID: "demo", ID: "v", Token: "t"}, Outbox: records,
		Again: &core.Again{User: wire.Raw(visitor), Chats: []wire.Raw{wire.Raw(chat)}}}, len(chat))
}

// finish logs out, after which every call must have ended.
func (z *fuzzed) finish() {
	z.meets(core.Page{Event: core.PageHidden}, 0)
	z.calls++
	z.meets(core.Logout{Call: z.calls}, 0)
	for range 100 {
		if !z.fire() {
			break
		}
	}
	for call := core.Call(101); call <= z.calls; call++ {
		require.True(z.t, z.ended[call], "call %d has not ended", call)
	}
}
