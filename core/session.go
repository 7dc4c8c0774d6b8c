package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// init: fresh --> starting. With a stored session the connection itself proves
// app and token; without one the app is asked for by HTTP.
func (m *machine) init(in Init) {
	switch {
	case m.phase == Ready && in.App.ID == m.app.ID:
		m.settle(in.Call, nil)
		return
	case m.phase == Ready:
		m.reject(in.Call, wire.Errorf(wire.CodeConflict, "ICF.init has been called for app %q already", m.app.ID))
		return
	case m.phase == Starting:
		m.reject(in.Call, wire.Errorf(wire.CodeConflict, "ICF.init is under way already"))
		return
	case !isID(in.App.ID):
		m.reject(in.Call, wire.Errorf(wire.CodeUnauthorized, "unknown app id %q: ids have 1 to 64 letters, digits, _ and -", in.App.ID))
		return
	}
	m.phase, m.app, m.more = Starting, in.App, in.More
	m.handOver(in.Outbox) // behind those that were handed over to an attempt before
	if in.Again != nil {
		m.resume(in)
		return
	}
	m.enter(in.Call, entryRestore)
	if s := in.Stored; s != nil && s.AppID == in.App.ID && s.ID != "" && s.Token != "" {
		m.session = *s
		m.dial()
		return
	}
	if in.Stored != nil {
		m.do(ClearSession{})
	}
	m.validate()
}

// resume: fresh --> ready, with what the instance before this one held, as after a
// lost connection. What of it cannot be read comes back as a snapshot.
func (m *machine) resume(in Init) {
	m.phase = Ready
	for _, raw := range in.Again.Chats {
		c, err := chat.Parse(raw)
		snap, wrong := readSnapshot(raw)
		if err == nil && wrong == nil && c.Seq > 0 {
			var last string
			_ = wire.Read(raw, "last", &last) // a chat without messages has none
			m.hold(&held{Chat: c, last: last, queued: snap.queued})
		}
	}
	if in.Stored != nil {
		m.session, m.user, m.logged, m.calls = *in.Stored, in.Again.User.Clone(), true, in.Again.Calls
		m.takeOutbox()
		m.dial()
	}
	m.settle(in.Call, nil)
}

// enter notes the call that waits until the session is open.
func (m *machine) enter(call Call, kind entryKind) {
	m.entry, m.due = entry{call: call, kind: kind, deadline: m.after(m.options.LoginWithin)}, true
}

// isID tells whether an app can have this id; it goes into a URL.
func isID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// validate asks whether the app exists; its answer ends init.
func (m *machine) validate() {
	m.fetch(m.entry.call, "GET", m.app.API+"/apps/"+m.app.ID+"/validate", nil)
}

// validated: starting --answer--> ready or fresh.
func (m *machine) validated(err *wire.Error) {
	call := m.entry.call
	m.entry = entry{}
	if err != nil {
		m.phase = Fresh
		m.reject(call, err)
		return
	}
	m.phase = Ready
	m.do(Mirror{wire.NewObject(nil).Bool("isInit", true).Done()})
	m.settle(call, nil)
}

// login: ready --> connecting as this user.
func (m *machine) login(in Login) {
	switch {
	case m.phase != Ready:
		m.reject(in.Call, errNotInit())
	case m.session.Token == "":
		m.session = Session{AppID: m.app.ID, ID: in.ID, Token: in.Token}
		m.enter(in.Call, entryLogin)
		m.dial()
	case m.logged && m.session.ID == in.ID && m.session.Token == in.Token:
		m.leftover = false
		m.settle(in.Call, m.userJSON())
	default:
		m.reject(in.Call, wire.Errorf(wire.CodeConflict, "user %q is logged in or logging in: call ICF.Lobby.close() first", m.session.ID))
	}
}

// maxNamed is how many chats, the newest, session:open names; the open ones among
// the rest come back as snapshots. An agent's may grow too many for one frame.
const maxNamed = 1000

