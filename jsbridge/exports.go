//go:build js && wasm

//lint:file-ignore U1000 the exported functions are called by JS, which staticcheck cannot see

package jsbridge

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"time"
	"unsafe"

	"parley/core"
	"parley/core/wire"
	"parley/jsbridge/abi"
)

// program is what the exports work on: exports are functions of the whole
// program, so their state is too. It is set by Start, before JS knows of them.
var program *shell

// shell drives the core in a page.
type shell struct {
	state   core.State
	page    page
	sockets sockets
	session sessionStore
	input   []byte
	batch   batch
	later   []core.Input // facts that came up while effects were carried out
}

// parley_input gives room for size bytes; JS writes there what the next call is
// about.
//
//go:wasmexport parley_input
func parleyInput(size int32) uint32 {
	if int(size) > cap(program.input) || program.input == nil {
		program.input = make([]byte, max(int(size), 4096))
	}
	program.input = program.input[:cap(program.input)]
	return address(program.input)
}

// parley_output gives the place of the last batch.
//
//go:wasmexport parley_output
func parleyOutput() uint32 { return address(program.batch.text) }

// address of a slice that is not empty. The garbage collector does not move it.
func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// parley_command carries out one command of the page; the input is its JSON. The
// call is not part of it, so that a command that cannot be read is refused too.
//
//go:wasmexport parley_command
func parleyCommand(call, length int32) int32 {
	return program.run(func(s *shell) {
		command, err := s.readCommand(core.Call(call), wire.Raw(s.input[:length]))
		if err != nil {
			s.apply(core.Reject{Call: core.Call(call), Err: wire.Errorf(wire.CodeBadRequest, "%s", err)})
			return
		}
		s.step(command)
	})
}

// parley_frames takes in frames in their order: each 4 bytes of length, little
// endian, then the text.
//
//go:wasmexport parley_frames
func parleyFrames(epoch, length int32) int32 {
	return program.run(func(s *shell) {
		// A step may ask for input room only through JS, which waits for us.
		for rest := s.input[:length]; len(rest) >= 4; {
			n := binary.LittleEndian.Uint32(rest)
			s.step(core.Frame{Epoch: int(epoch), Text: rest[4 : 4+n]})
			rest = rest[4+n:]
		}
	})
}

// parley_socket reports that a socket was opened, or closed with a code; the
// kinds are abi.SocketOpened and abi.SocketClosed.
//
//go:wasmexport parley_socket
func parleySocket(epoch, kind, code int32) int32 {
	return program.run(func(s *shell) {
		if kind == abi.SocketOpened {
			s.step(core.Opened{Epoch: int(epoch)})
			return
		}
		s.sockets.forget(int(epoch))
		s.step(core.Closed{Epoch: int(epoch), Code: int(code)})
	})
}

// parley_timer tells that a timer has run out.
//
//go:wasmexport parley_timer
func parleyTimer(id int32) int32 {
	return program.run(func(s *shell) { s.step(core.Fired{Timer: core.Timer(id)}) })
}

// parley_stored tells that the store has done with all writes up to this one.
//
//go:wasmexport parley_stored
func parleyStored(write int32) int32 {
	return program.run(func(s *shell) { s.step(core.Stored{Write: uint64(write)}) })
}

// parley_fetched brings the answer of an HTTP request; status 0 is a network
// failure with its reason as input.
//
//go:wasmexport parley_fetched
func parleyFetched(call, status, length int32) int32 {
	return program.run(func(s *shell) {
		s.step(core.Fetched{Call: core.Call(call), Status: int(status), Body: append([]byte(nil), s.input[:length]...)})
	})
}

// parley_page reports a change of the page; the kinds are the values of
// core.PageEvent.
//
//go:wasmexport parley_page
func parleyPage(kind int32) int32 {
	return program.run(func(s *shell) { s.step(core.Page{Event: core.PageEvent(kind)}) })
}

// parley_stats gives counts for those who measure, as one JSON object.
//
//go:wasmexport parley_stats
func parleyStats() int32 {
	return program.run(func(s *shell) {
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		held := s.state.Stats()
		s.batch.text = wire.NewObject(s.batch.text[:0]).Uint("heap", mem.HeapAlloc).Uint("sys", mem.Sys).Uint("objects", mem.HeapObjects).
			Int("chats", int64(held.Chats)).Int("pending", int64(held.Pending)).Done()
	})
}

// run does the work of one export and gives the length of its batch. A panic is
// a defect; it goes out as a fatal effect instead of ending the program unheard.
func (s *shell) run(work func(*shell)) (length int32) {
	defer func() {
		if p := recover(); p != nil {
			s.batch.fatal(p)
			length = int32(len(s.batch.text))
		}
	}()
	s.batch.begin()
	work(s)
	s.batch.end()
	return int32(len(s.batch.text))
}

// started is when the program began, by the clock on the wall; from then on only the
// time that has passed counts, as people and networks set clocks.
var started = time.Now()

func now() int64 { return started.UnixMilli() + time.Since(started).Milliseconds() }

// step runs the core on one input, and on what came of carrying its orders out.
func (s *shell) step(in core.Input) {
	s.later = append(s.later, in)
	for len(s.later) > 0 {
		in := s.later[0]
		s.later = s.later[1:]
		var effects []core.Effect
		s.state, effects = core.Step(s.state, core.Moment{Now: now(), Rand: rand.Uint64()}, in)
		for _, e := range effects {
			s.apply(e)
		}
	}
	s.later = nil
}
