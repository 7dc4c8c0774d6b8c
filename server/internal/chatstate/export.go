package chatstate

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"

	"parley/core/chat"
	"parley/core/wire"
)

// exported is a message as files of a conversation have it.
type exported struct {
	ID      string          `json:"id"`
	Sender  string          `json:"sender"`
	Type    string          `json:"type"`
	Message json.RawMessage `json:"message"`
	Created float64         `json:"created"`
}

func (m exported) at() time.Time { return time.UnixMilli(int64(m.Created * 1000)).UTC() }

// text gives what a message says in plain words. Only agents and assistants write
// HTML; what a visitor writes is meant as it stands.
func (m exported) text(by person) string {
	if m.Type == "media" {
		var f File
		_ = json.Unmarshal(m.Message, &f) // the server wrote it
		return fmt.Sprintf("[file] %s (%d bytes, %s)", f.Name, f.Size, f.URL)
	}
	var text string
	_ = json.Unmarshal(m.Message, &text) // likewise
	if m.Type == "object" {
		text = offered(text)
	}
	if by.writesHTML {
		return plainText(text)
	}
	return text
}

// offered gives a question and its choices, which come as JSON in a text, as lines.
func offered(text string) string {
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

// plainText leaves the markup out of HTML.
func plainText(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	var b strings.Builder
	for tokens, hidden := html.NewTokenizer(strings.NewReader(text)), ""; ; {
		switch tokens.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			if hidden == "" {
				b.WriteString(html.UnescapeString(string(tokens.Raw())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			switch name, _ := tokens.TagName(); string(name) {
			case "script", "style":
				hidden = string(name)
			case "br", "p", "div", "li":
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			if name, _ := tokens.TagName(); string(name) == hidden {
				hidden = ""
			}
		}
	}
}

func (s *State) exported() ([]exported, error) {
	var list []exported
	err := json.Unmarshal(wire.AppendArray(nil, SortedByTime(s.Messages)), &list)
	return list, err
}

// person is somebody who has written.
type person struct {
	name       string
	writesHTML bool
}

// people gives everybody who ever was in the chat, by id.
func (s *State) people() map[string]person {
	found := map[string]person{chat.System: {"System", true}, "assistant": {"Assistant", true}}
	for _, r := range s.Log {
		var data struct {
			User, Interventor struct{ ID, Name, Nickname, ProviderID string }
		}
		switch r.Event {
		case chat.EventCreate, chat.EventJoin, chat.EventIntervene:
			_ = json.Unmarshal(r.Data, &data) // the server wrote it
		}
		for _, u := range []struct{ ID, Name, Nickname, ProviderID string }{data.User, data.Interventor} {
			if u.ID != "" {
				found[u.ID] = person{oneLine(cmp.Or(u.Nickname, u.Name)), u.ProviderID != ""}
			}
		}
	}
	return found
}

// oneLine keeps a name from looking like a message of its own.
func oneLine(name string) string { return strings.Join(strings.Fields(name), " ") }

// Csv is the conversation as a table (RFC 4180).
func (s *State) CSV() ([]byte, error) {
	messages, err := s.exported()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	table, people := csv.NewWriter(&b), s.people()
	_ = table.Write([]string{"created", "sender", "name", "type", "message"}) // into memory
	for _, m := range messages {
		by := people[m.Sender]
		row := []string{m.at().Format(time.RFC3339), m.Sender, by.name, m.Type, m.text(by)}
		for i := range row {
			row[i] = defused(row[i])
		}
		_ = table.Write(row)
	}
	table.Flush()
	return b.Bytes(), table.Error()
}

// defused keeps spreadsheets from taking a text for a formula.
func defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// indented puts the further lines of a text under its first one.
var indented = strings.NewReplacer("\r\n", "\n       ", "\n", "\n       ", "\r", "\n       ", "\u2028", "\n       ", "\u2029", "\n       ")

// Transcript is the conversation for people to read.
func (s *State) Transcript() ([]byte, error) {
	messages, err := s.exported()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	people, day := s.people(), ""
	for _, m := range messages {
		if d := m.at().Format("2 January 2006"); d != day {
			if day != "" {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s (UTC)\n\n", d)
			day = d
		}
		by := people[m.Sender]
		fmt.Fprintf(&b, "%s  %s: %s\n", m.at().Format("15:04"), cmp.Or(by.name, oneLine(m.Sender)), indented.Replace(m.text(by)))
	}
	return b.Bytes(), nil
}
