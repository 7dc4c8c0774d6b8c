//go:build js && wasm

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

// program is what the exports work on. Exports are functions of the whole program,
// and so is their state. Start sets it before JavaScript can call them.
var program *shell

// shell drives the core in a page.
type shell struct {
	state   core.State
	page    page
	sockets sockets
	session sessionStore
	input   []byte
	batch   batch
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
func parleyOutput() uint32 { return address(program.batch.text) }

// address gives the address of a slice that is not empty. The garbage collector does
// not move it.
func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// parley_command carries out one command; the input is its JSON. The call is not a
// part of it, so that a command that cannot be read is rejected too.
//
//go:wasmexport parley_command
func parleyCommand(call, length int32) int32 {
	return program.run(func(s *shell) {
		command, err := s.readCommand(core.Call(call), wire.Raw(s.input[:length]))
		if err != nil {
			s.apply(core.Reject{Call: core.Call(call), Err: wire.Errorf(wire.BadArgument, "%s", err)})
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
			n := binary.LittleEndian.Uint32(rest)
			s.step(core.Frame{Epoch: int(epoch), Text: rest[4 : 4+n]})
			rest = rest[4+n:]
		}
	})
}

// parley_socket reports that a socket was opened, or closed with a code, or not
// made; the kinds are abi.SocketOpened, abi.SocketClosed and abi.SocketUnreached.
//
//go:wasmexport parley_socket
func parleySocket(epoch, kind, code int32) int32 {
	return program.run(func(s *shell) {
		if kind == abi.SocketOpened {
			s.step(core.Opened{Epoch: int(epoch)})
			return
		}
		s.sockets.forget(int(epoch))
		s.step(core.Closed{Epoch: int(epoch), Code: int(code), Unreached: kind == abi.SocketUnreached})
	})
}

// parley_timer reports that a timer has run out.
//
//go:wasmexport parley_timer
func parleyTimer(id int32) int32 {
	return program.run(func(s *shell) { s.step(core.Fired{Timer: core.Timer(id)}) })
}

// parley_stored reports that the store has finished all writes up to this one.
//
//go:wasmexport parley_stored
func parleyStored(write int32) int32 {
	return program.run(func(s *shell) { s.step(core.Stored{Write: uint64(write)}) })
}

// parley_fetched brings the response to an HTTP request or a file transfer: its status
// and, as the input, its body. With status 0 (the server was not reached) or -1 (the
// file to upload cannot be read) the input is the reason.
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
		stats := s.state.Stats()
		s.batch.text = wire.NewObject(s.batch.text[:0]).Uint("heap", mem.HeapAlloc).Uint("sys", mem.Sys).Uint("objects", mem.HeapObjects).
			Int("chats", int64(stats.Chats)).Int("pending", int64(stats.Pending)).Done()
	})
}

// run does the work of one export and gives the length of its batch. A panic, which
// would end the program silently, becomes a fatal effect.
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

// started is when the program began.
var started = time.Now()

// moment gives the time for the core. Now is when the program began and what has
// passed since: changes of the system's clock have no effect on it.
func moment() core.Moment {
	now := time.Now()
	return core.Moment{Now: started.UnixMilli() + now.Sub(started).Milliseconds(), Wall: now.UnixMilli(), Rand: rand.Uint64()}
}

// step runs the core on one input, and on the facts found by carrying out its effects.
func (s *shell) step(in core.Input) {
	s.later = append(s.later, in)
	for len(s.later) > 0 {
		in := s.later[0]
		s.later = s.later[1:]
		var effects []core.Effect
		s.state, effects = core.Step(s.state, moment(), in)
		for _, e := range effects {
			s.apply(e)
		}
	}
	s.later = nil
}

// readCommand reads {"name":"<command>","args":{}}.
func (s *shell) readCommand(call core.Call, raw wire.Raw) (core.Input, error) {
	var name string
	var args wire.Raw
	if err := wire.Read(raw, "name", &name, "args", &args); err != nil {
		return nil, err
	}
	return s.command(call, name, args)
}

