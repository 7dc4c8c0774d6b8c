package server

import (
	"context"

	"parley/core/wire"
)

// tellsOf tells whether a chat's log tells of a file.
func (s *Server) tellsOf(ctx context.Context, key chatKey, id string) (bool, error) {
	_, now, err := s.log.Latest(ctx, key)
	if isCode(err, wire.CodeNotFound) {
		return false, nil
	}
	for _, m := range now.messages {
		if found, _ := wire.String(member(member(m, "message"), "id")); found == id { // a text has no members
			return true, nil
		}
	}
	return false, err
}
