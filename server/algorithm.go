package server

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"parley/core/wire"
)

// candidate is an agent who could be invited.
type candidate struct {
	user  User
	tries int       // invitations in this round already
	chats int       // open chats the agent is in
	idle  time.Time // since when that has not changed
}

// algorithms compare two candidates: who comes first is invited. Ties are broken
// by the longest idle time.
var algorithms = map[string]func(a, b candidate) int{
	"leastBusy":   func(a, b candidate) int { return cmp.Compare(a.chats, b.chats) },
	"longestIdle": func(a, b candidate) int { return a.idle.Compare(b.idle) },
}

// defaultAlgorithm is used when none is named: the fewest open chats.
const defaultAlgorithm = "leastBusy"

// checkAlgorithm gives the algorithm's name, or a 400 that lists them.
func checkAlgorithm(name string) (string, error) {
	if name == "" {
		return defaultAlgorithm, nil
	}
	if algorithms[name] == nil {
		return "", wire.Errorf(wire.CodeBadRequest, "algorithm: there is no %q; there are %s",
			name, strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))
	}
	return name, nil
}

// first gives the candidate to invite: one who was invited less often in this
// round, and among those the algorithm's choice.
func first(list []candidate, algorithm string) candidate {
	return slices.MinFunc(list, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(a.tries, b.tries),
			algorithms[algorithm](a, b),
			a.idle.Compare(b.idle),
			strings.Compare(a.user.ID, b.user.ID),
		)
	})
}
