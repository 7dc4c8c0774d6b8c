//go:build !js

package core_test

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

// scene plays a client against a scripted server and page, for hours of simulated
// time. Frames take a millisecond.
type scene struct {
	*script
	accepts []string                    // lines of script that follow a dial
	answers func(f wire.Frame) []string // lines of script that answer a frame
	every   time.Duration               // how often does is called, 0 for never
	does    func() []string             // lines of script that do not depend on the client

	soon  []line
	count map[string]int // of effects by their first word, and of requests by their event
	hope  string         // text that an effect must have
	heard bool           // an effect had it
}

type line struct {
	at   int64
	text string
}

// fullSpeed is more steps than a client with a limited rate can make.
const fullSpeed = 50_000

func newScene(s *script) *scene {
	return &scene{script: s, accepts: []string{"opened"}, count: map[string]int{}}
}

// pass lets time pass.
func (w *scene) pass(d time.Duration) {
	end, next := w.now+d.Milliseconds(), w.now
	if w.every == 0 {
		next = end + 1
	}
	for steps := 0; ; steps++ {
		require.Less(w.t, steps, fullSpeed, "a loop at full speed: %v", w.count)
		timer, due := w.earliest()
		switch {
		case len(w.soon) > 0 && w.soon[0].at <= min(due, next, end):
			w.now = w.soon[0].at
			text := w.soon[0].text
			w.soon = w.soon[1:]
			w.see(w.line(text))
		case next <= min(due, end):
			w.now = next
			next += w.every.Milliseconds()
			for _, text := range w.does() {
				w.see(w.line(text))
			}
		case due <= end:
			w.see(w.line("fire " + timer))
		default:
			w.now = end
			return
		}
	}
}

// earliest is the timer that fires next.
func (w *scene) earliest() (name string, due int64) {
	due = 1 << 62
	for timer, at := range w.script.due {
		if at < due || at == due && timerName(timer) < name {
			name, due = timerName(timer), at
		}
	}
	return name, max(due, w.now)
}

// see counts effects, and lets the server answer.
func (w *scene) see(effects []string) {
	for _, effect := range effects {
		word, rest, _ := strings.Cut(effect, " ")
		w.count[word]++
		w.heard = w.heard || strings.Contains(effect, w.hope)
		switch word {
		case "dial":
			w.soon = nil
			w.later(w.accepts)
		case "hangup":
			w.soon = nil
		case "send":
			_, text, _ := strings.Cut(rest, " ")
			f, err := wire.Parse([]byte(text))
			require.NoError(w.t, err)
			w.count[f.Event]++
			w.later(w.answers(f))
		case "emit":
			words := strings.SplitN(rest, " ", 4)
			if words[0] == "parley" {
				w.count[words[1]]++
			} else {
				w.count[words[2]]++
			}
		}
	}
}

func (w *scene) later(texts []string) {
	for _, text := range texts {
		w.soon = append(w.soon, line{w.now + 1, text})
	}
}
