package chatstate

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
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
}

// fromEarlier marks what was imported: nobody said it in this chat, whoever it names.
const fromEarlier = "from an earlier conversation"

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

// exportedMessages gives the conversation in the order of SortedByTime.
func (s *State) exportedMessages() ([]exportedMessage, error) {
	var list []exportedMessage
	err := json.Unmarshal(wire.AppendArray(nil, SortedByTime(s.Messages)), &list)
	return list, err
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

// CSV gives the conversation as a table (RFC 4180).
func (s *State) CSV() ([]byte, error) {
	messages, err := s.exportedMessages()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	table, names := csv.NewWriter(&b), s.names()
	_ = table.Write([]string{"created", "sender", "name", "type", "message", "origin"}) // into memory
	for _, m := range messages {
		row := []string{m.at().Format(time.RFC3339), m.Sender, names[m.Sender], m.Type, m.text(), m.origin()}
		for i := range row {
			row[i] = escapeFormula(row[i])
		}
		_ = table.Write(row)
	}
	table.Flush()
	return b.Bytes(), table.Error()
}

// escapeFormula keeps spreadsheets from running a text as a formula.
func escapeFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// indentLines puts the further lines of a text below its first one.
var indentLines = strings.NewReplacer(
	"\r\n", "\n       ", "\n", "\n       ", "\r", "\n       ", "\u2028", "\n       ", "\u2029", "\n       ")

// Transcript gives the conversation as plain text for people to read.
func (s *State) Transcript() ([]byte, error) {
	messages, err := s.exportedMessages()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	names, day := s.names(), ""
	if s.TicketNumber != "" {
		fmt.Fprintf(&b, "Ticket %s\n\n", s.TicketNumber)
	}
	for _, m := range messages {
		if d := m.at().Format("2 January 2006"); d != day {
			if day != "" {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s (UTC)\n\n", d)
			day = d
		}
		by := cmp.Or(names[m.Sender], oneLine(m.Sender))
		if m.Imported {
			by += " (" + fromEarlier + ")"
		}
		fmt.Fprintf(&b, "%s  %s: %s\n", m.at().Format("15:04"), by, indentLines.Replace(m.text()))
	}
	return b.Bytes(), nil
}
