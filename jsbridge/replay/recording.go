// Package replay feeds a recording of ICF.Parley.debug to the core, natively, step by
// step, and says at which step it does anything else than it did in the page.
// docs/debugging.md describes the file.
package replay

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"parley/core"
	"parley/jsbridge/abi"
	"parley/jsbridge/codec"
)

// longest is the most that one line of a recording may have, in bytes.
const longest = 16 << 20

// Head is the first line of a recording.
type Head struct {
	Parley    string `json:"parley"`    // version of the script
	Recording int    `json:"recording"` // version of the format: 1
	Started   int64  `json:"started"`   // unix milliseconds
	Page      string `json:"page"`
	Agent     string `json:"agent"`   // the browser
	Dropped   int    `json:"dropped"` // entries of the beginning that did not fit
}

// Entry is one call of the core by the page, and what came of it.
type Entry struct {
	Core   int                 `json:"core"`   // the number of the core; another one takes over after a crash
	N      int                 `json:"n"`      // the number of the call, from 1 for each core
	At     float64             `json:"at"`     // milliseconds since the recording began
	Moment []json.RawMessage   `json:"moment"` // its core.Moment; the random number is a text
	Fresh  bool                `json:"fresh"`  // the core began with this call
	Cut    bool                `json:"cut"`    // the effects are not kept any more
	In     []json.RawMessage   `json:"in"`
	Out    [][]json.RawMessage `json:"out"`
}

// read gives a recording's head, then each entry to visit.
func read(from io.Reader, visit func(Entry) error) (head Head, err error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longest)
	for n := 1; lines.Scan(); n++ {
		switch {
		case n == 1:
			if err := json.Unmarshal(lines.Bytes(), &head); err != nil || head.Recording != 1 {
				return head, errors.New("this is no recording of ICF.Parley.debug in version 1 of its format")
			}
		case len(lines.Bytes()) > 0:
			var e Entry
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				return head, fmt.Errorf("line %d: %w", n, err)
			}
			if err := visit(e); err != nil {
				return head, fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
	if head.Recording == 0 && lines.Err() == nil {
		return head, errors.New("the file is empty")
	}
	return head, lines.Err()
}

// reader reads the values of an item of a recording, by their places. It keeps the first error.
type reader struct {
	values []json.RawMessage
	err    error
}

func (r *reader) value(at int, into any) {
	switch {
	case r.err != nil:
	case at >= len(r.values):
		r.err = fmt.Errorf("an item has %d values, and should have more", len(r.values))
	default:
		r.err = json.Unmarshal(r.values[at], into)
	}
}

func (r *reader) number(at int) (n int) {
	r.value(at, &n)
	return n
}

func (r *reader) str(at int) (s string) {
	r.value(at, &s)
	return s
}

// text gives a text that the recording has as JSON if it is an object or an array.
func (r *reader) text(at int) []byte {
	if r.err == nil && at < len(r.values) && len(r.values[at]) > 0 && r.values[at][0] != '"' {
		return r.values[at]
	}
	return []byte(r.str(at))
}

// inputs gives the inputs of an entry. refused is the effect that answers a command that
// cannot be read.
func (e *Entry) inputs() (list []core.Input, refused core.Effect, err error) {
	r := &reader{values: e.In}
	switch door := r.str(0); door {
	case "command":
		call := core.Call(r.number(1))
		command, bad := codec.Command(call, r.text(2), func(string) {})
		if bad != nil {
			return nil, codec.Unreadable(call, bad), r.err
		}
		list = append(list, command)
	case "frames":
		var frames []json.RawMessage
		r.value(2, &frames)
		for i := range frames {
			each := reader{values: frames}
			list = append(list, core.Frame{Epoch: r.number(1), Text: each.text(i)})
			r.err = errors.Join(r.err, each.err)
		}
	case "said":
		said := core.Said{Epoch: r.number(1), ChatID: r.str(4), UserID: r.str(5), MessageID: r.str(6), Sender: r.str(7), Request: r.str(8)}
		said.Data, said.Message = codec.KeptData, codec.KeptMessage
		r.value(2, &said.Seq)
		r.value(3, &said.Prev)
		r.value(9, &said.Imported)
		list = append(list, said)
	case "socket":
		list = append(list, socketInput(r.number(1), r.number(2), r.number(3)))
	case "timer":
		list = append(list, core.Fired{Timer: core.Timer(r.number(1))})
	case "fetched":
		list = append(list, core.Fetched{Call: core.Call(r.number(1)), Status: r.number(2), Body: r.text(3)})
	case "page":
		list = append(list, core.Page{Event: core.PageEvent(r.number(1))})
	default:
		return nil, nil, fmt.Errorf("there is no input %q: the recording is of another version", door)
	}
	return list, nil, r.err
}

func socketInput(epoch, kind, code int) core.Input {
	if kind == abi.SocketOpened {
		return core.Opened{Epoch: epoch, Direct: code != 0}
	}
	closed := core.Closed{Epoch: epoch, Code: code, Moved: kind == abi.SocketMoved}
	if kind == abi.SocketUnreached {
		closed.Unreached, closed.Code, closed.RetryAfter = true, 0, uint64(code)
	}
	return closed
}

// script is what an entry says besides its input: the moment of the first step, the facts
// that the bridge found, and the effects of the core.
type script struct {
	moment  core.Moment
	facts   []core.Input
	effects [][]json.RawMessage
}

// plan takes an entry's items apart.
func (e *Entry) plan() (s script, err error) {
	moment := reader{values: e.Moment}
	moment.value(0, &s.moment.Now)
	moment.value(1, &s.moment.Wall)
	random, bad := strconv.ParseUint(moment.str(2), 10, 64)
	s.moment.Rand = random
	err = errors.Join(moment.err, bad)
	own := false
	for _, item := range e.Out {
		r := &reader{values: item}
		name := r.str(0)
		switch {
		case own:
			own = false
		case name == "own":
			own = true
		case name == "failed":
			s.facts = append(s.facts, fact(r.number(1), r.str(2)))
		default:
			s.effects = append(s.effects, item)
		}
		err = errors.Join(err, r.err)
	}
	return s, err
}

// fact is what the core heard when an effect could not be carried out.
func fact(number int, reason string) core.Input {
	if number < 0 {
		return core.Fetched{Call: core.Call(-number), Body: []byte(reason)}
	}
	return core.Closed{Epoch: number}
}

// note adds an effect that the bridge carries out itself, as it does in the page.
func note(b *codec.Batch, effect core.Effect) {
	switch e := effect.(type) {
	case core.Dial:
		b.Note("dial", e.Epoch, string(e.Transport), e.URL)
	case core.Send:
		b.Note("send", e.Epoch, string(e.Text))
	case core.Hangup:
		b.Note("hangup", e.Epoch)
	case core.Fetch:
		b.Note("fetch", int(e.Call), e.Method, e.URL, string(e.Body))
	}
}
