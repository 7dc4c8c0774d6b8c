package wire

import "unicode/utf8"

// Names of the frames that are not documented events.
const (
	EventOpen  = "session:open"  // the first request of a connection
	EventClose = "session:close" // ends the session, on every connection
	EventPing  = "ping"
	EventPong  = "pong"
	EventBye   = "bye" // the server's last frame

	EventHistory = "chats:history" // a part of a chat's history, before the reply with the chat
)

// Frame is one message on the socket, in either direction. Which fields are set
// tells its kind; see the package comment.
type Frame struct {
	ID      string // of a request and its reply
	EventID string // on a push: the id of the recipient's own request that caused it
	Event   string
	Seq     uint64 // position in the log, 0 if the push is not part of one
	Prev    uint64 // the recipient's position before the push
	Data    Raw    // one JSON value, nil if absent
	Error   *Error // on a reply
}

// IsReply tells whether the frame answers a request.
func (f *Frame) IsReply() bool { return f.Event == "" && (f.ID != "" || f.Error != nil) }

// Parse reads one frame. Its Data shares b's memory: copy it to keep it longer than
// b. Unknown fields are skipped. The error names the field that is wrong.
func Parse(b []byte) (Frame, error) {
	var f Frame
	if !utf8.Valid(b) {
		return f, Errorf(BadFrame, "frame is not UTF-8 (RFC 6455 section 8.1)")
	}
	var refusal Raw
	if err := Read(b, "id", &f.ID, "eventId", &f.EventID, "event", &f.Event, "seq", &f.Seq, "prev", &f.Prev,
		"data", &f.Data, "error", &refusal); err != nil {
		return Frame{}, Errorf(BadFrame, "frame: %s", err)
	}
	if refusal != nil {
		f.Error = &Error{}
		if err := f.Error.Read(refusal); err != nil {
			return Frame{}, Errorf(BadFrame, "frame: error: %s", err)
		}
	}
	return f, nil
}

// Append adds the frame's JSON to dst. Data must be valid JSON or nil.
func (f *Frame) Append(dst []byte) []byte {
	o := NewObject(dst)
	if f.ID != "" {
		o.Str("id", f.ID)
	}
	if f.Seq != 0 {
		o.Uint("seq", f.Seq).Uint("prev", f.Prev)
	}
	if f.EventID != "" {
		o.Str("eventId", f.EventID)
	}
	if f.Event != "" {
		o.Str("event", f.Event)
	}
	if f.Data != nil {
		o.Raw("data", f.Data)
	}
	if f.Error != nil {
		o.Raw("error", f.Error.Append(nil))
	}
	return o.Done()
}

// CheckID tells whether a request's id is legal: 1 to 128 printable ASCII
// characters.
func CheckID(id string) error {
	if len(id) == 0 || len(id) > 128 {
		return Errorf(BadFrame, "id must be 1 to 128 characters long, this one has %d", len(id))
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return Errorf(BadFrame, "id must be printable ASCII, byte %d is not", i)
		}
	}
	return nil
}
