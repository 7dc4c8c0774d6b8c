package chatstate

// VisitorName gives the name of the chat's visitor as it was when they began it.
func (s *State) VisitorName() string { return s.visitor }

// VisitorWrote tells whether the visitor has said anything in the chat. What was imported
// does not count.
func (s *State) VisitorWrote() bool { return s.wroteAt > 0 }

// Brief is the state without the log and what was said. It takes a few kilobytes, however
// long the chat is.
func (s State) Brief() State {
	s.Log, s.Messages, s.reads, s.files = nil, nil, nil, nil
	return s
}
