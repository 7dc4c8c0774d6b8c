//go:build !js

package replay

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// conversation is a recording of web/test/e2e/debug.spec.ts.
func conversation(t *testing.T) string {
	text, err := os.ReadFile("testdata/conversation.jsonl")
	require.NoError(t, err)
	return string(text)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	whole := conversation(t)
	lines := strings.SplitAfter(strings.TrimSpace(whole), "\n")
	for _, tc := range []struct {
		name, recording  string
		compared, differ int
		skipped, err     string
	}{
		{name: "a conversation", recording: whole, compared: len(lines) - 1},
		{name: "without effects there is nothing to compare", recording: strings.Replace(whole, `"n":1,`, `"n":1,"cut":true,`, 1), compared: len(lines) - 2},
		{name: "without its beginning", recording: lines[0] + strings.Join(lines[2:], ""), skipped: "began after the core did"},
		{name: "with a gap", recording: strings.Join(append(lines[:3:3], lines[4:]...), ""), compared: 2, skipped: "entry 3 of core 1 is missing"},
		{name: "another status", recording: strings.Replace(whole, `["fetched",1,200,`, `["fetched",1,503,`, 1), compared: 2, differ: 3},
		{name: "an unknown input", recording: strings.Replace(whole, `"in":["page"`, `"in":["pages"`, 1) + `{"core":9,"n":1,"fresh":true,"moment":[1,1,"1"],"in":["x"]}`,
			compared: len(lines) - 1, err: `there is no input "x"`},
		{name: "no recording", recording: "{}\n", err: "no recording of ICF.Parley.debug"},
		{name: "nothing", err: "the file is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result, err := Replay(strings.NewReader(tc.recording), io.Discard)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.compared, result.Compared)
			assert.Equal(t, tc.differ, result.Differs)
			if tc.skipped != "" || result.Skipped != "" {
				assert.Contains(t, result.Skipped, tc.skipped)
			}
		})
	}
}
