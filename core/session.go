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
	m.phase, m.app, m.moreStored = Starting, in.App, in.More
	m.addToOutbox(in.Outbox) // behind those that were handed over to an attempt before
	if in.Again != nil {
		m.resume(in)
		return
	}
	m.expectLogin(in.Call, loginRestore)
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
			m.putReplica(&replica{Chat: c, lastMessage: last, inQueue: snap.inQueue})
		}
	}
	if in.Stored != nil {
		m.session, m.user, m.logged, m.calls = *in.Stored, in.Again.User.Clone(), true, in.Again.Calls
		m.queueOutbox()
		m.dial()
	}
	m.settle(in.Call, nil)
}

// enter notes the call that waits until the session is open.
func (m *machine) expectLogin(call Call, kind loginKind) {
	m.pendingLogin, m.newDeadline = pendingLogin{call: call, kind: kind, deadline: m.after(m.options.LoginWithin)}, true
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
	m.fetch(m.pendingLogin.call, "GET", m.app.API+"/apps/"+m.app.ID+"/validate", nil)
}

// validated: starting --answer--> ready or fresh.
func (m *machine) validated(err *wire.Error) {
	call := m.pendingLogin.call
	m.pendingLogin = pendingLogin{}
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
		m.expectLogin(in.Call, loginNew)
		m.dial()
	case m.logged && m.session.ID == in.ID && m.session.Token == in.Token:
		m.drainOnly = false
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
		if !c.stale && c.Seq > 0 {
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
			m.notify("error", errorJSON(err, ""))
		}
	}
	if err != nil {
		m.sessionRefused(err)
		return
	}
	m.queueOutbox()
	e := m.pendingLogin
	restoredEmpty := e.kind == loginRestore && len(chats) == 0 && !isAgent(user)
	if restoredEmpty && len(m.queue) == 0 && !m.moreStored { // pages take a stored session for an open chat (interface notes, part f)
		m.hangup()
		m.endSession(nil)
		m.pendingLogin = e
		m.validated(nil)
		return
	}
	m.user, m.logged = user, true
	m.drainOnly = m.drainOnly || restoredEmpty
	m.connected()
	if e.kind != loginNone { // after a mere reconnect another tab may have ended the session
		m.do(SaveSession{m.session})
	}
	m.do(Mirror{m.sessionMirror()})
	m.applySnapshots(chats)
	m.pendingLogin = pendingLogin{}
	m.phase = Ready
	m.settle(e.call, m.userJSON())
	m.notifyConnection("open", "", 0)
	m.resyncMissing()
	m.flush()
}

// sessionMirror is what pages read of an open session without waiting.
func (m *machine) sessionMirror() wire.Raw {
	limits := wire.NewObject(nil).Int("message", int64(m.options.MessageLength)).Int("frame", int64(m.options.FrameBytes)).Done()
	return wire.NewObject(nil).Bool("isInit", true).Bool("logged", true).Raw("user", m.user).Str("token", m.session.Token).Raw("limits", limits).Done()
}

func (m *machine) userJSON() wire.Raw { return wire.NewObject(nil).Raw("user", m.user).Done() }

// adoptAll takes in the chats of a session's reply.
func (m *machine) applySnapshots(chats []wire.Raw) {
	for _, c := range m.chats {
		c.reportGap, c.subscribed = true, false
	}
	for _, raw := range chats {
		if _, err := m.applySnapshot(raw, Config{}, 1<<64-1); err != nil { // asked on this very connection: no older answer
			m.notify("error", errorJSON(err, ""))
		}
	}
}

// reloadMissing loads the chats that the session's reply did not bring up to date:
// they were closed meanwhile, or the server has lost them or cannot give them now.
func (m *machine) resyncMissing() {
	for _, c := range m.chats {
		if c.stale || !c.subscribed && c.Status != chat.Closed {
			if c.resync != nil {
				c.resync.notBefore = 0
			}
			m.resync(c)
		}
	}
}

// leftoverSent: the server has said what became of what an earlier page left, and
// this page has asked for nothing: the session is over, as it would have been
// without that.
func (m *machine) endIfDrained() {
	if !m.moreStored && len(m.queue)+len(m.chats) == 0 {
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
func (m *machine) sessionRefused(err *wire.Error) {
	if err.Code >= 500 || err.Code == wire.CodeTooMany || err.Code == wire.CodeTimeout {
		m.giveUpConnection(reasonRefused)
		return
	}
	m.hangup()
	e := m.pendingLogin
	m.endSession(err)
	switch e.kind {
	case loginRestore: // the stored session is dead, the app may still be right
		m.pendingLogin = e
		m.validate()
	case loginNew:
		m.reject(e.call, err)
	default:
		m.notify("error", errorJSON(err, ""))
	}
}

// giveUp: the session did not open in time.
func (m *machine) loginTimedOut() {
	e := m.pendingLogin
	err := wire.Errorf(wire.CodeUnavailable, "the chat server could not be reached within %s", m.options.LoginWithin)
	m.hangup()
	if e.kind == loginRestore { // the stored session stays: the next page may reach the server
		m.pendingLogin, m.session, m.phase = pendingLogin{}, Session{}, Fresh
		m.takeFetch(e.call)
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
		m.previousToken = m.session.Token
	}
	m.hangup()
	m.reject(m.pendingLogin.call, err)
	m.clearOutbox(m.session)
	m.endSession(err)
	m.settle(in.Call, nil)
}

// endSession forgets user and chats and rejects what waits.
func (m *machine) endSession(err *wire.Error) {
	m.pendingLogin, m.drainOnly = pendingLogin{}, false
	ended := m.session
	m.session, m.user, m.logged = Session{}, nil, false
	m.chats, m.places = nil, nil
	m.unknownChats, m.resyncs, m.resyncsRunning = nil, nil, 0
	queue := m.queue
	m.queue = nil
	for _, r := range queue {
		if r.resync == nil {
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
