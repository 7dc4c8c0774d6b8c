package core_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/wire"
)

// setClock changes the system clock, which has no effect on timers.
func (s *script) setClock(by time.Duration) {
	s.now += by.Milliseconds()
	for timer := range s.due {
		s.due[timer] += by.Milliseconds()
	}
}

const year = 365 * 24 * time.Hour

var jumps = []time.Duration{-year, -time.Hour, -time.Second, 0, time.Second, time.Hour, year, 10 * year}

// Whatever the clock does, deadlines pass in their time: not late, and not before the
// network had its chance.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	for _, jump := range jumps {
		t.Run(jump.String(), func(t *testing.T) {
			s := newScript(t, core.Options{})
			s.run(chatting + "fire stable\nevent 4 a {}\nfire deadline\nevent 5 b {}")
			s.setClock(jump)
			asked := s.run("event 6 c {}")
			effects := s.run("fire deadline")
			if jump > time.Second {
				assert.Equal(t, []string{"arm deadline 3s"}, effects, "it is late: what came meanwhile goes first")
				assert.Equal(t, []string{"settle 5 {}"}, s.run("reply #4 {}"))
				effects = s.run("fire deadline")
			}
			assert.Contains(t, effects[0], "reject 4 408")
			assert.Len(t, asked, 1)
			wait := s.due[core.TimerDeadline] - s.now
			assert.LessOrEqual(t, wait, (30 * time.Second).Milliseconds())
			for range 2 {
				if !s.ended[6] {
					s.run("fire deadline")
				}
			}
			assert.True(t, s.ended[6], "it was asked for after the jump, and ends")

			for range 3 { // a frame meanwhile, if any; a ping; no answer
				if effects = s.run("fire heartbeat"); effects[0] == "hangup 1" {
					break
				}
			}
			assert.Equal(t, "hangup 1", effects[0], "a silence is one")
			assert.Contains(t, effects[len(effects)-1], fmt.Sprintf(`"nextTry":%d`, s.due[core.TimerRedial]), "told by the wall")
			assert.LessOrEqual(t, s.due[core.TimerRedial]-s.now, int64(100))
		})
	}
}

// A clock that is set back or ahead while there is no connection neither stops the
// attempts nor speeds them up.
func TestBackoffAndClock(t *testing.T) {
	t.Parallel()
	for _, jump := range jumps {
		s := newScript(t, core.Options{})
		s.run(chatting + "closed 1006")
		for range 20 {
			s.run("fire redial\nclosed 1006")
		}
		s.setClock(jump)
		for range 20 {
			s.run("fire redial\nclosed 1006")
			assert.LessOrEqual(t, s.due[core.TimerRedial]-s.now, (30 * time.Second).Milliseconds(), jump)
		}
		s.setClock(-jump)
		assert.Contains(t, s.run("page online"), "dial 42 ws://x/v1/socket", jump)
	}
}

// Ids grow whatever the clock does, because records are sent in their order.
func TestIDsGrow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s := newScript(t, core.Options{})
	s.run(logged)
	last := ""
	grow := func() {
		created := s.names.expand(only(t, s.run("send 0 c x"), "persist "))
		id, _, _ := strings.Cut(created, " ")
		require.Len(t, id, 32)
		require.Less(t, last, id)
		last = id
		s.run("reply " + id + ` {"message":{"id":"` + id + `"}}`)
	}
	for range 300 {
		grow()
		s.setClock(jumps[random.IntN(len(jumps))])
	}
	for range 1<<16 + 10 { // more than the counter in an id holds, at one time
		for _, e := range s.core.Step(core.Moment{Now: s.now}, core.SendEvent{Event: "x"}, nil) {
			if send, is := e.(core.Send); is {
				id := string(send.Text[7:39])
				require.Less(t, last, id)
				last = id
			}
		}
		s.core.Step(core.Moment{Now: s.now}, core.Frame{Epoch: s.epoch, Text: []byte(`{"id":"` + last + `","data":{}}`)}, nil)
	}
}

