//go:build js && wasm

package jsbridge

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/hack-pad/safejs"

	"parley/core"
	"parley/core/wire"
	"parley/jsbridge/abi"
	"parley/jsbridge/codec"
)

// program is what the exports work on. Exports are functions of the whole program,
// and so is their state. Start sets it before JavaScript can call them.
var program *shell

// shell drives the core in a page.
type shell struct {
	core    *core.Machine
	effects []core.Effect // room for those of a step
	page    page
	sockets sockets
	input   []byte
	batch   codec.Batch
	at      core.Moment
	later   []core.Input // facts found while effects are carried out
}

// parley_input makes room for size bytes, where JavaScript writes the input of the
// next call.
//
//go:wasmexport parley_input
func parleyInput(size int32) uint32 {
	if int(size) > cap(program.input) || program.input == nil {
		program.input = make([]byte, max(int(size), 4096))
	}
	program.input = program.input[:cap(program.input)]
	return address(program.input)
}

// parley_output gives the address of the last batch.
//
//go:wasmexport parley_output
func parleyOutput() uint32 { return address(program.batch.Text) }

// address gives the address of a slice that is not empty. The garbage collector does
// not move it.
func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// parley_command carries out one command; the input is its JSON. The call is not a
// part of it, so that a command that cannot be read is rejected too.
//
//go:wasmexport parley_command
func parleyCommand(call, length int32) int32 {
	return program.run(func(s *shell) {
		command, err := codec.Command(core.Call(call), wire.Raw(s.input[:length]), fault)
		if err != nil {
			s.apply(codec.Unreadable(core.Call(call), err))
			return
		}
		s.step(command)
	})
}

// parley_frames takes frames of the socket with this epoch, in their order. In the
// input, each follows its length in 4 bytes, little endian.
//
//go:wasmexport parley_frames
func parleyFrames(epoch, length int32) int32 {
	return program.run(func(s *shell) {
		// No step overwrites the input: only JavaScript does, which waits for us.
		for rest := s.input[:length]; len(rest) >= 4; {
			n := uint32(rest[0]) | uint32(rest[1])<<8 | uint32(rest[2])<<16 | uint32(rest[3])<<24
			s.step(core.Frame{Epoch: int(epoch), Text: rest[4 : 4+n]})
			rest = rest[4+n:]
		}
	})
}

// parley_said takes a frame with a message, which the page has parsed and keeps: its place
// in the log, and as the input, one after the other, the ids of the chat, the user, the
// message, its sender and the request that it answers, of so many bytes each. In effects
// codec.KeptData stands for the frame's data and codec.KeptMessage for the message.
//
//go:wasmexport parley_said
func parleySaid(epoch int32, seq, prev float64, chat, user, message, sender, request, imported int32) int32 {
	return program.run(func(s *shell) {
		ids := string(s.input[:chat+user+message+sender+request])
		next := func(length int32) (id string) {
			id, ids = ids[:length], ids[length:]
			return id
		}
		s.step(core.Said{
			Epoch: int(epoch), Seq: uint64(seq), Prev: uint64(prev), ChatID: next(chat), UserID: next(user), MessageID: next(message), Sender: next(sender),
			Request: next(request), Imported: imported != 0, Data: codec.KeptData, Message: codec.KeptMessage,
		})
	})
}

// parley_socket reports that a socket was opened, or closed with a code, or not
// made; the kinds are abi.SocketOpened and those after it.
//
//go:wasmexport parley_socket
func parleySocket(epoch, kind, code int32) int32 {
	return program.run(func(s *shell) {
		if kind == abi.SocketOpened {
			s.step(core.Opened{Epoch: int(epoch), Direct: code != 0})
			return
		}
		s.sockets.forget(int(epoch))
		closed := core.Closed{Epoch: int(epoch), Code: int(code), Moved: kind == abi.SocketMoved}
		if kind == abi.SocketUnreached {
			closed.Unreached, closed.Code, closed.RetryAfter = true, 0, uint64(code)
		}
		s.step(closed)
	})
}

// parley_timer reports that a timer has run out.
//
//go:wasmexport parley_timer
func parleyTimer(id int32) int32 {
	return program.run(func(s *shell) { s.step(core.Fired{Timer: core.Timer(id)}) })
}

// parley_fetched brings the response to an HTTP request or a file transfer: its status
// and, as the input, its body. With status 0 (the server was not reached) or -1 (the
// file to upload cannot be read) the input is the reason. Status -2 gives the file up.
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