// sessionOpen is the first request of a connection: who comes back, and what
// they have seen of each chat.
func (m *machine) sessionOpen() wire.Frame {
	seen := wire.NewObject(nil)
	for _, c := range m.chats[max(0, len(m.chats)-maxNamed):] {
		if !c.behind && c.Seq > 0 {
			seen.Uint(c.ID, c.Seq)
		}
	}
	data := wire.NewObject(nil).Str("appId", m.app.ID).Str("token", m.session.Token).Bool("inParts", true).Raw("chats", seen.Done())
	m.conn.opening = m.newID()
	return wire.Frame{ID: m.conn.opening, Event: wire.EventOpen, Data: data.Done()}
}

// sessionAnswered: opening --reply--> open, or the session is refused.
func (m *machine) sessionAnswered(f wire.Frame) {
	err := f.Error
	var user wire.Raw
	var chats []wire.Raw
	if err == nil {
		user, chats, err = m.readSession(f.Data)
		if err != nil && err.Code == wire.CodeInternal { // it is tried again
			m.tell("error", errorJSON(err, ""))
		}
	}
	if err != nil {
		m.refused(err)
		return
	}
	m.takeOutbox()
	e := m.entry
	restoredEmpty := e.kind == entryRestore && len(chats) == 0 && !isAgent(user)
	if restoredEmpty && len(m.queue) == 0 && !m.more { // pages take a stored session for an open chat (interface notes, part f)
		m.hangup()
		m.endSession(nil)
		m.entry = e
		m.validated(nil)
		return
	}
	m.user, m.logged = user, true
	m.leftover = m.leftover || restoredEmpty
	m.connected()
	if e.kind != entryNone { // after a mere reconnect another tab may have ended the session
		m.do(SaveSession{m.session})
	}
	m.do(Mirror{m.sessionMirror()})
	m.adoptAll(chats)
	m.entry = entry{}
	m.phase = Ready
	m.settle(e.call, m.userJSON())
	m.tellConnection("open", "", 0)
	m.reloadMissing()
	m.flush()
}

// sessionMirror is what pages read of an open session without waiting.
func (m *machine) sessionMirror() wire.Raw {
	limits := wire.NewObject(nil).Int("message", int64(m.options.MessageLength)).Int("frame", int64(m.options.FrameBytes)).Done()
	return wire.NewObject(nil).Bool("isInit", true).Bool("logged", true).Raw("user", m.user).Str("token", m.session.Token).Raw("limits", limits).Done()
}

func (m *machine) userJSON() wire.Raw { return wire.NewObject(nil).Raw("user", m.user).Done() }

// adoptAll takes in the chats of a session's reply.
func (m *machine) adoptAll(chats []wire.Raw) {
	for _, c := range m.chats {
		c.gap, c.here = true, false
	}
	for _, raw := range chats {
		if _, err := m.adopt(raw, Config{}, 1<<64-1); err != nil { // asked on this very connection: no older answer
			m.tell("error", errorJSON(err, ""))
		}
	}
}

// reloadMissing loads the chats that the session's reply did not bring up to date:
// they were closed meanwhile, or the server has lost them or cannot give them now.
func (m *machine) reloadMissing() {
	for _, c := range m.chats {
		if c.behind || !c.here && c.Status != chat.Closed {
			if c.load != nil {
				c.load.next = 0
			}
			m.reload(c)
		}
	}
}

// leftoverSent: the server has said what became of what an earlier page left, and
// this page has asked for nothing: the session is over, as it would have been
// without that.
func (m *machine) leftoverSent() {
	if !m.more && len(m.queue)+len(m.chats) == 0 {
		m.hangup()
		m.endSession(nil)
	}
}

