package settings

import (
	"slices"
	"strings"

	"parley/core/wire"
)

// Algorithms are the names of the ways to choose an agent, in alphabetical order. Package
// routing says what each does.
var Algorithms = []string{"languageMatch", "leastBusy", "longestIdle", "roundRobin"}

// DefaultAlgorithm is used when none is named: the agent with the fewest open chats.
const DefaultAlgorithm = "leastBusy"

// CheckAlgorithm gives the name back if it is an algorithm's or empty; else a 400 that
// lists the names.
func CheckAlgorithm(name string) (string, error) {
	if name != "" && !slices.Contains(Algorithms, name) {
		return "", wire.Errorf(wire.BadArgument, "algorithm: there is no %q; there are %s", name, strings.Join(Algorithms, ", "))
	}
	return name, nil
}
