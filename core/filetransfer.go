package core

import (
	"strconv"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
)

// fileTransfer is an upload or download. The shell moves the bytes; the core
// decides when, how often and with which token.
type fileTransfer struct {
	call      Call
	path      string
	token     string   // of another session, "" for this client's
	chatID    string   // of an upload, "" for a download
	id        string   // of an upload: its idempotency key, as a request's
	attempt   int      // how many attempts failed
	notBefore deadline // the next attempt begins no earlier; or how long an upload waits for pushes (see shown)
	active    bool     // an attempt is running

	// How it ends: with a value or an error. The value of an upload may be known before
	// the attempt has ended, from the push of its message; the attempt is not cut short
	// then, since an aborted request is a failure in consoles and in logs of proxies.
	value wire.Raw
	err   *wire.Error

	seq, prev uint64 // of an upload with a value: the positions of its message
}

// upload sends a file as a message of a chat.
func (m *Machine) upload(in Upload) {
	if m.phase != Ready || m.session.Token == "" {
		m.reject(in.Call, m.checkReady())
		return
	}
	if err := m.media.check(in.Name, in.Size); err != nil {
		m.reject(in.Call, err)
		return
	}
	if m.checkAct(in.Call, in.ChatID, chat.EventMessage) {
		m.addTransfer(&fileTransfer{call: in.Call, path: "/media", chatID: in.ChatID, id: m.newID()})
	}
}

// download gets a file, which the shell keeps for the caller. The request carries
// a token, so that only paths of this server's files and conversations are allowed.
func (m *Machine) download(in Download) {
	path := "/" + strings.TrimPrefix(in.Path, "/")
	switch {
	case !isFile(path):
		m.reject(in.Call, wire.Errorf(wire.BadArgument, `file.url must be "/media/<id>", not %q`, in.Path))
	case m.phase != Ready:
		m.reject(in.Call, errNotInit())
	case in.Token == "" && m.session.Token == "":
		m.reject(in.Call, m.checkReady())
	default:
		m.addTransfer(&fileTransfer{call: in.Call, path: path, token: in.Token})
	}
}

// isFile tells whether a path is /media/<id> or /chats/<id>/history.<format>.
func isFile(path string) bool {
	id, media := strings.CutPrefix(path, "/media/")
	if !media {
		var conversation bool
		id, conversation = strings.CutPrefix(path, "/chats/")
		id, _, media = strings.Cut(id, "/history.")
		media = media && conversation
	}
	return media && id != "" && id != "." && id != ".." && !strings.ContainsAny(id, `/\?#`)
}

// addTransfer queues a transfer, and starts it if there is room.
func (m *Machine) addTransfer(t *fileTransfer) {
	if len(m.transfers) >= m.options.MaxTransfers {
		m.reject(t.call, wire.Errorf(wire.TooManyFiles, "%d file transfers are running or waiting, which is the limit", len(m.transfers)))
		return
	}
	m.transfers = append(m.transfers, t)
	m.startTransfers()
}

// startTransfers starts the transfers that are due, up to MaxActiveTransfers at once.
func (m *Machine) startTransfers() {
	moving := 0
	for _, t := range m.transfers {
		if t.active {
			moving++
		}
	}
	for _, t := range m.transfers {
		switch {
		case t.active || t.value != nil || moving >= m.options.MaxActiveTransfers:
		case t.notBefore > m.now:
			m.newDeadline = true
		default:
			moving++
			t.active = true
			m.do(TransferFile{Call: t.call, URL: m.app.API + t.path, Header: m.headers(t.token), Form: m.form(t), Silence: m.options.RequestWithin})
		}
	}
}

// form gives the fields of an upload, nil for a download.
func (m *Machine) form(t *fileTransfer) [][2]string {
	if t.chatID == "" {
		return nil
	}
	return [][2]string{{"chatId", t.chatID}, {"senderId", m.session.ID}, {"eventId", t.id}}
}

// maxTransferWait is the longest wait that a server may ask for between attempts, in
// seconds. Beyond it the person must decide: a quota of a day is full until midnight.
const maxTransferWait = 60

// mayPass tells whether another attempt may soon succeed.
func mayPass(status int, err *wire.Error) bool {
	return err.RetryAfter <= maxTransferWait && (status == 0 || status == wire.CodeTooMany || status > wire.CodeInternal)
}

// transferEnded handles the end of an attempt. After an error that may pass soon another
// one follows.
func (m *Machine) transferEnded(t *fileTransfer, in Fetched) {
	t.active = false
	if t.value == nil && t.err == nil && m.triesAgain(t, in) {
		return
	}
	if m.shown(t) {
		m.endTransfer(t)
		return
	}
	t.notBefore = m.after(m.options.ProbeWait)
	m.newDeadline = true
	m.startTransfers()
}

// triesAgain tells whether another attempt follows. If none does, the transfer has its
// value or its error.
func (m *Machine) triesAgain(t *fileTransfer, in Fetched) bool {
	err := httpError(in)
	if err != nil && mayPass(in.Status, err) && t.attempt+1 < m.options.TransferAttempts {
		t.notBefore = m.after(seconds(err.RetryAfter) + m.options.backoff(t.attempt+3, 0, m.random)) // files cost more than pings, so the first wait is longer
		t.attempt++
		m.startTransfers()
		return true
	}
	if t.err = err; err != nil || t.chatID == "" {
		return false
	}
	reply, fault := readReply(in.Body)
	if fault != nil {
		t.err = wire.Errorf(wire.BadAnswer, "the server's answer to the upload: %s", fault)
		return false
	}
	if c := m.replica(t.chatID); c != nil && reply.prev <= c.Seq {
		m.show(t, reply)
	}
	m.uploaded(t, reply)
	return false
}

