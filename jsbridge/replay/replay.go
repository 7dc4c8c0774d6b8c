package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"parley/core"
	"parley/jsbridge/codec"
)

// Result says how a replay went.
type Result struct {
	Entries  int // that the recording has
	Replayed int // of them, those that were fed to a core
	Compared int // of them, those whose effects the recording has
	Cores    int
	Differs  int    // the line's number of the first entry whose effects differ, 0 if none
	Skipped  string // why entries were not replayed; "" if all were
}

// Replay writes the timeline of a recording, and stops at the first entry whose effects
// differ from the recorded ones, both of which it writes.
func Replay(recording io.Reader, out io.Writer) (Result, error) {
	p := &player{out: out, cores: map[int]*state{}}
	head, err := read(recording, p.play)
	if errors.Is(err, errDiffers) {
		err = nil
	}
	if err != nil {
		return p.Result, err
	}
	if head.Dropped > 0 {
		p.Skipped = fmt.Sprintf("%d entries of the beginning did not fit into the recording", head.Dropped)
	}
	p.Cores = len(p.cores)
	return p.Result, nil
}

type player struct {
	Result
	out   io.Writer
	cores map[int]*state
}

// state is a core under replay; a nil one cannot be replayed.
type state struct {
	core *core.Machine
	n    int
}

var errDiffers = errors.New("the effects differ")

func (p *player) play(e Entry) error {
	p.Entries++
	p.print(&e)
	s := p.find(&e)
	if s == nil {
		return nil
	}
	plan, err := e.plan()
	if err != nil {
		return err
	}
	got, err := s.step(&e, plan)
	if err != nil {
		return err
	}
	p.Replayed++
	if e.Cut {
		return nil
	}
	p.Compared++
	if at := firstDifference(plan.effects, got); at >= 0 {
		p.Differs = p.Entries + 1
		fmt.Fprintf(p.out, "\nhere the effects differ, at the %s\n  recorded  %s\n  replayed  %s\n", ordinal(at+1), one(plan.effects, at), one(got, at))
		return errDiffers
	}
	return nil
}

// find gives the core of an entry, nil if the recording lacks its beginning.
func (p *player) find(e *Entry) *state {
	s, known := p.cores[e.Core]
	if !known {
		if e.Fresh {
			s = &state{core: core.New(core.Options{})}
		} else {
			p.Skipped = "the recording began after the core did; begin it before ICF.init, or reload the page with the switch"
		}
		p.cores[e.Core] = s
	}
	if s == nil {
		return nil
	}
	if s.n++; e.N != s.n {
		p.Skipped = fmt.Sprintf("entry %d of core %d is missing", s.n, e.Core)
		p.cores[e.Core] = nil
		return nil
	}
	return s
}

// step feeds one entry to its core and gives the effects.
func (s *state) step(e *Entry, plan script) (effects [][]json.RawMessage, err error) {
	inputs, refused, err := e.inputs()
	if err != nil {
		return nil, err
	}
	var batch codec.Batch
	batch.Trace = true
	batch.Begin()
	defer func() {
		if broken := recover(); broken != nil {
			batch.Fatal(broken)
			effects, err = items(batch.Text)
		}
	}()
	if refused != nil {
		batch.Effect(refused)
	}
	at := plan.moment
	for _, in := range append(inputs, plan.facts...) {
		done := s.core.Step(at, in, nil)
		at = codec.Next(at)
		for _, effect := range done {
			if !batch.Effect(effect) {
				note(&batch, effect)
			}
		}
	}
	batch.End()
	return items(batch.Text)
}

// items reads a batch in the form of a recording.
func items(batch []byte) (list [][]json.RawMessage, err error) {
	if len(batch) > 0 {
		err = json.Unmarshal(batch, &list)
	}
	return list, err
}

func firstDifference(want, got [][]json.RawMessage) int {
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || !reflect.DeepEqual(plain(want[i]), plain(got[i])) {
			return i
		}
	}
	return -1
}

// plain gives an item so that equal ones are equal: the text of a frame or a body is what
// its JSON says, whatever its spaces and the order of its members.
func plain(item []json.RawMessage) []any {
	all := make([]any, len(item))
	for i, raw := range item {
		var v any
		if json.Unmarshal(raw, &v) != nil {
			v = string(raw)
		}
		if text, is := v.(string); is && (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) {
			var inner any
			if json.Unmarshal([]byte(text), &inner) == nil {
				v = inner
			}
		}
		all[i] = v
	}
	return all
}

func one(list [][]json.RawMessage, at int) string {
	if at >= len(list) {
		return "nothing"
	}
	return line(list[at], 2000)
}

// print writes an entry as lines of the timeline.
func (p *player) print(e *Entry) {
	at := time.Duration(e.At * float64(time.Millisecond)).Round(time.Millisecond)
	fmt.Fprintf(p.out, "%10s  in   %s\n", at, line(e.In, 160))
	for _, item := range e.Out {
		if text := line(item, 160); text != "own 0" {
			fmt.Fprintf(p.out, "%10s  out  %s\n", "", text)
		}
	}
}

// line gives an item in one line: its name, then its values.
func line(item []json.RawMessage, most int) string {
	words := make([]string, len(item))
	for i, raw := range item {
		words[i] = string(raw)
		var text string
		if json.Unmarshal(raw, &text) == nil && (i == 0 || text != "") {
			words[i] = text
		}
	}
	text := strings.Join(words, " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first effect"
	case 2:
		return "second effect"
	}
	return fmt.Sprintf("effect number %d", n)
}
