package index

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/ids"
	"parley/server/internal/storetest"
)

// Many closed chats are counted in several calls, once each, also those that are closed
// meanwhile; and what has been counted is not read again.
func TestAnswersAreCountedOnce(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	archive, err := OpenArchive(t.Context(), e)
	require.NoError(t, err)
	board, err := OpenBoard(t.Context(), e, "node", func(BoardChange) {})
	require.NoError(t, err)
	since, written := ids.Unix(time.Now())-1, 0
	add := func(n int, answered float64) {
		t.Helper()
		for range n {
			written++
			id := fmt.Sprint(written)
			r := archived{Chat: json.RawMessage(`{"id":"` + id + `"}`), Answered: answered, Waited: float64(written % 10)}
			require.NoError(t, archive.append(t.Context(), ArchiveList("a", ""), id, r))
		}
	}
	add(archiveReads+200, since+0.5)
	add(20, 0)         // nobody came
	add(20, since-0.5) // answered the day before
	answers := NewAnswers(board, archive)
	first, err := answers.Since(t.Context(), "a", since)
	require.NoError(t, err)
	assert.Equal(t, archiveReads-40, first.Chats)
	assert.False(t, first.Complete)
	add(5, since+0.5)
	second, err := answers.Since(t.Context(), "a", since)
	require.NoError(t, err)
	assert.Equal(t, archiveReads+205, second.Chats, "the rest of those before, and those since")
	third, err := answers.Since(t.Context(), "a", since)
	require.NoError(t, err)
	assert.Equal(t, Answered{Chats: archiveReads + 205, Median: 4, Ninety: 8, Complete: true}, third)
	none, err := answers.Since(t.Context(), "b", since)
	require.NoError(t, err)
	assert.Equal(t, Answered{Complete: true}, none)
	tomorrow, err := answers.Since(t.Context(), "a", since+86400)
	require.NoError(t, err)
	assert.Equal(t, Answered{Complete: true}, tomorrow)
}

func TestWithin(t *testing.T) {
	for _, tc := range []struct {
		times          []float64
		median, ninety float64
	}{
		{nil, 0, 0},
		{[]float64{7}, 7, 7},
		{[]float64{1, 9}, 1, 9},
		{[]float64{1, 2, 3}, 2, 3},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5, 9},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 6, 10},
	} {
		assert.Equal(t, tc.median, within(tc.times, 0.5), tc.times)
		assert.Equal(t, tc.ninety, within(tc.times, 0.9), tc.times)
	}
}