// command reads the arguments of each command, in the order of index.d.ts. The page
// has checked that the required ones are there.
func (s *shell) command(call core.Call, name string, args wire.Raw) (core.Input, error) {
	switch name {
	case "init":
		c := core.Init{Call: call}
		s.session = sessionStore{}
		err := wire.Read(args, "appId", &c.App.ID, "api", &c.App.API, "socket", &c.App.Socket, "domainKey", &c.App.DomainKey,
			"session", &s.session.mode, "cookieDomain", &s.session.domain, "secure", &s.session.secure, "outbox", (*list)(&c.Outbox), "more", &c.More)
		c.Stored = s.session.load(s.page)
		if err == nil {
			err = wire.Read(args, "again", (*again)(&c))
		}
		return c, err
	case "chat.create":
		c := core.CreateChat{Call: call, Data: args.Clone()}
		err := wire.Read(args, "config", (*config)(&c.Config))
		return c, err
	case "chat.load":
		c := core.LoadChat{Call: call}
		err := wire.Read(args, "id", &c.ChatID, "config", (*config)(&c.Config))
		return c, err
	case "chat.search":
		c := core.SearchAgent{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "algorithm", &c.Algorithm)
		return c, err
	case "chat.activity":
		c := core.SendActivity{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "type", &c.Type)
		return c, err
	case "chat.send":
		c := core.SendMessage{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "text", &c.Text)
		return c, err
	case "chat.upload":
		c := core.Upload{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "name", &c.Name, "size", &c.Size)
		return c, err
	case "chat.import":
		c := core.ImportHistory{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "history", &c.History)
		c.History = c.History.Clone()
		return c, err
	case "chat.read":
		c := core.ReadMessage{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "messageId", &c.MessageID, "upTo", &c.UpTo)
		return c, err
	case "chat.close":
		c := core.CloseChat{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "extraData", &c.ExtraData)
		c.ExtraData = c.ExtraData.Clone() // the next call overwrites the input
		return c, err
	case "download":
		c := core.Download{Call: call}
		err := wire.Read(args, "path", &c.Path, "token", &c.Token)
		return c, err
	case "login":
		c := core.Login{Call: call}
		err := wire.Read(args, "id", &c.ID, "token", &c.Token)
		return c, err
	case "logout":
		return core.Logout{Call: call}, nil
	case "retry":
		c := core.Retry{Call: call}
		err := wire.Read(args, "eventId", &c.EventID)
		return c, err
	case "discard":
		c := core.Discard{Call: call}
		err := wire.Read(args, "eventId", &c.EventID)
		return c, err
	case "adopt":
		var c core.Adopt
		err := wire.Read(args, "outbox", (*list)(&c.Outbox), "more", &c.More)
		return c, err
	case "event.send":
		c := core.SendEvent{Call: call}
		err := wire.Read(args, "event", &c.Event, "data", &c.Data)
		fault(c.Event)
		c.Data = c.Data.Clone()
		return c, err
	case "api":
		c := core.API{Call: call}
		err := wire.Read(args, "method", &c.Method, "path", &c.Path, "body", &c.Body)
		c.Body = c.Body.Clone()
		return c, err
	}
	return nil, wire.Errorf(wire.UnknownCommand, "unknown command %q: the script and its WebAssembly are of different versions", name)
}

// again reads what the page has kept of an instance that died: the session, the chats,
// and the calls that wait for requests in the outbox.
type again core.Init

func (c *again) Read(raw wire.Raw) error {
	stored := core.Session{AppID: c.App.ID}
	c.Stored = nil // another page may have stored it; this page's session counts
	var calls wire.Raw
	c.Again = &core.Again{Calls: map[string]core.Call{}}
	err := wire.Read(raw, "id", &stored.ID, "token", &stored.Token, "user", &c.Again.User, "chats", (*list)(&c.Again.Chats), "calls", &calls, "now", &c.Again.Now)
	if err != nil || calls == nil {
		return err
	}
	if stored.Token != "" {
		c.Stored = &stored
	}
	return wire.Members(calls, func(key string, v wire.Raw) error {
		call, err := wire.Uint(v)
		c.Again.Calls[key] = core.Call(call)
		return err
	})
}

// config reads Chat.init's second argument.
type config core.Config

func (c *config) Read(raw wire.Raw) error {
	var attempts uint64
	var timeout wire.Raw
	err := wire.Read(raw, "assignMaxAttempts", &attempts, "assignTimeout", &timeout)
	c.AssignMaxAttempts, c.AssignTimeout = int(attempts), string(timeout)
	return err
}

// list reads the items of an array.
type list []wire.Raw

func (l *list) Read(raw wire.Raw) error {
	return wire.Items(raw, func(v wire.Raw) error {
		*l = append(*l, v.Clone())
		return nil
	})
}