// show puts the message of an upload into the chat.
func (m *Machine) show(t *fileTransfer, reply reply) {
	m.ownAct(&request{event: chat.EventMessage, chatID: t.chatID, id: t.id}, reply)
}

// shown tells whether the history has the message of an upload, which is when the upload
// ends. Answers to HTTP requests overtake each other and the pushes: a position that is not
// the chat's next one is no gap there, as it is in a reply of the socket. The pushes are on
// their way, and end the upload; if they do not come within ProbeWait, endOverdueUploads does.
func (m *Machine) shown(t *fileTransfer) bool {
	c := m.replica(t.chatID)
	return c == nil || t.err != nil || t.seq <= c.Seq
}

// endOverdueUploads ends the uploads that waited long enough for pushes, and has their
// chats loaded again.
func (m *Machine) endOverdueUploads() {
	for _, t := range m.transfers {
		if t.value != nil && !t.active && t.notBefore <= m.now {
			m.endTransfer(t)
			if c := m.replica(t.chatID); c != nil {
				m.inOrder(c, t.seq, t.prev)
			}
		}
	}
}

// endShownUploads ends the uploads that a snapshot of their chat shows.
func (m *Machine) endShownUploads() {
	for _, t := range m.transfers {
		if t.value != nil && !t.active && m.shown(t) {
			m.endTransfer(t)
		}
	}
}

// uploaded notes how an upload ends: its answer, or a push that came first, has the
// message.
func (m *Machine) uploaded(t *fileTransfer, reply reply) {
	t.seq, t.prev = reply.seq, reply.prev
	var file, id, name, size wire.Raw
	fault := wire.Read(reply.message, "message", &file)
	if fault == nil {
		fault = wire.Read(file, "id", &id, "name", &name, "size", &size)
	}
	if fault != nil {
		t.err = wire.Errorf(wire.BadAnswer, "the server's message of the upload: %s", fault)
		return
	}
	media := wire.NewObject(nil).Raw("id", id).Raw("name", name).Raw("size", size).Str("senderId", m.session.ID)
	t.value = wire.NewObject(nil).Raw("media", media.Done()).Done()
}

// uploadOf gives the upload of the message with this id, or nil.
func (m *Machine) uploadOf(id string) *fileTransfer {
	for _, t := range m.transfers {
		if id != "" && t.id == id {
			return t
		}
	}
	return nil
}

// transferOf gives the transfer of a call, or nil.
func (m *Machine) transferOf(call Call) *fileTransfer {
	for _, t := range m.transfers {
		if t.call == call {
			return t
		}
	}
	return nil
}

// endTransfer ends a transfer's call, on which the shell stops moving its file, and
// starts the next one.
func (m *Machine) endTransfer(ended *fileTransfer) {
	rest := m.transfers[:0:0]
	for _, t := range m.transfers {
		if t != ended {
			rest = append(rest, t)
		}
	}
	m.transfers = rest
	if ended.err != nil {
		m.reject(ended.call, ended.err)
	} else {
		m.settle(ended.call, ended.value)
	}
	m.startTransfers()
}

// endTransfers ends the transfers of a chat, or all of the session if chatID is "".
func (m *Machine) endTransfers(chatID string, err *wire.Error) {
	rest := m.transfers[:0:0]
	for _, t := range m.transfers {
		if t.token == "" && (chatID == "" || t.chatID == chatID) {
			if t.value != nil {
				m.settle(t.call, t.value)
			} else {
				m.reject(t.call, err)
			}
		} else {
			rest = append(rest, t)
		}
	}
	m.transfers = rest
	m.startTransfers()
}

// mediaRules are the server's rules for uploads. The server checks every file; the
// client does not send those that it would refuse.
type mediaRules struct {
	known, active bool
	maxBytes      uint64
	types         []string
}

// Read takes the server's "media" limits.
func (r *mediaRules) Read(raw wire.Raw) error {
	next := mediaRules{known: true, active: true}
	var types wire.Raw
	if err := wire.Read(raw, "active", &next.active, "maxBytes", &next.maxBytes, "types", &types); err != nil {
		return err
	}
	if types != nil {
		if err := wire.Items(types, func(v wire.Raw) error {
			extension, err := wire.String(v)
			next.types = append(next.types, extension)
			return err
		}); err != nil {
			return err
		}
	}
	*r = next
	return nil
}

// check refuses a file with the error that the server would give.
func (r *mediaRules) check(name string, size uint64) *wire.Error {
	switch {
	case r.known && !r.active:
		return wire.Errorf(wire.FilesOff, "files cannot be sent in this app")
	case size == 0:
		return wire.Errorf(wire.FileEmpty, "media: the file is empty")
	case r.known && !r.allows(name):
		refused := wire.Errorf(wire.FileType, "File type is not allowed")
		refused.Detail = strconv.Quote(name) + " cannot be sent: allowed are " + strings.Join(r.types, ", ")
		return refused
	case r.maxBytes > 0 && size > r.maxBytes:
		return wire.Errorf(wire.FileTooLong, "media: the file has more than %d bytes, which is the limit", r.maxBytes)
	}
	return nil
}

// allows tells whether files of this name's extension are allowed. Without an extension
// the server judges by the content.
func (r *mediaRules) allows(name string) bool {
	name = strings.TrimRight(name, " .")
	extension := name[strings.LastIndexByte(name, '.')+1:]
	if len(extension) == len(name) {
		return true
	}
	for _, allowed := range r.types {
		if strings.EqualFold(allowed, extension) {
			return true
		}
	}
	return false
}
