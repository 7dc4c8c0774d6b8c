package server

// boardChanged is called after a change of an app's open chats.
func (s *Server) boardChanged(app, room string) {}
