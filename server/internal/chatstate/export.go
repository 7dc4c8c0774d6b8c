package chatstate

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/core/chat"
)

// exportedMessage is what the files of a conversation need of a message.
type exportedMessage struct {
	ID       string          `json:"id"`
	Sender   string          `json:"sender"`
	Type     string          `json:"type"`
	Message  json.RawMessage `json:"message"`
	Format   string          `json:"format"`
	Created  float64         `json:"created"`
	Imported bool            `json:"imported"`
	Redacted bool            `json:"redacted"`
}

// fromEarlier marks what was imported: nobody said it in this chat, whoever it names.
const fromEarlier = "from an earlier conversation"

// removed stands in the place of a message whose content was removed.
const removed = "This message was removed"

// origin gives the mark of an imported message, "" of any other.
func (m exportedMessage) origin() string {
	if m.Imported {
		return fromEarlier
	}
	return ""
}

func (m exportedMessage) at() time.Time { return time.UnixMilli(int64(m.Created * 1000)).UTC() }

// text gives the content of a message as plain text. A text is plain already unless its
// format says otherwise.
func (m exportedMessage) text() string {
	if m.Redacted {
		return removed
	}
	if m.Type == "media" {
		var f File
		_ = json.Unmarshal(m.Message, &f) // the server wrote it
		return fmt.Sprintf("[file] %s (%d bytes, %s)", f.Name, f.Size, f.URL)
	}
	var text string
	_ = json.Unmarshal(m.Message, &text) // the server wrote it
	if m.Type == "object" {
		text = choicesText(text)
	}
	if m.Format == "html" {
		return plainText(text)
	}
	return text
}

// choicesText gives a question and its choices, which come as JSON in a text, one a line.
func choicesText(text string) string {
	var question struct {
		Message string
		Options []struct{ Label string }
	}
	if json.Unmarshal([]byte(text), &question) != nil {
		return text
	}
	lines := []string{question.Message}
	for _, option := range question.Options {
		lines = append(lines, "- "+option.Label)
	}
	return strings.Join(lines, "\n")
}

// exported gives the conversation in the order of Conversation.Sorted.
func (s *State) exported() iter.Seq[exportedMessage] {
	return func(yield func(exportedMessage) bool) {
		for raw := range s.Conversation().Sorted().Each() {
			var m exportedMessage
			_ = json.Unmarshal(raw, &m) // the server wrote it
			if !yield(m) {
				return
			}
		}
	}
}

// names gives the names of everybody who ever was in the chat, by id, and of those who
// write without being in it.
func (s *State) names() map[string]string {
	found := map[string]string{chat.System: "System", Assistant: "Assistant", Earlier: "Somebody"}
	for _, r := range s.Log {
		var data struct {
			User, Interventor struct{ ID, Name, Nickname string }
		}
		switch r.Event {
		case chat.EventCreate, chat.EventJoin, chat.EventIntervene:
			_ = json.Unmarshal(r.Data, &data) // the server wrote it
		}
		for _, u := range []struct{ ID, Name, Nickname string }{data.User, data.Interventor} {
			if u.ID != "" {
				found[u.ID] = oneLine(cmp.Or(u.Nickname, u.Name))
			}
		}
	}
	return found
}

// oneLine joins the lines of a name, which could look like a message otherwise.
func oneLine(name string) string { return strings.Join(strings.Fields(name), " ") }

// WriteCSV writes the conversation as a table (RFC 4180). An error of to shows when it is
// flushed.
func (s *State) WriteCSV(to *bufio.Writer) {
	table, names := csv.NewWriter(to), s.names()
	_ = table.Write([]string{"created", "sender", "name", "type", "message", "origin"})
	for m := range s.exported() {
		row := []string{m.at().Format(time.RFC3339), m.Sender, names[m.Sender], m.Type, m.text(), m.origin()}
		for i := range row {
			row[i] = escapeFormula(row[i])
		}
		if table.Write(row) != nil {
			return
		}
	}
	table.Flush()
}

// escapeFormula keeps spreadsheets from running a text as a formula. Some pass over what
// is blank at its beginning, and take wide and small signs for the usual ones.
func escapeFormula(cell string) string {
	begin, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, isBlank))
	if strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫", begin) || cell != "" && strings.ContainsRune("\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// isBlank tells whether a character shows nothing.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// indentLines puts the further lines of a text below its first one.
var indentLines = strings.NewReplacer(
	"\r\n", "\n       ", "\n", "\n       ", "\r", "\n       ", "\u2028", "\n       ", "\u2029", "\n       ")

// WriteTranscript writes the conversation as plain text for people to read. An error of to
// shows when it is flushed.
func (s *State) WriteTranscript(to *bufio.Writer) {
	names, day := s.names(), ""
	if s.TicketNumber != "" {
		_, _ = fmt.Fprintf(to, "Ticket %s\n\n", s.TicketNumber)
	}
	for m := range s.exported() {
		if d := m.at().Format("2 January 2006"); d != day {
			if day != "" {
				_ = to.WriteByte('\n')
			}
			_, _ = fmt.Fprintf(to, "%s (UTC)\n\n", d)
			day = d
		}
		by := cmp.Or(names[m.Sender], oneLine(m.Sender))
		if m.Imported {
			by += " (" + fromEarlier + ")"
		}
		if _, err := fmt.Fprintf(to, "%s  %s: %s\n", m.at().Format("15:04"), by, indentLines.Replace(m.text())); err != nil {
			return
		}
	}
}
