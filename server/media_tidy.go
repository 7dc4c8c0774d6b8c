package server

import (
	"context"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// tellsOf tells whether a chat's log tells of a file.
func (s *Server) tellsOf(ctx context.Context, key ids.Key, id string) (bool, error) {
	_, now, err := s.log.Latest(ctx, key)
	if ids.IsCode(err, wire.CodeNotFound) {
		return false, nil
	}
	for _, m := range now.Messages {
		if found, _ := wire.String(chatstate.Member(chatstate.Member(m, "message"), "id")); found == id { // a text has no members
			return true, nil
		}
	}
	return false, err
}