// The ids of a page whose clock was set back sort after those of the page before it.
func TestIDsGoOn(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, time.Millisecond, year, 10 * year} {
		page := newScript(t, core.Options{})
		page.setClock(ahead)
		page.run(logged + "send 0 c one")
		record := page.names.expand(only(t, page.run("send 0 c two"), "persist #3 "))

		next := newScript(t, core.Options{})
		next.run("outbox " + record + "\ninit 1\nfetched 1 200 {}\nlogin 2 v t")
		sent := next.names.expand(only(t, next.run("send 0 c three"), "persist #1 "))
		assert.Less(t, record[:44], sent[:44], ahead)

		// They do even while the store has not given the record.
		for _, given := range []string{"more %s\ninit 1\nfetched 1 200 {}\nlogin 2 v t", "init 1\nfetched 1 200 {}\nlogin 2 v t\nmore %s\nadopt"} {
			next := newScript(t, core.Options{})
			next.run(fmt.Sprintf(given, record[7:39]))
			sent := next.names.expand(only(t, next.run("send 0 c three"), "persist #1 "))
			assert.Less(t, record[:44], sent[:44], ahead)
		}
	}
	next := newScript(t, core.Options{})
	next.run(`outbox {"id":"ffffffffffff0001aaaaaaaaaaaaaaaa","appId":"demo","userId":"v","event":"messages:new","data":{}}` + "\ninit 1\nfetched 1 200 {}\nlogin 2 v t")
	assert.Contains(t, next.names.expand(only(t, next.run("send 0 c x"), "persist #1 ")), `{"id":"018b`, "what is absurd is not followed")
}

// The age of a record is measured by the server's clock, whatever the page's was set to
// when the record was written, and is set to now.
func TestOutboxAndServerTime(t *testing.T) {
	t.Parallel()
	const server = 1_800_000_000_000
	day := (24 * time.Hour).Milliseconds()
	open := strings.Replace(logged, `"chats":{}`, fmt.Sprintf(`"chats":{},"now":%d`, server), 1)
	record := func(id string, at int64) wire.Raw {
		return wire.Raw(fmt.Sprintf(`{"id":%q,"appId":"demo","userId":"v","chatId":"c","event":"messages:new","data":{"chatId":"c","message":"hi"},"at":%d}`, id, at))
	}
	for _, wrong := range []time.Duration{-10 * year, -year, -3 * time.Hour, -7 * time.Minute, 0, 7 * time.Minute, 3 * time.Hour, 48 * time.Hour, 10 * year} {
		for _, jump := range jumps {
			t.Run(fmt.Sprint(wrong, jump), func(t *testing.T) {
				s := newScript(t, core.Options{})
				s.setClock(wrong)
				before := s.now
				s.run(open)
				took := s.now - before
				s.setClock(jump)
				if jump > 0 {
					took += jump.Milliseconds() // a script has one clock, so that time seems to pass
				}
				written := only(t, s.run("send 0 c x"), "persist ")
				var at int64
				_, err := fmt.Sscanf(written[strings.Index(written, `"at":`):], `"at":%d}`, &at)
				require.NoError(t, err)
				assert.InDelta(t, server+took, at, 1000)
				adopted := s.step(core.Adopt{Outbox: []wire.Raw{record("e1", at-6*day), record("e2", at-8*day)}})
				assert.Contains(t, strings.Join(adopted, "\n"), `send 1 {"id":"e1"`)
				assert.NotContains(t, strings.Join(adopted, "\n"), `send 1 {"id":"e2"`, "it is too old")
			})
		}
	}
}

// While the server's time is not known, the age of a record is measured by the system clock.
func TestOutboxAndClock(t *testing.T) {
	t.Parallel()
	for _, jump := range jumps {
		s := newScript(t, core.Options{})
		s.run(logged)
		s.setClock(jump)
		adopted := s.step(core.Adopt{Outbox: []wire.Raw{wire.Raw(fmt.Sprintf(`{"id":"e1","appId":"demo","userId":"v","chatId":"c","event":"messages:new","data":{"chatId":"c","message":"hi"},"at":%d}`, s.now-1000))}})
		assert.Contains(t, adopted[len(adopted)-1], `send 1 {"id":"e1"`, jump)
		assert.Contains(t, only(t, s.run("send 0 c x"), "persist #2 "), fmt.Sprintf(`"at":%d}`, s.now), jump)
	}
}
