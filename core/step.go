package core

import (
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// Step does what an input asks for, and appends the effects to carry out to dst. It
// never fails: what cannot be done is a Reject or an emitted error.
func (m *Machine) Step(at Moment, in Input, dst []Effect) []Effect {
	m.effects, m.random, m.newDeadline = dst, at.Rand, false
	m.tick(at)
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
	effects := m.effects
	m.effects = nil
	return effects
}

// route has a case for each type of Input.
func (m *Machine) route(in Input) {
	switch in := in.(type) {
	case Init:
		m.init(in)
	case API:
		m.api(in)
	case Login:
		m.login(in)
	case Logout:
		m.logout(in)
	case Renewable:
		m.renewable = true
		m.settle(in.Call, nil)
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
	case Fetched:
		m.fetched(in)
	case Fired:
		m.fired(in.Timer)
	case Page:
		m.page(in.Event)
	case Opened:
		if m.current(in.Epoch) {
			m.conn.direct = in.Direct
			m.opened()
		}
	case Closed:
		if m.current(in.Epoch) {
			m.conn.code, m.conn.nobody = in.Code, in.Unreached
			if in.Moved {
				m.lost(0, reasonMoved)
			} else {
				m.refused(in.RetryAfter, reasonLost)
			}
		}
	case Frame:
		if m.current(in.Epoch) && m.conn.phase != connDialing {
			m.receiveFrame(in.Text)
		}
	case Said:
		if m.current(in.Epoch) && m.conn.phase != connDialing {
			m.receiveSaid(in)
		}
	}
}

// current tells whether a fact is of the current connection. Those of older ones
// are dropped.
func (m *Machine) current(epoch int) bool {
	return epoch == m.conn.epoch && m.conn.phase != connDown
}

func (m *Machine) do(e Effect) { m.effects = append(m.effects, e) }

func (m *Machine) arm(t Timer, after time.Duration) { m.do(Arm{t, after}) }

func (m *Machine) disarm(t Timer) { m.do(Disarm{t}) }

// roomForFrame is what the frames of most requests need beside their data, so that they
// are not copied as they grow.
const roomForFrame = 128

func (m *Machine) sendFrame(f wire.Frame) {
	m.do(Send{m.conn.epoch, f.Append(make([]byte, 0, len(f.Data)+roomForFrame))})
}

func (m *Machine) settle(c Call, value wire.Raw) {
	if c != 0 {
		m.do(Settle{c, value})
	}
}

func (m *Machine) reject(c Call, err *wire.Error) {
	if c != 0 {
		m.do(Reject{c, err})
	}
}

// notify emits to ICF.Parley's listeners.
func (m *Machine) notify(event string, data wire.Raw) {
	m.do(Emit{To: ToParley, Event: event, Data: data})
}

// reportDefect emits an error about something that the server or the store got wrong.
func (m *Machine) reportDefect(chatID, format string, args ...any) {
	m.notify("error", errorJSON(wire.Errorf(wire.BadAnswer, format, args...), chatID))
}

// emitToChat emits to a chat's listeners.
func (m *Machine) emitToChat(chatID, event string, data wire.Raw) {
	m.do(Emit{To: ToChat, ChatID: chatID, Event: event, Data: data})
}

// about begins an object about a chat.
func about(chatID string) *wire.Object {
	return wire.NewObject(make([]byte, 0, 256)).Str("chatId", chatID)
}

// by begins an object about what a user did in a chat.
func by(chatID, userID string) *wire.Object { return about(chatID).Str("userId", userID) }

func errorJSON(err *wire.Error, chatID string) wire.Raw {
	return wire.NewObject(nil).Int("code", int64(err.Code)).Str("message", err.Message).StrIf("chatId", chatID).StrIf("reason", err.Reason).Done()
}

// Phase is how far Init has come.
type Phase int

const (
	Fresh    Phase = iota // Init was not called, or failed
	Starting              // Init is under way
	Ready                 // the server knows the app
)

// Machine is a client, with all that it knows. New makes it and only Step changes it:
// two that were given the same inputs are equal.
type Machine struct {
	options       Options
	phase         Phase
	app           App
	session       Session      // opening or open; with a Token, the client keeps a connection
	renewable     bool         // the page has said Renewable
	renewing      bool         // the session was refused, and the page is asked for another one
	previousToken string       // of the session that Logout ended, which the server accepts for reading a while longer
	user          wire.Raw     // the profile, once the session is open
	logged        bool         // the session is open, or was before the connection was lost
	pendingLogin  pendingLogin // the init or login that waits for the session to open

	clock
	conn           connection
	queue          []*request      // requests without an answer, in the order of the commands
	fetches        []pendingFetch  // HTTP requests without a response
	transfers      []*fileTransfer // uploads and downloads, running and waiting
	media          mediaRules      // the server's rules for uploads
	chats          []*replica      // one for a visitor, some dozens for an agent
	places         map[string]int  // by chat id, the index in chats
	unknownChats   []*resyncState  // chats without a replica that pushes were about
	resyncs        []*resyncState  // chats to load, not requested yet
	resyncsRunning int             // how many are requested
	outbox         []wire.Raw      // records of earlier pages, until their users log in
	failed         []*request      // the last messages that the server refused
	calls          map[string]Call // by request id, the callers left by an instance that died
	moreStored     bool            // the store has more records of ended pages
	askedForMore   bool            // TakeMore was ordered and is not answered
	drainOnly      bool            // no chat is open: the session is there to send what an earlier page left
	alarmAt        deadline        // when TimerDeadline fires, 0 if it is not armed
	gracePeriod    bool            // TimerDeadline has fired late, see firedLate

	// Of the Step under way:
	effects     []Effect
	random      uint64
	newDeadline bool // a deadline was added, or TimerDeadline has fired
}

// pendingLogin is the Init or Login that waits for the session to open.
type pendingLogin struct {
	call     Call
	kind     loginKind
	deadline deadline
}

type loginKind int

const (
	loginNone loginKind = iota
	loginRestore
	loginNew
)

// replica is this client's copy of a chat, kept up to date by pushes.
type replica struct {
	chat.Chat
	config      Config
	lastMessage string       // id of the newest message known
	resync      *resyncState // nil if the chat was never loaded again
	announced   uint64       // the highest position in pushes that could not be applied, 0 if there are none
	subscribed  bool         // the server sends pushes of it on the current connection
	stale       bool         // something was missed: nothing is applied before the next snapshot
	reportGap   bool         // pushes were missed: the next snapshot emits "gap", unless the log is replayed
	redacted    bool         // content was removed from what the page has: the next snapshot emits "gap"
	inQueue     bool         // it waits in the queue for an agent

	// Of a snapshot that arrives in parts:
	missed    []message // those after lastMessage
	lastPart  uint64    // where the last part begins
	foundLast bool      // lastMessage has come, so that all later ones were missed
}

// replica gives the replica of a chat. A chat without a replica gives nil.
func (m *Machine) replica(id string) *replica {
	if i, there := m.places[id]; there {
		return m.chats[i]
	}
	return nil
}

// putReplica adds a replica, or replaces the one of the same chat.
func (m *Machine) putReplica(c *replica) {
	if i, there := m.places[c.ID]; there {
		m.chats[i] = c
		return
	}
	if m.places == nil {
		m.places = map[string]int{}
	}
	m.places[c.ID] = len(m.chats)
	m.chats = append(m.chats, c)
}

// New gives a client before Init. Zero options mean the defaults.
func New(o Options) *Machine {
	return &Machine{options: o.withDefaults()}
}

// Stats has the number of chats, and of requests, fetches and transfers that are
// not done.
type Stats struct{ Chats, Pending int }

// Stats gives the present numbers.
func (m *Machine) Stats() Stats {
	return Stats{Chats: len(m.chats), Pending: len(m.queue) + len(m.fetches) + len(m.transfers)}
}

// clock is the client's time. Deadlines use now, which never goes back, because
// people and networks set clocks, and a clock may be wrong by years. For the same
// reason times that are compared with those of other pages use the server's time.
type clock struct {
	now        int64  // milliseconds
	last       int64  // Moment.Now of the last Step
	wall       int64  // unix milliseconds by the system clock, for times that pages show
	ahead      int64  // how far the server's clock is ahead of now
	aheadKnown bool   // the server has said what its clock shows
	idCount    uint64 // how many ids were made
	lastIDTime int64  // the time in the newest id that was made or seen
}

// deadline is a time of clock.now.
type deadline = int64

// tick sets the time at the beginning of a Step.
func (c *clock) tick(at Moment) {
	if c.last == 0 {
		c.now = at.Now
	} else {
		c.now += max(0, at.Now-c.last)
	}
	c.last, c.wall = at.Now, at.Wall
	if at.Wall == 0 {
		c.wall = at.Now
	}
}

// setServerTime takes over what the server's clock shows now, in unix milliseconds.
// What no clock can show is ignored.
func (c *clock) setServerTime(t uint64) {
	const absurd = 1 << 47 // the year 6429
	if t > 0 && t < absurd {
		c.ahead, c.aheadKnown = int64(t)-c.now, true
	}
}

// serverTime gives what the server's clock shows now, in unix milliseconds; while that
// is not known, what the system clock shows.
func (c *clock) serverTime() int64 {
	if c.aheadKnown {
		return c.now + c.ahead
	}
	return c.wall
}

// after gives the time that is d from now.
func (c *clock) after(d time.Duration) deadline { return c.now + d.Milliseconds() }
