package routing

import (
	"cmp"
	"slices"
	"strings"
)

// algorithms compare two candidates: the lesser one is invited.
//
//	leastBusy      who has the fewest open chats and invitations
//	longestIdle    who came into no chat and left none for the longest time
//	roundRobin     whose last invitation is the longest ago
//	languageMatch  whose account names the chat's language, before those whose
//	               account names none; then the least busy
//
// Ties are broken by the longest idle time. With each algorithm, an agent who does
// not speak the chat's language is invited only if nobody on duty in the room does
// (keepSpeakers), and an agent without a free slot is not. Package settings has the
// same names.
var algorithms = map[string]func(a, b candidate) int{
	"leastBusy":   func(a, b candidate) int { return cmp.Compare(a.load, b.load) },
	"longestIdle": func(a, b candidate) int { return a.idleSince.Compare(b.idleSince) },
	"roundRobin":  func(a, b candidate) int { return cmp.Compare(a.lastInvited, b.lastInvited) },
	"languageMatch": func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.languages, b.languages), cmp.Compare(a.load, b.load))
	},
}

// pick gives the candidate to invite: of those who were invited the least often in
// this round, the algorithm's choice.
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
