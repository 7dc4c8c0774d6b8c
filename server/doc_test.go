package server

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package comment names files that exist, and a sentence for every room.
func TestDocNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	files := regexp.MustCompile(`([a-z]+)/([a-z_]+\.go)`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, files)
	for _, file := range files {
		path := filepath.Join("internal", file[1], file[2])
		if file[1] == "server" || file[1] == "internal" {
			path = filepath.Join(strings.TrimPrefix(file[1], "server"), file[2])
		}
		assert.FileExists(t, path)
	}
	rooms, err := os.ReadDir("internal")
	require.NoError(t, err)
	for _, room := range rooms {
		if room.IsDir() && !strings.HasSuffix(room.Name(), "test") {
			assert.Regexp(t, `(?m)^//\t\d? +`+room.Name()+` `, string(text))
		}
	}
}
