package op

import (
	"maps"
	"slices"

	"parley/core/wire"
)

// daily are the settings about the daily work of an app's agents, which supervisors read and
// change. The rest reaches outside of the app, or is about its safety: only the app's secret
// changes that. A new setting is not daily until it is named here.
var daily = []string{"assignment", "cannedReplies", "languages", "queue", "rooms", "surveys", "tags", "window"}

// ParamVersion is the parameter by which a change of the settings says from which version of
// them it was made.
const ParamVersion = "version"

// IsDaily tells whether a setting is about the daily work of agents.
func IsDaily(setting string) bool { return slices.Contains(daily, setting) }

// isDaily tells whether a change of the settings is about nothing else. The bounds of what
// visitors may ask of the assignment are part of the app's safety.
func isDaily(p *Params) bool {
	for name := range maps.Keys(p.Values) {
		if !IsDaily(name) && name != ParamVersion {
			return false
		}
	}
	for name := range maps.Keys(p.Nulls) {
		if !IsDaily(name) || name == "assignment" {
			return false
		}
	}
	bounds := false
	_ = wire.Members(p.Values["assignment"], func(name string, _ wire.Raw) error { // what is no object is refused later
		bounds = bounds || name == "bounds"
		return nil
	})
	return !bounds
}
