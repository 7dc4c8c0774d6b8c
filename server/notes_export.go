package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// notesInExport says whether an export has what agents have written down about the user's
// chats. Visitors do not see that: who runs the app decides what of it they are given.
type notesInExport bool

func notesFor(c *op.Call) notesInExport { return notesInExport(c.Actor.Secret) }

// addNotesAbout adds the notes and tags of a chat to what an export has of it.
func (s *Server) addNotesAbout(ctx context.Context, key ids.Key, o *wire.Object) error {
	notes, err := s.notes.List(ctx, key)
	if err != nil {
		return err
	}
	tags, err := s.notes.Tags(ctx, key)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name  string
		value any
	}{{"notes", notes}, {"tags", tags}} {
		data, err := json.Marshal(part.value)
		if err != nil {
			return err
		}
		o.Raw(part.name, data)
	}
	return nil
}

// exportWritten writes the notes that an agent has written, which are about the chats of others.
func (s *Server) exportWritten(to io.Writer, app string, u identity.User, notes notesInExport) error {
	if !bool(notes) || !u.IsAgent() {
		return nil
	}
	_, _ = io.WriteString(to, `,"notes":[`)
	separator := ""
	for after := uint64(0); ; {
		page, next, err := s.writtenBy(app, u.ID, after)
		if err != nil {
			_, _ = io.WriteString(to, "]")
			return err
		}
		for _, n := range page {
			_, _ = fmt.Fprintf(to, "%s%s", separator, n) // the client may be gone
			separator = ","
		}
		if after = next; next == 0 {
			break
		}
	}
	_, err := io.WriteString(to, "]")
	return err
}

func (s *Server) writtenBy(app, author string, after uint64) (page []wire.Raw, next uint64, err error) {
	ctx, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	notes, next, err := s.notes.By(ctx, app, author, after)
	for _, n := range notes {
		data, err := json.Marshal(n)
		if err != nil {
			return nil, 0, err
		}
		page = append(page, data)
	}
	return page, next, err
}
