package core

import (
	"strconv"

	"parley/core/chat"
	"parley/core/wire"
)

// record gives what the outbox keeps of a request, so that a later page can send it
// again with the same id.
func (r *request) record(s Session, now int64) wire.Raw {
	return wire.NewObject(nil).Str("id", r.id).Str("appId", s.AppID).Str("userId", s.ID).Str("chatId", r.chatID).
		Str("event", r.event).Raw("data", r.data).Int("at", now).Done()
}

// deleteRecord deletes the record of a request that was given up. The write has a
// number, so that it is done at once: a later page would send what it finds.
func (m *machine) deleteRecord(id string) {
	m.writes++
	m.do(Persist{Key: id, Write: m.writes})
}

// stored sends the requests that waited for writes up to this one.
func (m *machine) stored(write uint64) {
	if write > m.writesDone {
		m.writesDone = min(write, m.writes)
		m.flush()
	}
}

// queueOutbox queues the requests that earlier pages of this user left, before this
// page's own. They are sorted by their ids, and so by time. Records of other users
// stay in the outbox until they are too old. The caller limits the batch size.
func (m *machine) queueOutbox() {
	rest := m.outbox[:0:0]
	place := 0 // after the inherited ones that are queued already
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
			m.reportDefect(r.chatID, "a stored message cannot be read and was discarded: %s", err)
			if r.id != "" {
				m.deleteRecord(r.id)
			}
		case m.wall-at > m.options.OutboxLife.Milliseconds() && !(own && at == 0):
			m.fail(r, wire.Errorf(wire.CodeTimeout, "a stored message was older than %s and was discarded", m.options.OutboxLife))
		case !own:
			rest = append(rest, raw)
		case m.checkSize(r) != nil:
			m.fail(r, m.checkSize(r))
		case m.pendingRequest(r.id) != nil: // it is queued already
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

// addToOutbox appends records of ended pages to the outbox.
func (m *machine) addToOutbox(records []wire.Raw) {
	m.outbox = append(m.outbox, records...)
	if n := len(records); n > 0 {
		m.sortIDsAfter(records[n-1])
	}
}

// sortIDsAfter makes later ids sort after that of a record of an earlier page, even
// if the clock has been set back since.
func (m *machine) sortIDsAfter(record wire.Raw) {
	const absurd = 1 << 47 // the year 6429; ids after it would not have 12 digits for long
	var id string
	if wire.Read(record, "id", &id) == nil && len(id) == 32 {
		if made, err := strconv.ParseUint(id[:12], 16, 64); err == nil && made < absurd {
			m.lastIDTime = max(m.lastIDTime, int64(made)+1)
		}
	}
}

// adoptOutbox takes over records of ended pages.
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

// takeMore asks for the next batch of records once the server has answered the last
// one, so that memory never holds more than one batch.
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

// clearOutbox deletes the records of a user who logs out. The requests of this page
// are rejected by endSession.
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

// readRecord reads what record wrote. The owner has no token, because the user's next
// session may send the request too.
func readRecord(raw wire.Raw) (r *request, owner Session, at int64, err error) {
	r = &request{stored: true, maybeReceived: true}
	var made uint64
	_ = wire.Read(raw, "id", &r.id, "appId", &owner.AppID, "userId", &owner.ID) // as far as possible: a broken record is deleted by its id
	err = wire.Read(raw, "id", &r.id, "appId", &owner.AppID, "userId", &owner.ID, "chatId", &r.chatID, "event", &r.event, "data", &r.data, "at", &made)
	if err == nil {
		err = wire.CheckID(r.id)
	}
	if err == nil && (!isStored(r.event) || r.data.Kind() != '{' || !wire.Valid(raw)) {
		err = wire.Errorf(wire.CodeBadRequest, "%q is no request that is stored, or has no data", r.event)
	}
	r.data = r.data.Clone()
	return r, owner, int64(made), err
}

// isStored tells whether requests of this event are stored.
func isStored(event string) bool {
	switch event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}
