package chatstate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode"
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

// indentLines puts the further lines of a text below its first one, whatever ends a line
// in the program that shows it.
var indentLines = func() *strings.Replacer {
	var pairs []string
	for _, end := range []string{"\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029"} {
		pairs = append(pairs, end, "\n       ")
	}
	return strings.NewReplacer(pairs...)
}()

// lines gives a text as a transcript has it. Without the other control characters no
// terminal that shows the transcript does anything but show it.
func lines(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, indentLines.Replace(text))
}

// WriteTranscript writes the conversation as plain text for people to read. Who wrote a
// message stands before the name, where no name can look like it. An error of to shows when
// it is flushed.
func (s *State) WriteTranscript(to *bufio.Writer) {
	senders, day := s.sendersByID(), ""
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
		by := senders.of(m.Sender)
		who := by.Role
		if m.Imported {
			who += ", " + fromEarlier
		}
		if _, err := fmt.Fprintf(to, "%s  [%s] %s: %s\n", m.at().Format("15:04"), who, by.Name, lines(m.text())); err != nil {
			return
		}
	}
}
