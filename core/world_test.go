package core_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/coretest"
	"parley/core/wire"
)

// TestWorld plays three clients, two of them tabs of one user, against a model
// server over connections that break at any moment, with a store that fails, with
// pages that are reloaded, and whose core dies, for many seeds. Whatever happens: every call ends once; every message of a call
// that succeeded, and none of one that failed, is in the log, once, in the order
// of sending; and every client ends up with the log's history, each message of
// others told once, in order.
func TestWorld(t *testing.T) {
	for seed := range uint64(40) {
		playSchedule(t, longPlays+seed)
	}
}

var (
	schedules = flag.Uint64("schedules", 1000, "how many schedules TestSchedules plays")
	firstSeed = flag.Uint64("seed", 0, "the first one's seed; a failing seed alone: -schedules 1 -seed N")
)

// TestSchedules is the same with many short plays, each of a few dozen things that
// happen.
func TestSchedules(t *testing.T) {
	workers := uint64(runtime.GOMAXPROCS(0))
	for worker := range workers {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for seed := *firstSeed + worker; seed < *firstSeed+*schedules; seed += workers {
				playSchedule(t, seed)
			}
		})
	}
}

// longPlays is where the seeds of long schedules begin.
const longPlays = 1 << 40

// playSchedule is one schedule, from its seed.
func playSchedule(t *testing.T, seed uint64) {
	things := 20 + int(seed%60)
	if seed >= longPlays {
		things = 1000
	}
	defer func() {
		if t.Failed() {
			t.Logf("replay it with: go test ./core -run TestSchedules -schedules 1 -seed %d", seed)
		}
	}()
	w := newWorld(t, seed)
	for range things {
		w.anything()
	}
	w.heal()
	w.judge()
	if t.Failed() {
		t.FailNow()
	}
}

var app = core.App{ID: "demo", API: "http://x", Socket: "ws://x"}

type world struct {
	t       *testing.T
	random  *rand.Rand
	now     int64
	model   *coretest.Model
	clients []*page
	sent    []*sent
	healing bool
}

// sent is a message that a client was asked to send.
type sent struct {
	by           *page
	chatID, text string
	call         core.Call
	ended, good  bool
	reloaded     bool // nobody waits for it any more
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 7)), now: 1_700_000_000_000, model: coretest.NewModel()}
	w.model.Fault = func() coretest.Fault {
		if n := w.random.IntN(40); !w.healing && n < 3 {
			return []coretest.Fault{coretest.Full, coretest.Full, coretest.Unsure}[n]
		}
		return coretest.NoFault
	}
	w.model.AddUser("tv", "v", "")
	w.model.AddUser("ta", "a", "p")
	for _, user := range []string{"v", "v", "a"} {
		p := &page{w: w, name: fmt.Sprintf("%s%d", user, len(w.clients)), user: user, stored: map[string]wire.Raw{}}
		w.clients = append(w.clients, p)
		p.load()
	}
	return w
}

// anything lets one thing happen.
func (w *world) anything() {
	w.now += w.random.Int64N(30)
	p := w.clients[w.random.IntN(len(w.clients))]
	switch n := w.random.IntN(100); {
	case n < 25:
		p.act()
	case n < 28:
		p.breakDown()
	case n < 29:
		p.reload()
	case n < 30:
		p.crash()
	case n < 32:
		p.step(core.Page{Event: core.PageEvent(1 + w.random.IntN(4))})
	case n < 36:
		w.tick()
	default:
		p.network()
	}
}

// tick lets time pass until the next timer fires; false means that there is none.
func (w *world) tick() bool {
	var next *page
	var timer core.Timer
	for _, p := range w.clients {
		for t := core.TimerRedial; t <= core.TimerRetry; t++ {
			if due, armed := p.due[t]; armed && (next == nil || due < next.due[timer]) {
				next, timer = p, t
			}
		}
	}
	if next != nil {
		w.now = max(w.now, next.due[timer])
		delete(next.due, timer)
		next.step(core.Fired{Timer: timer})
	}
	return next != nil
}

// heal ends the faults, brings every user back, and lets everything come to an
// end.
func (w *world) heal() {
	w.healing = true
	w.settle()
	for _, p := range w.clients {
		p.init()
		w.settle()
		p.step(core.Login{Call: p.call(), ID: p.user, Token: "t" + p.user})
	}
	w.settle()
}

// settle lets two minutes pass in which the network works.
func (w *world) settle() {
	for end := w.now + 120_000; w.now < end; {
		for busy := true; busy; {
			busy = false
			for _, p := range w.clients {
				for p.network() {
					busy = true
				}
			}
		}
		if !w.tick() {
			w.now = end
		}
	}
}

// judge holds the end against what was asked for.
func (w *world) judge() {
	place := map[string]int{}
	chats := map[string]bool{}
	for _, s := range w.sent {
		chats[s.chatID] = true
	}
	for chatID := range chats {
		for i, raw := range w.model.Messages(chatID) {
			m := parseMessage(w.t, raw)
			_, twice := place[m.text]
			require.False(w.t, twice, "%s is in the log twice", m.text)
			place[m.text] = i
		}
	}
	last := map[string]int{}
	for _, s := range w.sent {
		i, there := place[s.text]
		if !s.reloaded {
			require.True(w.t, s.ended, "%s: its call has not ended", s.text)
			require.Equal(w.t, s.good, there, "%s: in the log", s.text)
		} else if w.model.Open(s.chatID) && w.model.Member(s.chatID, s.by.user) && s.by.user == "v" {
			require.True(w.t, there, "%s: the outbox brings it", s.text)
		}
		if !there || s.by.user == "a" {
			continue // agents leave and come back: a refusal lost in between is judged anew, later
		}
		from := s.by.name + s.chatID
		before, some := last[from]
		require.False(w.t, some && i < before, "%s has been overtaken", s.text)
		last[from] = i
	}
	for _, p := range w.clients {
		p.judge()
	}
}

type seenMessage struct {
	id, sender, text string
	imported         bool
}

func parseMessage(t testing.TB, raw wire.Raw) (m seenMessage) {
	require.NoError(t, wire.Read(raw, "id", &m.id, "sender", &m.sender, "message", &m.text, "imported", &m.imported))
	return m
}
