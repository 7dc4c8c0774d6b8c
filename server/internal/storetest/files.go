package storetest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Occurrences counts how often a text stands in the files below a folder, whatever their
// format.
func Occurrences(t testing.TB, dir, text string) (n int) {
	t.Helper()
	require.NoError(t, EachFile(dir, func(content []byte) { n += bytes.Count(content, []byte(text)) }))
	return n
}

// EachFile visits the contents of the files below a folder. One that is removed
// meanwhile is left out.
func EachFile(dir string, visit func(content []byte)) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) || err == nil && !entry.Type().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		visit(content)
		return err
	})
}
