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

func TestFirst(t *testing.T) {
	early, late := time.Unix(100, 0), time.Unix(200, 0)
	c := func(id string, tries, chats int, idle time.Time) candidate {
		return candidate{user: identity.User{ID: id}, attempts: tries, load: chats, idleSince: idle}
	}
	turn := func(id string, turn uint64) candidate {
		return candidate{user: identity.User{ID: id}, lastInvited: turn}
	}
	says := func(id string, s languageMatch, chats int) candidate {
		return candidate{user: identity.User{ID: id}, languages: s, load: chats}
	}
	for _, tc := range []struct {
		name, algorithm, want string
		list                  []candidate
	}{
		{"the fewest chats", "leastBusy", "b", []candidate{c("a", 0, 2, early), c("b", 0, 1, late), c("c", 0, 3, early)}},
		{"then the longest idle", "leastBusy", "b", []candidate{c("a", 0, 1, late), c("b", 0, 1, early)}},
		{"then by id", "leastBusy", "a", []candidate{c("b", 0, 1, early), c("a", 0, 1, early)}},
		{"who was not asked yet goes first", "leastBusy", "a", []candidate{c("a", 0, 9, late), c("b", 1, 0, early)}},
		{"the longest idle, however busy", "longestIdle", "b", []candidate{c("a", 0, 0, late), c("b", 0, 5, early)}},
		{"whose turn is the longest ago", "roundRobin", "b", []candidate{turn("a", 7), turn("b", 3), turn("c", 9)}},
		{"who had no turn yet", "roundRobin", "c", []candidate{turn("a", 7), turn("b", 3), turn("c", 0)}},
		{"who names the language, however busy", "languageMatch", "b", []candidate{says("a", speaksAny, 0), says("b", speaksLanguage, 4)}},
		{"of those the least busy", "languageMatch", "c", []candidate{says("a", speaksAny, 0), says("b", speaksLanguage, 4), says("c", speaksLanguage, 2)}},
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

func TestUnderstood(t *testing.T) {
	c := func(id string, s languageMatch, free bool) candidate {
		return candidate{user: identity.User{ID: id}, languages: s, free: free}
	}
	names := func(list []candidate) (ids []string) {
		for _, c := range keepSpeakers(list) {
			ids = append(ids, c.user.ID)
		}
		return ids
	}
	assert.Equal(t, []string{"a", "c"}, names([]candidate{c("a", speaksLanguage, true), c("b", speaksNot, true), c("c", speaksAny, true)}))
	assert.Equal(t, []string{"a"}, names([]candidate{c("a", speaksLanguage, false), c("b", speaksNot, true)}), "who has no time now")
	assert.Equal(t, []string{"a", "b"}, names([]candidate{c("a", speaksNot, true), c("b", speaksNot, true)}), "better than none")
}
