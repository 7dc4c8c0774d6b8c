package survey

import (
	"context"

	"parley/server/internal/store"
)

// Erase removes the answers for a ticket, to whichever survey, overwrites them, and gives
// their number. With the ticket "" it removes all of the app.
func (s *Store) Erase(ctx context.Context, app, ticket string) (int, error) {
	if ticket == "" {
		return store.Erase(ctx, s.engine, answersStream, answersSubject+app+".>", 0)
	}
	return store.Erase(ctx, s.engine, answersStream, answersSubjectOf(app, "*", ticket), 0)
}
