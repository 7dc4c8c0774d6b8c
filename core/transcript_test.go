package core_test

import (
	"embed"
	"flag"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
)

var update = flag.Bool("update", false, "rewrite the effects in testdata/*.txt")

//go:embed testdata/*.txt
var transcripts embed.FS

// TestTranscripts plays the conversations of testdata: lines of script, each followed
// by its effects, indented. -update rewrites the effects, to be read as a diff.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := transcripts.ReadDir("testdata")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(file.Name(), ".txt"), func(t *testing.T) {
			name := path.Join("testdata", file.Name())
			text, err := transcripts.ReadFile(name)
			require.NoError(t, err)
			got := play(t, string(text), func(f core.Frame) core.Input { return f })
			assert.Equal(t, got, play(t, string(text), parsed), "what the page has parsed has the same effects")
			if *update {
				require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
				return
			}
			assert.Equal(t, string(text), got)
		})
	}
}

func play(t *testing.T, transcript string, take func(core.Frame) core.Input) string {
	s := newScript(t, core.Options{})
	s.take = take
	var out strings.Builder
	for line := range strings.Lines(transcript) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, " ") {
			continue // an effect
		}
		out.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		for _, effect := range s.line(line) {
			out.WriteString("    " + effect + "\n")
		}
	}
	return out.String()
}
