package chatstate

import (
	"bufio"
	"strings"
	"time"
	"unicode"
)

// WriteCSV writes the conversation as a table (RFC 4180), every field in quotes. An error
// of to shows when it is flushed.
func (s *State) WriteCSV(to *bufio.Writer) {
	senders := s.sendersByID()
	_ = writeRow(to, "created", "sender", "role", "name", "type", "message", "origin")
	for m := range s.exported() {
		by := senders.of(m.Sender)
		if writeRow(to, m.at().Format(time.RFC3339), m.Sender, by.Role, by.Name, m.Type, m.text(), m.origin()) != nil {
			return
		}
	}
}

var doubleQuotes = strings.NewReplacer(`"`, `""`)

func writeRow(to *bufio.Writer, cells ...string) error {
	separator := ""
	for _, cell := range cells {
		_, _ = to.WriteString(separator + `"`)
		_, _ = doubleQuotes.WriteString(to, escapeFormulas(cell))
		_ = to.WriteByte('"')
		separator = ","
	}
	return to.WriteByte('\n')
}

// escapeFormulas keeps spreadsheets from running a text as a formula, by an apostrophe
// before the sign with which one would begin. Quotes alone do not: a program set to
// semicolons or tabs, as in most of Europe, takes the quotes of a row for text, and begins a
// cell after each of these in a message, and a row after each end of a line. Some pass over
// what is blank at the beginning of a cell, and take wide and small signs for the usual ones.
func escapeFormulas(cell string) string {
	var escaped strings.Builder
	done, begins := 0, true
	for at, r := range cell {
		if begins && strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫", r) {
			escaped.WriteString(cell[done:at])
			escaped.WriteByte('\'')
			done = at
		}
		begins = r == ';' || unicode.IsControl(r) || begins && (isBlank(r) || r == '"')
	}
	escaped.WriteString(cell[done:])
	return escaped.String()
}

// isBlank tells whether a character shows nothing.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}
