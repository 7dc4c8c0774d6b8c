package chatstate

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The table is that of the views' unit test, so that files and pages take the same for tags.
func TestPlainText(t *testing.T) {
	b, err := os.ReadFile("testdata/markup.json")
	require.NoError(t, err)
	var rows []struct{ HTML, Text string }
	require.NoError(t, json.Unmarshal(b, &rows))
	require.Greater(t, len(rows), 20)
	for _, row := range rows {
		assert.Equal(t, row.Text, plainText(row.HTML), row.HTML)
	}
}

func TestShowsHTML(t *testing.T) {
	for text, shows := range map[string]bool{
		"<b>x</b>": true, `<img src="data:image/png;base64,AA">`: true, "<your name>": true, "</b>": true, "&lt;": true, `<a href="https://example.test"></a>`: true,
		"<b></b>": false, "<br><br>": false, "<p> </p>": false, "&nbsp;": false, "<i>&#8203;</i>": false, "<img alt=x>": true, "<img>": false,
	} {
		assert.Equal(t, shows, ShowsHTML(text), text)
	}
}

// Text that has no tags is what it was, whatever it looks like.
func FuzzPlainText(f *testing.F) {
	for _, text := range []string{"<a", "<a href=", "<<b>>", "</a>", "<your name>", "&lt", "<a href='x'><a href='y'>"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := plainText(text)
		if !strings.Contains(text, "&") && tag.FindString(text) == "" {
			assert.Equal(t, strings.TrimSpace(text), got)
		}
	})
}
