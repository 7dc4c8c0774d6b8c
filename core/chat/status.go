package chat

// Status is where a chat is in its life.
type Status int

const (
	Unknown Status = iota
	Waiting        // exists, no agent in it
	Active         // an agent is in it
	Closed         // final
)

var statusNames = [...]string{"unknown", "waiting", "active", "closed"}

// String gives the name used on the wire.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return statusNames[Unknown]
	}
	return statusNames[s]
}

// ParseStatus reads a name used on the wire; anything else is Unknown.
func ParseStatus(name string) Status {
	for i, n := range statusNames {
		if n == name {
			return Status(i)
		}
	}
	return Unknown
}
