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

// exportedMessage is what the files of a conversation need of a message.
type exportedMessage struct {
	ID      string          `json:"id"`
	Sender  string          `json:"sender"`
	Type    string          `json:"type"`
	Message json.RawMessage `json:"message"`
	Created float64         `json:"created"`
}

func (m exportedMessage) at() time.Time { return time.UnixMilli(int64(m.Created * 1000)).UTC() }

// text gives the content of a message as plain text. Only agents, assistants and
// the system write HTML; what a visitor writes is plain text already.
func (m exportedMessage) text(by author) string {
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
	if by.writesHTML {
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

// plainText removes the markup from HTML, and the content of scripts and styles.
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

// exportedMessages gives the conversation in the order of time.
func (s *State) exportedMessages() ([]exportedMessage, error) {
	var list []exportedMessage
	err := json.Unmarshal(wire.AppendArray(nil, SortedByTime(s.Messages)), &list)
	return list, err
}

// author is somebody who may have written a message.
type author struct {
	name       string
	writesHTML bool
}

// authors gives everybody who ever was in the chat, by id, and the two who write
// without being in it.
func (s *State) authors() map[string]author {
	found := map[string]author{chat.System: {"System", true}, "assistant": {"Assistant", true}}
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
				found[u.ID] = author{oneLine(cmp.Or(u.Nickname, u.Name)), u.ProviderID != ""}
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
	table, authors := csv.NewWriter(&b), s.authors()
	_ = table.Write([]string{"created", "sender", "name", "type", "message"}) // into memory
	for _, m := range messages {
		by := authors[m.Sender]
		row := []string{m.at().Format(time.RFC3339), m.Sender, by.name, m.Type, m.text(by)}
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
	authors, day := s.authors(), ""
	for _, m := range messages {
		if d := m.at().Format("2 January 2006"); d != day {
			if day != "" {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s (UTC)\n\n", d)
			day = d
		}
		by := authors[m.Sender]
		fmt.Fprintf(&b, "%s  %s: %s\n", m.at().Format("15:04"), cmp.Or(by.name, oneLine(m.Sender)), indentLines.Replace(m.text(by)))
	}
	return b.Bytes(), nil
}
