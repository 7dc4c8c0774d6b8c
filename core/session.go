package core

import (
	"bytes"

	"parley/core/chat"
	"parley/core/wire"
)

// init: fresh --> starting. With a stored session, opening it proves that app and
// token are right. Without one, an HTTP request asks for the app.
func (m *Machine) init(in Init) {
	switch {
	case m.phase == Ready && in.App.ID == m.app.ID:
		m.settle(in.Call, nil)
		return
	case m.phase == Ready:
		m.reject(in.Call, wire.Errorf(wire.OtherOptions, "ICF.init was called before for app %q", m.app.ID))
		return
	case m.phase == Starting:
		m.reject(in.Call, wire.Errorf(wire.InitRunning, "ICF.init is already under way"))
		return
	case !isID(in.App.ID):
		m.reject(in.Call, wire.Errorf(wire.UnknownApp, "unknown app id %q: ids have 1 to 64 letters, digits, _ and -", in.App.ID))
		return
	}
	m.phase, m.app, m.moreStored = Starting, in.App, in.Newest != ""
	m.addToOutbox(in.Outbox, in.Newest) // after those of an earlier attempt
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

// resume: fresh --> ready. This instance takes over the chats and the session of
// one that died, and goes on as after a lost connection. A chat that cannot be
// read is left out: the server sends a snapshot of it.
func (m *Machine) resume(in Init) {
	m.phase = Ready
	for _, raw := range in.Again.Chats {
		c, err := chat.Parse(raw)
		snap, wrong := readSnapshot(raw)
		if err == nil && wrong == nil && c.Seq > 0 {
			var last string
			_ = wire.Read(raw, "last", &last) // absent in a chat without messages
			m.putReplica(&replica{Chat: c, lastMessage: last, inQueue: snap.inQueue})
		}
	}
	m.setServerTime(in.Again.Now)
	if in.Stored != nil {
		m.session, m.user, m.logged, m.calls = *in.Stored, in.Again.User.Clone(), true, in.Again.Calls
		m.queueOutbox()
		m.dial()
	}
	m.settle(in.Call, nil)
}

// expectLogin notes the call that waits for the session to open. It begins with a short
// back-off, so that each transport has its turn in time, however long earlier ones failed.
func (m *Machine) expectLogin(call Call, kind loginKind) {
	m.conn.attempt, m.conn.lostAt = 0, 0
	m.pendingLogin, m.newDeadline = pendingLogin{call: call, kind: kind, deadline: m.after(m.options.LoginWithin)}, true
}

// isID tells whether an app can have this id, which becomes a part of a URL.
func isID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// validate asks the server whether the app exists. The response ends init. The path
// names the app, not a header: a browser would first ask for leave to send that, which
// costs a round trip.
func (m *Machine) validate() {
	m.fetch(m.pendingLogin.call, "GET", m.app.API+"/apps/"+m.app.ID+"/validate", m.domainKey(), nil)
}

// validated: starting --response--> ready, or fresh after an error.
func (m *Machine) validated(err *wire.Error) {
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

// login opens a session for a user, unless that user is logged in already.
func (m *Machine) login(in Login) {
	switch {
	case m.phase != Ready:
		m.reject(in.Call, errNotInit())
	case m.session.Token == "":
		m.session = Session{AppID: m.app.ID, ID: in.ID, Token: in.Token}
		m.expectLogin(in.Call, loginNew)
		m.dial()
	case m.renewing && m.session.ID == in.ID:
		m.renewed(in)
	case m.logged && m.session.ID == in.ID && m.session.Token == in.Token:
		m.drainOnly = false
		m.settle(in.Call, m.userJSON())
	default:
		m.reject(in.Call, wire.Errorf(wire.LoggedInAlready, "user %q is logged in or logging in; call ICF.Lobby.close() first", m.session.ID))
	}
}

// maxNamed is how many chats session:open names at most, the newest ones, so that
// it fits into a frame. Of the others the server sends snapshots if they are open.
const maxNamed = 1000

// sessionOpen makes the first request of a connection: the token, and the position
// of each chat that is known here.
func (m *Machine) sessionOpen() wire.Frame {
	seen := wire.NewObject(nil)
	for _, c := range m.chats[max(0, len(m.chats)-maxNamed):] {
		if !c.stale && c.Seq > 0 {
			seen.Uint(c.ID, c.Seq)
		}
	}
	data := wire.NewObject(nil).Str("appId", m.app.ID).Str("token", m.session.Token).Bool("inParts", true).Bool("lines", true).Raw("chats", seen.Done())
	m.conn.opening = m.newID()
	return wire.Frame{ID: m.conn.opening, Event: wire.EventOpen, Data: data.Done()}
}

// sessionAnswered: opening --reply--> open, or the session is refused.
func (m *Machine) sessionAnswered(f wire.Frame) {
	err := f.Error
	var user wire.Raw
	var chats []wire.Raw
	if err == nil {
		user, chats, err = m.readSession(f.Data)
		if err != nil && err.Code == wire.CodeInternal { // it is retried, and no call reports it
			m.notify("error", errorJSON(err, ""))
		}
	}
	if err != nil {
		m.sessionRefused(err)
		return
	}
	m.queueOutbox()
	e := m.pendingLogin
	restoredEmpty := e.kind == loginRestore && len(chats) == 0 && !isAgent(user) && !m.renewable
	if restoredEmpty && len(m.queue) == 0 && !m.moreStored { // a session restored in a page means an open chat (interface notes, part f)
		m.hangup()
		m.endSession(nil)
		m.pendingLogin = e
		m.validated(nil)
		return
	}
	m.user, m.logged = user, true
	m.drainOnly = m.drainOnly || restoredEmpty
	m.connected()
	if e.kind != loginNone { // not after a reconnect: another tab may have logged out and cleared it
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

// sessionMirror gives what pages read of an open session without waiting.
func (m *Machine) sessionMirror() wire.Raw {
	limits := wire.NewObject(nil).Int("message", int64(m.options.MessageLength)).Int("frame", int64(m.options.FrameBytes)).Done()
	return wire.NewObject(nil).Bool("isInit", true).Bool("logged", true).Raw("user", m.user).Str("token", m.session.Token).
		Raw("limits", limits).Int("now", m.serverTime()).Done()
}

func (m *Machine) userJSON() wire.Raw { return wire.NewObject(nil).Raw("user", m.user).Done() }

// applySnapshots applies the chats in the reply to session:open.
func (m *Machine) applySnapshots(chats []wire.Raw) {
	for _, c := range m.chats {
		c.reportGap, c.subscribed = true, false
	}
	for _, raw := range chats {
		if _, err := m.applySnapshot(raw, Config{}, 1<<64-1); err != nil { // it was asked for on this connection, so it cannot be outdated
			m.notify("error", errorJSON(err, ""))
		}
	}
}

// resyncMissing loads the chats that the reply to session:open did not bring up to
// date: they were closed meanwhile, or the server lost them or cannot give them now.
func (m *Machine) resyncMissing() {
	for _, c := range m.chats {
		if c.stale || !c.subscribed && c.Status != chat.Closed {
			if c.resync != nil {
				c.resync.notBefore = 0
			}
			m.resync(c)
		}
	}
}

// endIfDrained ends a session that was restored only to send what an earlier page
// left, once all of it is answered and this page has asked for nothing.
func (m *Machine) endIfDrained() {
	if !m.moreStored && len(m.queue)+len(m.chats) == 0 {
		m.hangup()
		m.endSession(nil)
	}
}

// readSession reads the reply to session:open, and sets the limits and the time it has.
func (m *Machine) readSession(data wire.Raw) (user wire.Raw, chats []wire.Raw, refusal *wire.Error) {
	var id string
	var open, limits wire.Raw
	var now uint64
	err := wire.Read(data, "user", &user, "chats", &open, "limits", &limits, "now", &now)
	if err == nil {
		user = bytes.Clone(user)
		id, err = chat.Text(user, "id")
	}
	if err == nil && open != nil {
		err = wire.Members(open, func(_ string, chat wire.Raw) error {
			chats = append(chats, chat)
			return nil
		})
	}
	if err == nil && limits != nil {
		err = m.readLimits(limits)
	}
	m.setServerTime(now)
	switch {
	case err != nil:
		return nil, nil, wire.Errorf(wire.BadAnswer, "the server's answer to session:open: %s", err)
	case id != m.session.ID:
		return nil, nil, wire.Errorf(wire.WrongUser, "the token belongs to another user than %q", m.session.ID)
	}
	return user, chats, nil
}

func isAgent(user wire.Raw) bool {
	var provider string
	return wire.Read(user, "providerId", &provider) == nil && provider != ""
}

func (m *Machine) readLimits(v wire.Raw) error {
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

// sessionRefused handles the server's refusal to open the session. After an error
// that may pass it tries again; any other error ends the session.
func (m *Machine) sessionRefused(err *wire.Error) {
	if err.Code >= 500 || err.Code == wire.CodeTooMany || err.Code == wire.CodeTimeout {
		m.do(Hangup{m.conn.epoch})
		m.refused(err.RetryAfter, reasonRefused)
		return
	}
	if m.renewable && m.pendingLogin.kind == loginNone && err.Code == wire.CodeUnauthorized {
		m.renew()
		return
	}
	m.hangup()
	e := m.pendingLogin
	m.endSession(err)
	switch e.kind {
	case loginRestore: // the stored session is over; the app may still be right
		m.pendingLogin = e
		m.validate()
	case loginNew:
		m.reject(e.call, err)
	default:
		m.notify("error", errorJSON(err, ""))
	}
}

// renew: opening --> down. The chats and what waits stay, as without a connection.
func (m *Machine) renew() {
	m.do(Hangup{m.conn.epoch})
	m.down()
	m.renewing = true
	m.notifyConnection("waiting", reasonRefused, 0)
	m.do(Renew{})
}

// renewed goes on with another session of the same user.
func (m *Machine) renewed(in Login) {
	if m.conn.phase != connDown { // a hint has made it try the old one again
		m.do(Hangup{m.conn.epoch})
		m.down()
	}
	m.renewing, m.session.Token = false, in.Token
	m.do(SaveSession{m.session})
	m.do(Mirror{wire.NewObject(nil).Str("token", in.Token).Done()})
	m.settle(in.Call, m.userJSON())
	m.dial()
}

// loginTimedOut ends a login whose session did not open in time.
func (m *Machine) loginTimedOut() {
	e := m.pendingLogin
	err := m.conn.unreached(m.options.LoginWithin)
	m.hangup()
	if e.kind == loginRestore { // keep the stored session: the next page may reach the server
		m.pendingLogin, m.session, m.phase = pendingLogin{}, Session{}, Fresh
		m.takeFetch(e.call)
	} else {
		m.endSession(err) // rejects what was asked for meanwhile, for this user
	}
	m.reject(e.call, err)
}

// logout ends the session without waiting for the server, and rejects what waits.
func (m *Machine) logout(in Logout) {
	if m.phase != Ready {
		m.reject(in.Call, errNotInit())
		return
	}
	err := wire.Errorf(wire.LoggedOut, "ICF.Lobby.close was called")
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

// endSession forgets the user and the chats, and rejects what waits with err.
func (m *Machine) endSession(err *wire.Error) {
	m.pendingLogin, m.drainOnly, m.renewing = pendingLogin{}, false, false
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
	// The user stays readable, because pages read it when they clean up after a chat.
	m.do(Mirror{wire.Raw(`{"logged":false,"token":null}`)})
	m.do(Drop{})
}

func errNotInit() *wire.Error {
	return wire.Errorf(wire.NotInitialised, "call ICF.init first, and wait for its promise")
}
