package backup

import (
	"cmp"
	"slices"
	"strings"
)

// order has the streams in the order in which they are taken.
var order = []string{
	// A queue of a webhook is a consumer of the log, whose position is taken before all.
	"KV_parley_webhooks",
	// Indexes of chats, which the log decides about.
	"KV_parley_board", "KV_parley_waiting", "KV_parley_members", "KV_parley_open", "KV_parley_past", "KV_parley_chats", "KV_parley_turns", "PARLEY_CLOSED",
	logStreams, // and those that have a number behind that name
	// What entries of the log refer to. Uploads are noted before their first byte is stored.
	"PARLEY_ANSWERS", "PARLEY_NOTES", "KV_parley_uploads", "KV_parley_files", "KV_parley_files_day", "OBJ_parley_media",
	// A session refers to a user, an account to its user, all to their app.
	"KV_parley_sessions", "KV_parley_used_tokens", "KV_parley_challenges", "KV_parley_provider_logins", "KV_parley_callers",
	"KV_parley_accounts", "KV_parley_people", "KV_parley_silent",
	"KV_parley_duty", "KV_parley_nodes", "KV_parley_settings", "KV_parley_blocks", "KV_parley_apps",
	// What refers to nothing.
	"KV_parley_keys", "KV_parley_certificates", "KV_parley_builds", "PARLEY_AUDIT", "PARLEY_PROBE", "KV_parley_data",
	// Last, so that each erasure that an earlier stream may have seen in part is known.
	"KV_parley_privacy",
}

// logStreams begins the names of the streams of the chats' logs.
const logStreams = "PARLEY_CHATS"

func isLog(stream string) bool {
	return stream == logStreams || strings.HasPrefix(stream, logStreams+"_")
}

// HasPlace tells whether order says when a stream is taken.
func HasPlace(stream string) bool { return place(stream) < len(order) }

func place(stream string) int {
	if isLog(stream) {
		stream = logStreams
	}
	if n := slices.Index(order, stream); n >= 0 {
		return n
	}
	return len(order)
}

// sorted puts streams into their order; those without a place, as older releases have had,
// come last.
func sorted(streams []string) []string {
	return slices.SortedFunc(slices.Values(streams), func(one, other string) int {
		return cmp.Or(cmp.Compare(place(one), place(other)), strings.Compare(one, other))
	})
}
