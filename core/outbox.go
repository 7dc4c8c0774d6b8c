package core

import (
	"parley/core/chat"
	"parley/core/wire"
	"strconv"
)

// record is what the outbox keeps of a request, so that a later page can send
// it again under the same id.
func (r *request) record(s Session, now int64) wire.Raw {
	return wire.NewObject(nil).Str("id", r.id).Str("appId", s.AppID).Str("userId", s.ID).Str("chatId", r.chatID).
		Str("event", r.event).Raw("data", r.data).Int("at", now).Done()
}

// remove takes what is given up out of the store, at once: a later page that found
// it there would send it.
func (m *machine) deleteRecord(id string) {
	m.writes++
	m.do(Persist{Key: id, Write: m.writes})
}

// stored: what has waited for the store is sent.
func (m *machine) stored(write uint64) {
	if write > m.writesDone {
		m.writesDone = min(write, m.writes)
		m.flush()
	}
}

// takeOutbox queues what earlier pages of this user left unacknowledged, before
// anything this page has asked for, in the order given, which is that of their ids
// and so of their making. Records of other users stay for them, until they are too
// old. It is for who gives them to give only so many at a time.
func (m *machine) queueOutbox() {
	rest := m.outbox[:0:0]
	place := 0 // behind the earlier ones that wait already
	for i, r := range m.queue {
		if r.inherited {
			place = i + 1
		}
	}
	for _, raw := range m.outbox {
		r, owner, at, err := readRecord(raw)
		own := owner.AppID == m.session.AppID && owner.ID == m.session.ID
		switch {
		case err != nil:
			m.reportDefect(r.chatID, "a stored message cannot be read and was given up: %s", err)
			if r.id != "" {
				m.deleteRecord(r.id)
			}
		case m.wall-at > m.options.OutboxLife.Milliseconds() && !(own && at == 0):
			m.fail(r, wire.Errorf(wire.CodeTimeout, "a stored message was older than %s and was given up", m.options.OutboxLife))
		case !own:
			rest = append(rest, raw)
		case m.checkSize(r) != nil:
			m.fail(r, m.checkSize(r))
		case m.pendingRequest(r.id) != nil: // it has come twice
		default:
			r.call = m.calls[r.id]
			r.inherited = r.call == 0
			delete(m.calls, r.id)
			m.queue = append(m.queue[:place], append([]*request{r}, m.queue[place:]...)...)
			place++
			m.notifyMessage(r, "pending", nil, nil)
		}
	}
	m.outbox = rest
}

// handOver takes in records that ended pages left, behind those that are here.
func (m *machine) addToOutbox(records []wire.Raw) {
	m.outbox = append(m.outbox, records...)
	if n := len(records); n > 0 {
		m.sortIDsAfter(records[n-1])
	}
}

// goBehind makes ids sort behind that of the newest record of an earlier page, also
// when the clock has been set back since.
func (m *machine) sortIDsAfter(record wire.Raw) {
	const absurd = 1 << 47 // the year 6429: it leaves no room behind it
	var id string
	if wire.Read(record, "id", &id) == nil && len(id) == 32 {
		if made, err := strconv.ParseUint(id[:12], 16, 64); err == nil && made < absurd {
			m.lastIDTime = max(m.lastIDTime, int64(made)+1)
		}
	}
}

// adoptOutbox queues what pages of this user left that have ended.
func (m *machine) adoptOutbox(in Adopt) {
	m.addToOutbox(in.Outbox)
	m.moreStored, m.askedForMore = in.More, false
	if m.logged {
		m.queueOutbox()
		m.flush()
		if m.drainOnly {
			m.endIfDrained()
		}
	}
}

// takeMore asks for more of what ended pages left when the server has all that was
// given so far, so that never more of it is here than is given at a time.
func (m *machine) takeMore() {
	if m.askedForMore || !m.logged {
		return
	}
	for _, r := range m.queue {
		if r.inherited {
			return
		}
	}
	m.askedForMore = true
	m.do(TakeMore{})
}

// clearOutbox forgets what is stored of the user who leaves; what this page has
// asked for is rejected elsewhere.
func (m *machine) clearOutbox(s Session) {
	rest := m.outbox[:0:0]
	for _, raw := range m.outbox {
		if r, owner, _, _ := readRecord(raw); r.id != "" && owner.AppID == s.AppID && owner.ID == s.ID {
			m.deleteRecord(r.id)
		} else {
			rest = append(rest, raw)
		}
	}
	m.outbox = rest
}

// readRecord reads what record wrote. The owner has no token: a user's next
// session may send it too.
func readRecord(raw wire.Raw) (r *request, owner Session, at int64, err error) {
	r = &request{stored: true, maybeReceived: true}
	var made uint64
	_ = wire.Read(raw, "id", &r.id, "appId", &owner.AppID, "userId", &owner.ID) // as far as it goes, for one that cannot be read
	err = wire.Read(raw, "id", &r.id, "appId", &owner.AppID, "userId", &owner.ID, "chatId", &r.chatID, "event", &r.event, "data", &r.data, "at", &made)
	if err == nil {
		err = wire.CheckID(r.id)
	}
	if err == nil && (!isStored(r.event) || r.data.Kind() != '{' || !wire.Valid(raw)) {
		err = wire.Errorf(wire.CodeBadRequest, "%q is not stored, or not so", r.event)
	}
	r.data = r.data.Clone()
	return r, owner, int64(made), err
}

// outlives tells whether requests of this kind are stored.
func isStored(event string) bool {
	switch event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}
