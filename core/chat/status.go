package chat

// Status is the status of a chat.
type Status int

const (
	Unknown Status = iota
	Waiting        // no agent is in it
	Active         // an agent is in it
	Closed         // for good
)

var statusNames = [...]string{"unknown", "waiting", "active", "closed"}

// String gives the name on the wire.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return statusNames[Unknown]
	}
	return statusNames[s]
}

// ParseStatus reads a name on the wire. Any other name is Unknown.
func ParseStatus(name string) Status {
	for i, n := range statusNames {
		if n == name {
			return Status(i)
		}
	}
	return Unknown
}
