package routing

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"parley/server/internal/identity"
)

// candidate is an agent who could be invited.
type candidate struct {
	user        identity.User
	attempts    int           // invitations in this round already
	chats       int           // open chats the agent is in, and invitations to others
	idleSince   time.Time     // since when the agent has come into no chat and left none
	lastInvited uint64        // grows with each invitation of any agent; 0 for who was never invited
	languages   languageMatch // how the agent's languages suit the chat
	free        bool          // has time for one more chat
}

// algorithms compare two candidates: who comes first is invited.
//
//	leastBusy      the fewest open chats
//	longestIdle    who came into no chat and left none for the longest time
//	roundRobin     whose last invitation is the longest ago
//	languageMatch  whose account names the chat's language, before those whose
//	               account names none; then the fewest open chats
//
// Ties are broken by the longest idle time. Whichever algorithm is named, an
// agent who does not speak the chat's language is asked only if nobody on duty in
// the room does (see understood), and one without a free slot is not.
var algorithms = map[string]func(a, b candidate) int{
	"leastBusy":   func(a, b candidate) int { return cmp.Compare(a.chats, b.chats) },
	"longestIdle": func(a, b candidate) int { return a.idleSince.Compare(b.idleSince) },
	"roundRobin":  func(a, b candidate) int { return cmp.Compare(a.lastInvited, b.lastInvited) },
	"languageMatch": func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.languages, b.languages), cmp.Compare(a.chats, b.chats))
	},
}

// first gives the candidate to invite: one who was invited less often in this
// round, and among those the algorithm's choice.
func pick(list []candidate, algorithm string) candidate {
	return slices.MinFunc(list, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(a.attempts, b.attempts),
			algorithms[algorithm](a, b),
			a.idleSince.Compare(b.idleSince),
			strings.Compare(a.user.ID, b.user.ID),
		)
	})
}
