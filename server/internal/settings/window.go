package settings

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// WindowSettings is what the chat window of the app's pages asks and says before a chat, for
// everybody to read. What a page says of it itself goes before it.
type WindowSettings struct {
	Fields   []FormField `json:"fields"`   // what visitors are asked. Defaults to their name
	Consent  Consent     `json:"consent"`  // to what they must agree. Defaults to nothing
	Hours    string      `json:"hours"`    // when agents are there, such as Mo-Fr 09:00-17:00; "", the default, is always
	TimeZone string      `json:"timeZone"` // of Hours, by its IANA name. Defaults to UTC
	Holidays []Holiday   `json:"holidays"` // days that have hours of their own. Defaults to none
	Away     string      `json:"away"`     // what visitors do outside of Hours: AwayChat, the default, or AwayMessage

	// Words are said in place of the window's own, language by language. Defaults to none.
	Words []WindowWords `json:"words"`
}

// Holiday is a day whose hours are not those of its weekday.
type Holiday struct {
	Date  string `json:"date"`            // such as 2026-12-24, in the window's time zone
	Hours string `json:"hours,omitempty"` // such as 10:00-14:00; 16:00-18:00; "", the default, is none
}

// WindowWords are what a window says in one language. What is "" is said as ever.
type WindowWords struct {
	Lang     string `json:"lang"`               // ISO 639-1 code; "" for all languages that have no words of their own
	Heading  string `json:"heading,omitempty"`  // title of the window
	Welcome  string `json:"welcome,omitempty"`  // above the form before a chat
	Greeting string `json:"greeting,omitempty"` // what the assistant says first in a chat, one message a line; agents see it
	Away     string `json:"away,omitempty"`     // in a chat, when no agent is there
}

// What visitors do outside of the opening hours. Either way a chat waits for an agent.
const (
	AwayChat    = "chat"    // they begin a chat as ever
	AwayMessage = "message" // the form asks them for their message, with which the chat begins
)

// FormField is one thing that visitors are asked before a chat.
type FormField struct {
	Name     string   `json:"name"`
	Label    string   `json:"label,omitempty"`    // Defaults to the name; name, email, phone and topic are labelled in each language
	Type     string   `json:"type,omitempty"`     // text, email, tel or textarea. Defaults to what the name asks for
	Options  []string `json:"options,omitempty"`  // answers to choose from
	Required bool     `json:"required,omitempty"` // there is no chat without an answer
}

// Consent is what visitors must agree to before a chat.
type Consent struct {
	Text string `json:"text"` // "" is nothing
	URL  string `json:"url"`  // where they read about it; "" is no link
}

// Bounds of what a window asks.
const (
	maxFields  = 20
	maxOptions = 100 // of one field
	maxWords   = 50  // languages
)

var defaultFields = []FormField{{Name: "name"}}

// check refuses what a window could not show. The error names the setting.
func (w WindowSettings) check() error {
	return cmp.Or(w.checkFields(), w.Consent.check(), checkHours(w.Hours), checkZone(w.TimeZone),
		checkHolidays(w.Holidays), checkOneOf("window.away", w.Away, AwayChat, AwayMessage), w.checkWords())
}

func (w WindowSettings) checkWords() error {
	if n := len(w.Words); n > maxWords {
		return ids.Refuse(wire.TooManyValues, "window.words", "%d languages, at most %d are allowed", n, maxWords)
	}
	seen := map[string]bool{}
	for i, in := range w.Words {
		at := fmt.Sprintf("window.words.%d.", i)
		err := cmp.Or(checkLanguage(at+"lang", in.Lang), ids.CheckText(at+"heading", in.Heading, 100), ids.CheckText(at+"welcome", in.Welcome, 500),
			ids.CheckText(at+"greeting", in.Greeting, 2000), ids.CheckText(at+"away", in.Away, 500))
		if err == nil && seen[in.Lang] {
			err = ids.Refuse(wire.ValueTwice, at+"lang", "%q is used twice", in.Lang)
		}
		if err != nil {
			return err
		}
		seen[in.Lang] = true
	}
	return nil
}

func (w WindowSettings) checkFields() error {
	if n := len(w.Fields); n > maxFields {
		return ids.Refuse(wire.TooManyValues, "window.fields", "%d fields, at most %d are allowed", n, maxFields)
	}
	seen := map[string]bool{}
	for i, f := range w.Fields {
		at := fmt.Sprintf("window.fields.%d.", i)
		err := cmp.Or(checkLine(at+"name", f.Name, 60), ids.CheckText(at+"label", f.Label, 200), ids.CheckNames(at+"options", f.Options))
		if f.Type != "" {
			err = cmp.Or(err, checkOneOf(at+"type", f.Type, "text", "email", "tel", "textarea"))
		}
		switch {
		case err != nil:
		case seen[f.Name]:
			err = ids.Refuse(wire.ValueTwice, at+"name", "%q is used twice", f.Name)
		case len(f.Options) > maxOptions:
			err = ids.Refuse(wire.TooManyValues, at+"options", "%d options, at most %d are allowed", len(f.Options), maxOptions)
		}
		if err != nil {
			return err
		}
		seen[f.Name] = true
	}
	return nil
}

func (c Consent) check() error {
	if err := cmp.Or(ids.CheckText("window.consent.text", c.Text, 1000), ids.CheckText("window.consent.url", c.URL, 2000)); err != nil || c.URL == "" {
		return err
	}
	link, err := url.Parse(c.URL)
	if err != nil || link.Scheme != "https" || link.Host == "" || link.User != nil {
		return malformed("window.consent.url", "must begin with https:// and name a page, such as https://example.com/privacy")
	}
	return nil
}

func checkOneOf(name, value string, all ...string) error {
	if !slices.Contains(all, value) {
		return malformed(name, "must be %s or %s, not %q", strings.Join(all[:len(all)-1], ", "), all[len(all)-1], value)
	}
	return nil
}
