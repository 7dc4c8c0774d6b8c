package routing

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"parley/server/internal/identity"
	"parley/server/internal/settings"
	"parley/server/internal/storetest"
)

func TestPick(t *testing.T) {
	early, late := time.Unix(100, 0), time.Unix(200, 0)
	c := func(id string, attempts, load int, idleSince time.Time) candidate {
		return candidate{user: identity.User{ID: id}, attempts: attempts, load: load, idleSince: idleSince}
	}
	invited := func(id string, lastInvited uint64) candidate {
		return candidate{user: identity.User{ID: id}, lastInvited: lastInvited}
	}
	speaking := func(id string, m languageMatch, load int) candidate {
		return candidate{user: identity.User{ID: id}, languages: m, load: load}
	}
	for _, tc := range []struct {
		name, algorithm, want string
		list                  []candidate
	}{
		{"the fewest chats", "leastBusy", "b", []candidate{c("a", 0, 2, early), c("b", 0, 1, late), c("c", 0, 3, early)}},
		{"then the longest idle", "leastBusy", "b", []candidate{c("a", 0, 1, late), c("b", 0, 1, early)}},
		{"then by id", "leastBusy", "a", []candidate{c("b", 0, 1, early), c("a", 0, 1, early)}},
		{"who was not invited yet goes first", "leastBusy", "a", []candidate{c("a", 0, 9, late), c("b", 1, 0, early)}},
		{"the longest idle, whatever the load", "longestIdle", "b", []candidate{c("a", 0, 0, late), c("b", 0, 5, early)}},
		{"whose invitation is the longest ago", "roundRobin", "b", []candidate{invited("a", 7), invited("b", 3), invited("c", 9)}},
		{"who was never invited", "roundRobin", "c", []candidate{invited("a", 7), invited("b", 3), invited("c", 0)}},
		{"who names the language, whatever the load", "languageMatch", "b", []candidate{speaking("a", speaksAny, 0), speaking("b", speaksLanguage, 4)}},
		{"of those who name it the least busy", "languageMatch", "c", []candidate{speaking("a", speaksAny, 0), speaking("b", speaksLanguage, 4), speaking("c", speaksLanguage, 2)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, pick(tc.list, tc.algorithm).user.ID)
		})
	}
	assert.Equal(t, settings.Algorithms, slices.Sorted(maps.Keys(algorithms)), "the names that settings take")
	assert.NotNil(t, algorithms[settings.DefaultAlgorithm])
	_, err := settings.CheckAlgorithm("")
	assert.NoError(t, err)
	_, err = settings.CheckAlgorithm("magic")
	storetest.RequireCode(t, 400, err)
	assert.ErrorContains(t, err, "languageMatch, leastBusy, longestIdle, roundRobin")
}

func TestSpeaks(t *testing.T) {
	for _, tc := range []struct {
		langs []string
		lang  string
		want  languageMatch
	}{
		{nil, "en", speaksAny},
		{[]string{"en"}, "", speaksAny},
		{[]string{"de", "en"}, "en", speaksLanguage},
		{[]string{"pt-BR"}, "PT", speaksLanguage},
		{[]string{"pt"}, "pt_br", speaksLanguage},
		{[]string{"de"}, "en", speaksNot},
		{[]string{"de"}, "-", speaksNot},
	} {
		assert.Equal(t, tc.want, speaks(tc.langs, tc.lang), "%q %q", tc.langs, tc.lang)
	}
}

func TestKeepSpeakers(t *testing.T) {
	c := func(id string, m languageMatch, free bool) candidate {
		return candidate{user: identity.User{ID: id}, languages: m, free: free}
	}
	names := func(list []candidate) (ids []string) {
		for _, c := range keepSpeakers(list) {
			ids = append(ids, c.user.ID)
		}
		return ids
	}
	assert.Equal(t, []string{"a", "c"}, names([]candidate{c("a", speaksLanguage, true), c("b", speaksNot, true), c("c", speaksAny, true)}))
	assert.Equal(t, []string{"a"}, names([]candidate{c("a", speaksLanguage, false), c("b", speaksNot, true)}), "one who is not free counts")
	assert.Equal(t, []string{"a", "b"}, names([]candidate{c("a", speaksNot, true), c("b", speaksNot, true)}), "an agent who does not is better than none")
}
