package core

import (
	"time"

	"parley/core/wire"
)

// machine is one Step under way.
type machine struct {
	State
	random      uint64
	effects     []Effect
	newDeadline bool // a deadline was added, or TimerDeadline has fired
}

// Step gives the state after an input, and the effects to carry out. It never
// fails: what cannot be done is a Reject or an emitted error. The state passed in
// must not be used again.
func Step(s State, at Moment, in Input) (State, []Effect) {
	m := machine{State: s, random: at.Rand}
	m.tick(at.Now)
	m.route(in)
	if m.moreStored {
		m.takeMore()
	}
	if len(m.resyncs) > 0 {
		m.startResyncs()
	}
	if m.newDeadline {
		m.watchDeadlines()
	}
	return m.State, m.effects
}

// route has a case for each type of Input.
func (m *machine) route(in Input) {
	switch in := in.(type) {
	case Init:
		m.init(in)
	case API:
		m.api(in)
	case Login:
		m.login(in)
	case Logout:
		m.logout(in)
	case CreateChat:
		m.createChat(in)
	case LoadChat:
		m.loadChat(in)
	case SearchAgent:
		m.searchAgent(in)
	case SendActivity:
		m.sendActivity(in)
	case SendMessage:
		m.sendMessage(in)
	case Upload:
		m.upload(in)
	case Download:
		m.download(in)
	case ImportHistory:
		m.importHistory(in)
	case ReadMessage:
		m.readMessage(in)
	case CloseChat:
		m.closeChat(in)
	case Retry:
		m.retry(in)
	case Discard:
		m.discard(in)
	case SendEvent:
		m.sendEvent(in)
	case Adopt:
		m.adoptOutbox(in)
	case Stored:
		m.stored(in.Write)
	case Fetched:
		m.fetched(in)
	case Fired:
		m.fired(in.Timer)
	case Page:
		m.page(in.Event)
	case Opened:
		if m.current(in.Epoch) {
			m.opened()
		}
	case Closed:
		if m.current(in.Epoch) {
			m.conn.code = in.Code
			m.lost(0, reasonLost)
		}
	case Frame:
		if m.current(in.Epoch) && m.conn.phase != connDialing {
			m.receiveFrame(in.Text)
		}
	}
}

// current tells whether a fact is of the current connection. Those of older ones
// are dropped.
func (m *machine) current(epoch int) bool {
	return epoch == m.conn.epoch && m.conn.phase != connDown
}

func (m *machine) do(e Effect) { m.effects = append(m.effects, e) }

func (m *machine) arm(t Timer, after time.Duration) { m.do(Arm{t, after}) }

func (m *machine) disarm(t Timer) { m.do(Disarm{t}) }

func (m *machine) sendFrame(f wire.Frame) {
	m.do(Send{m.conn.epoch, f.Append(nil)})
}

func (m *machine) settle(c Call, value wire.Raw) {
	if c != 0 {
		m.do(Settle{c, value})
	}
}

func (m *machine) reject(c Call, err *wire.Error) {
	if c != 0 {
		m.do(Reject{c, err})
	}
}

// notify emits to ICF.Parley's listeners.
func (m *machine) notify(event string, data wire.Raw) {
	m.do(Emit{To: ToParley, Event: event, Data: data})
}

// reportDefect emits an error about something that the server or the store got wrong.
func (m *machine) reportDefect(chatID, format string, args ...any) {
	m.notify("error", errorJSON(wire.Errorf(wire.CodeInternal, format, args...), chatID))
}

// emitToChat emits to a chat's listeners.
func (m *machine) emitToChat(chatID, event string, data wire.Raw) {
	m.do(Emit{To: ToChat, ChatID: chatID, Event: event, Data: data})
}

// about begins an object about a chat.
func about(chatID string) *wire.Object { return wire.NewObject(nil).Str("chatId", chatID) }

// by begins an object about what a user did in a chat.
func by(chatID, userID string) *wire.Object { return about(chatID).Str("userId", userID) }

func errorJSON(err *wire.Error, chatID string) wire.Raw {
	return wire.NewObject(nil).Int("code", int64(err.Code)).Str("message", err.Message).StrIf("chatId", chatID).Done()
}
