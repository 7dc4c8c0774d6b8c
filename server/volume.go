package server

import (
	"parley/core/chat"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// recordBytes is about what the store needs for anything besides its content.
const recordBytes = 400

// volume is the count of the bytes that visitors of an address have the server store.
var volume = limit.Count{Kind: limit.Volume, Scope: limit.Address}

// takeVolume counts what a visitor has sent to be stored. What may be written into the
// reserve must not fail because of others at the address, and counts when it is stored.
func (s *Server) takeVolume(operation *op.Operation, c *op.Call) error {
	if !operation.Writes || operation.Reserve || !s.countsVolume(c) {
		return nil
	}
	n := recordBytes + c.Params.Bytes
	c.Counted = n
	if c.Upload != nil {
		n += int(s.uploadBytes(c))
	}
	if refused := s.meter.TakeMany(volume, s.callerOf(c), n); refused != nil {
		return refusalOf(refused)
	}
	return nil
}

// takeEntry counts an entry with so many bytes of data that is about to be stored, as far as
// it is more than what was sent. An entry that is built again counts once.
func (s *Server) takeEntry(c *op.Call, event string, size int) error {
	more := recordBytes + size - c.Counted
	if more <= 0 || !s.countsVolume(c) {
		return nil
	}
	switch event {
	case chat.EventLeave, chat.EventClose:
		s.meter.Charge(volume, s.callerOf(c), more)
	default:
		if refused := s.meter.TakeMany(volume, s.callerOf(c), more); refused != nil {
			return refusalOf(refused)
		}
	}
	c.Counted += more
	return nil
}

// recordsOfReturn is how often the log has a visitor's record when they were away and come
// back: once in the entry by which they left, and twice in that by which they join again.
const recordsOfReturn = 3

// takeReturn counts the return of a visitor who was away.
func (s *Server) takeReturn(c *op.Call) error {
	return s.takeEntry(c, chat.EventJoin, recordsOfReturn*len(c.User.Public()))
}

// countsVolume tells whether a visitor calls for themselves.
func (s *Server) countsVolume(c *op.Call) bool {
	return !c.ByStaff() && s.callerOf(c).Scope == limit.Visitor
}

// uploadBytes is the size of an upload, or the most that it can have if the request does
// not say.
func (s *Server) uploadBytes(c *op.Call) int64 {
	most := s.settings.Of(c.Actor.App.ID).Media.MaxBytes
	if c.Upload.Size < 0 {
		return most
	}
	return min(c.Upload.Size, most)
}
