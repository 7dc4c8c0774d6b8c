package settings

import (
	"slices"
	"strings"

	"parley/core/wire"
)

// Algorithms are the ways to choose an agent; see the table in package routing.
var Algorithms = []string{"languageMatch", "leastBusy", "longestIdle", "roundRobin"}

// DefaultAlgorithm is used when no algorithm is named: the fewest open chats.
const DefaultAlgorithm = "leastBusy"

// CheckAlgorithm gives the algorithm's name, "" if none is named, or a 400 that
// lists them.
func CheckAlgorithm(name string) (string, error) {
	if name != "" && !slices.Contains(Algorithms, name) {
		return "", wire.Errorf(wire.CodeBadRequest, "algorithm: there is no %q; there are %s", name, strings.Join(Algorithms, ", "))
	}
	return name, nil
}
