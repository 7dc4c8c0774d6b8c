package chatstate

import (
	"bufio"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEscapeFormulas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@SUM(1)": "'@SUM(1)", "＝1": "'＝1", "－1": "'－1", "﹦1": "'﹦1",
		"\t=1": "\t'=1", "\r=1": "\r'=1", " =1": " '=1", "\u00a0=1": "\u00a0'=1", "\u200b=1": "\u200b'=1", "\ufeff=1": "\ufeff'=1", "\u3000＝1": "\u3000'＝1",
		"x;=1": "x;'=1", "x; =1": "x; '=1", "x\t=1": "x\t'=1", "x\n=1": "x\n'=1", "x\u0085=1": "x\u0085'=1", `x;"=1;y`: `x;"'=1;y`, "=1;=2\t@3": "'=1;'=2\t'@3", "==1": "'==1",
		"": "", " ": " ", "1=1": "1=1", "a": "a", "'=1": "'=1", " 1-1": " 1-1", "(=1)": "(=1)", "a;b": "a;b", "x,=1": "x,=1", "\xff=1": "\xff=1",
	} {
		assert.Equal(t, want, escapeFormulas(text), "%q", text)
	}
}

// cells reads a table as spreadsheets do that are set to a separator: what follows a closing
// quote belongs to the cell, and quotes in it are text.
func cells(table string, separator rune) (list []string) {
	var cell strings.Builder
	quoted, begins, closing := false, true, false
	for _, r := range table {
		switch {
		case begins && r == '"':
			quoted, begins = true, false
			continue
		case quoted && r == '"':
			quoted, closing = false, true
			continue
		case closing && r == '"':
			quoted = true
		case !quoted && (r == separator || r == '\n'):
			list = append(list, cell.String())
			cell.Reset()
			begins, closing = true, false
			continue
		}
		begins, closing = false, false
		cell.WriteRune(r)
	}
	return list
}

// No cell is a formula, whatever separates cells in the program that opens the table, and
// in the documented form the table has what was written.
func TestTableHasNoFormulas(t *testing.T) {
	t.Parallel()
	var s State
	said := []string{"plain, \"quoted\"", `x;=HYPERLINK("http://x.test";"a")`, "x;\t=1", "a\n=1", `";=1;"`, `x;"=1+1;y`, `"";=1`, "=1,=2", `x";"=1";`, "x;\"\"=1;"}
	for n, text := range said {
		s.Messages = append(s.Messages, MessageJSON("c", n, "=1;@x", "text", text, 1700000000).Bool("imported", true).Done())
	}
	var file strings.Builder
	to := bufio.NewWriter(&file)
	s.WriteCSV(to)
	require.NoError(t, to.Flush())
	for _, separator := range ",;\t" {
		for _, cell := range cells(file.String(), separator) {
			begin := strings.TrimLeft(cell, " \t\r\n\"")
			assert.False(t, begin != "" && strings.ContainsRune("=+-@", rune(begin[0])), "separated by %q: %q", separator, cell)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(said))
	for i, text := range said {
		assert.Equal(t, escapeFormulas(text), rows[i+1][5])
	}
	assert.Equal(t, 7*2, strings.Count(strings.SplitN(file.String(), "\n", 2)[0], `"`), "each field is quoted")
}