// parley_stats gives figures of the program, as one JSON object.
//
//go:wasmexport parley_stats
func parleyStats() int32 {
	return program.run(func(s *shell) {
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		stats := s.core.Stats()
		s.batch.Text = wire.NewObject(s.batch.Text[:0]).Uint("heap", mem.HeapAlloc).Uint("sys", mem.Sys).Uint("objects", mem.HeapObjects).
			Int("chats", int64(stats.Chats)).Int("pending", int64(stats.Pending)).Done()
	})
}

// parley_trace has batches tell everything from now on, or no longer (0); package codec
// says what. The page skips what is not for it.
//
//go:wasmexport parley_trace
func parleyTrace(on int32) int32 {
	program.batch.Trace = on != 0
	return 0
}

// run does the work of one export and gives the length of its batch. A panic, which
// would end the program silently, becomes a fatal effect.
func (s *shell) run(work func(*shell)) (length int32) {
	defer func() {
		if p := recover(); p != nil {
			trace()
			s.batch.Fatal(p)
			length = int32(len(s.batch.Text))
		}
	}()
	s.batch.Begin()
	work(s)
	s.batch.End()
	return int32(len(s.batch.Text))
}

// parley_moment says when the next call comes: milliseconds that no change of the
// system's clock touches, unix milliseconds by that clock, and a random number. So the
// core does the same again when it is given the same.
//
//go:wasmexport parley_moment
func parleyMoment(now, wall float64, random int64) int32 {
	program.at = core.Moment{Now: int64(now), Wall: int64(wall), Rand: uint64(random)}
	return 0
}

// step runs the core on one input, and on the facts found by carrying out its effects.
func (s *shell) step(in core.Input) {
	for {
		s.effects = s.core.Step(s.at, in, s.effects[:0])
		s.at = codec.Next(s.at)
		for _, e := range s.effects {
			s.apply(e)
		}
		clear(s.effects) // they hold memory
		if len(s.later) == 0 {
			return
		}
		in, s.later = s.later[0], s.later[1:]
	}
}

// failed has the core hear, as its next input, that an effect could not be carried out.
func (s *shell) failed(number int, in core.Input, reason string) {
	s.batch.Note("failed", number, reason)
	s.later = append(s.later, in)
}

// apply carries out an effect. The batch takes most of them, for the page; the rare ones
// are done here, through safejs.
func (s *shell) apply(effect core.Effect) {
	if s.batch.Effect(effect) {
		return
	}
	switch e := effect.(type) {
	case core.Dial:
		s.batch.Note("dial", e.Epoch, string(e.Transport), e.URL)
		if err := s.sockets.dial(s.page, e); err != nil {
			s.warn(wire.NotDialled, "the connection cannot be made", err)
			s.failed(e.Epoch, core.Closed{Epoch: e.Epoch}, err.Error())
		}
	case core.Send:
		s.batch.Note("send", e.Epoch, string(e.Text))
		if err := s.sockets.send(e.Epoch, e.Text); err != nil {
			s.failed(e.Epoch, core.Closed{Epoch: e.Epoch}, err.Error())
		}
	case core.Hangup:
		s.batch.Note("hangup", e.Epoch)
		s.sockets.close(e.Epoch)
	case core.Fetch:
		s.batch.Note("fetch", int(e.Call), e.Method, e.URL, string(e.Body))
		if err := s.page.fetch(e); err != nil {
			s.failed(-int(e.Call), core.Fetched{Call: e.Call, Body: []byte(err.Error())}, err.Error())
		}
	}
}

// warn emits an error after which the chat goes on.
func (s *shell) warn(reason wire.Reason, what string, err error) {
	s.batch.Warn(wire.Errorf(reason, "%s: %s", what, err))
}

// sockets are the page's WebSockets, or those by HTTP, by epoch. One is in use at a time; an older one
// may still be closing.
type sockets map[int]safejs.Value

var errNoSocket = errors.New("the socket is closed")

// dial has the page make a socket and listen to it.
func (s sockets) dial(p page, e core.Dial) error {
	socket, err := p.half.Call("dial", string(e.Transport), e.URL, e.Epoch)
	if err == nil {
		s[e.Epoch] = socket
	}
	return err
}

// send sends one text message. The browser's buffer has no limit, but the core's queue
// of requests has (core.Options.MaxPending and PendingBytes).
func (s sockets) send(epoch int, text []byte) error {
	socket, ok := s[epoch]
	if !ok {
		return errNoSocket
	}
	_, err := socket.Call("send", string(text))
	return err
}

// close begins to close the socket with code 1000. Nothing waits for the end.
func (s sockets) close(epoch int) {
	socket, ok := s[epoch]
	if !ok {
		return
	}
	delete(s, epoch)
	// It fails only for codes that are not allowed; 1000 is.
	_, _ = socket.Call("close", 1000)
}

func (s sockets) forget(epoch int) { delete(s, epoch) }