func (m *machine) readSession(data wire.Raw) (user wire.Raw, chats []wire.Raw, refusal *wire.Error) {
	var id string
	var held, limits wire.Raw
	err := wire.Read(data, "user", &user, "chats", &held, "limits", &limits)
	if err == nil {
		user = bytes.Clone(user)
		id, err = chat.Text(user, "id")
	}
	if err == nil && held != nil {
		err = wire.Members(held, func(_ string, chat wire.Raw) error {
			chats = append(chats, chat)
			return nil
		})
	}
	if err == nil && limits != nil {
		err = m.readLimits(limits)
	}
	switch {
	case err != nil:
		return nil, nil, wire.Errorf(wire.CodeInternal, "the server's answer to session:open: %s", err)
	case id != m.session.ID:
		return nil, nil, wire.Errorf(wire.CodeForbidden, "the token is not of user %q", m.session.ID)
	}
	return user, chats, nil
}

func isAgent(user wire.Raw) bool {
	var provider string
	return wire.Read(user, "providerId", &provider) == nil && provider != ""
}

func (m *machine) readLimits(v wire.Raw) error {
	var message, frame uint64
	err := wire.Read(v, "message", &message, "frame", &frame, "media", &m.media)
	if message > 0 {
		m.options.MessageLength = int(message)
	}
	if frame > 0 {
		m.options.FrameBytes = int(frame)
	}
	return err
}

// refused: the server does not open this session. What a later attempt may heal
// is tried again; all else ends the session.
func (m *machine) refused(err *wire.Error) {
	if err.Code >= 500 || err.Code == wire.CodeTooMany || err.Code == wire.CodeTimeout {
		m.giveUpConnection(reasonRefused)
		return
	}
	m.hangup()
	e := m.entry
	m.endSession(err)
	switch e.kind {
	case entryRestore: // the stored session is dead, the app may still be right
		m.entry = e
		m.validate()
	case entryLogin:
		m.reject(e.call, err)
	default:
		m.tell("error", errorJSON(err, ""))
	}
}

// giveUp: the session did not open in time.
func (m *machine) giveUp() {
	e := m.entry
	err := wire.Errorf(wire.CodeUnavailable, "the chat server could not be reached within %s", m.options.LoginWithin)
	m.hangup()
	if e.kind == entryRestore { // the stored session stays: the next page may reach the server
		m.entry, m.session, m.phase = entry{}, Session{}, Fresh
		m.unfetch(e.call)
	} else {
		m.endSession(err) // what was asked for meanwhile was this user's
	}
	m.reject(e.call, err)
}

// logout ends the session, for which nobody waits; what waits is told so.
func (m *machine) logout(in Logout) {
	if m.phase != Ready {
		m.reject(in.Call, errNotInit())
		return
	}
	err := wire.Errorf(wire.CodeUnauthorized, "ICF.Lobby.close was called")
	if m.conn.phase == connOpen {
		m.sendFrame(wire.Frame{ID: m.newID(), Event: wire.EventClose})
	}
	if m.session.Token != "" {
		m.past = m.session.Token
	}
	m.hangup()
	m.reject(m.entry.call, err)
	m.clearOutbox(m.session)
	m.endSession(err)
	m.settle(in.Call, nil)
}

// endSession forgets user and chats and rejects what waits.
func (m *machine) endSession(err *wire.Error) {
	m.entry, m.leftover = entry{}, false
	ended := m.session
	m.session, m.user, m.logged = Session{}, nil, false
	m.chats, m.places = nil, nil
	m.strangers, m.wanted, m.loading = nil, nil, 0
	queue := m.queue
	m.queue = nil
	for _, r := range queue {
		if r.load == nil {
			m.fail(r, err)
		}
	}
	m.failed = nil
	m.endTransfers("", err)
	m.do(ClearSession{ended})
	// Who it was stays readable: pages look when they tidy up after a chat.
	m.do(Mirror{wire.Raw(`{"logged":false,"token":null}`)})
	m.do(Drop{})
}

func errNotInit() *wire.Error {
	return wire.Errorf(wire.CodeBadRequest, "call ICF.init first, and wait for it")
}
