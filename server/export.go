package server

import (
	"bytes"
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

// text gives what a message says in plain words.
func (m exported) text() string {
	if m.Type == "media" {
		var f media
		_ = json.Unmarshal(m.Message, &f) // the server wrote it
		return fmt.Sprintf("[file] %s (%d bytes)", f.Name, f.Size)
	}
	var text string
	_ = json.Unmarshal(m.Message, &text) // likewise
	return plainText(text)
}

// plainText leaves the markup out of what an agent wrote; other text stays as it
// is.
func plainText(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	var b strings.Builder
	for tokens, hidden := html.NewTokenizer(strings.NewReader(text)), ""; ; {
		switch tokens.Next() {
		case html.ErrorToken:
			return b.String()
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

func (s *state) exported() ([]exported, error) {
	var list []exported
	err := json.Unmarshal(wire.AppendArray(nil, merged(s.messages)), &list)
	return list, err
}

// names gives what everybody who ever was in the chat is called.
func (s *state) names() map[string]string {
	found := map[string]string{chat.System: "System", "assistant": "Assistant"}
	for _, r := range s.log {
		var data struct {
			User, Interventor struct{ ID, Name, Nickname string }
		}
		switch r.Event {
		case chat.EventCreate, chat.EventJoin, chat.EventIntervene:
			_ = json.Unmarshal(r.Data, &data) // the server wrote it
		}
		for _, u := range []struct{ ID, Name, Nickname string }{data.User, data.Interventor} {
			if u.ID != "" {
				found[u.ID] = u.Name
				if u.Nickname != "" {
					found[u.ID] = u.Nickname
				}
			}
		}
	}
	return found
}

// csv is the conversation as a table (RFC 4180).
func (s *state) csv() ([]byte, error) {
	messages, err := s.exported()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	table, names := csv.NewWriter(&b), s.names()
	_ = table.Write([]string{"created", "sender", "name", "type", "message"}) // into memory
	for _, m := range messages {
		row := []string{m.at().Format(time.RFC3339), m.Sender, names[m.Sender], m.Type, m.text()}
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
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// transcript is the conversation for people to read.
func (s *state) transcript() ([]byte, error) {
	messages, err := s.exported()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	names, day := s.names(), ""
	for _, m := range messages {
		if d := m.at().Format("2 January 2006"); d != day {
			fmt.Fprintf(&b, "%s (UTC)\n\n", d)
			day = d
		}
		name := names[m.Sender]
		if name == "" {
			name = m.Sender
		}
		fmt.Fprintf(&b, "%s  %s: %s\n", m.at().Format("15:04"), name, strings.ReplaceAll(m.text(), "\n", "\n       "))
	}
	return b.Bytes(), nil
}
