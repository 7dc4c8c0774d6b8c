package chatstate

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// RemovedName is the name of a user who was erased.
const RemovedName = "Deleted user"

// Redacted is an entry as a redaction left it, in the place of the one that was removed.
type Redacted struct {
	Seq   uint64          `json:"seq"`
	At    time.Time       `json:"at"` // when the log took the entry
	Entry json.RawMessage `json:"entry"`
}

// RedactionData is the data of a chat.EventRedact entry. What is left of the removed
// entries is for the server alone: Published leaves it out.
func RedactionData(chatID, about string, entries []Redacted) wire.Raw {
	left, _ := json.Marshal(entries) // texts and numbers only
	return wire.NewObject(nil).Str("chatId", chatID).StrIf("about", about).Raw("entries", left).Done()
}

// RedactedBy gives what a chat.EventRedact entry says of others.
func RedactedBy(e chat.Entry) (entries []Redacted, err error) {
	err = json.Unmarshal(wire.Member(e.Data, "entries"), &entries)
	return entries, err
}

// Published is an entry as clients and the fold get it.
func Published(e chat.Entry) chat.Entry {
	if e.Event == chat.EventRedact {
		about, _ := wire.String(wire.Member(e.Data, "about"))
		chatID, _ := wire.String(wire.Member(e.Data, "chatId"))
		e.Data = RedactionNotice(chatID, about)
	}
	return e
}

// RedactionNotice is what clients get of a redaction: they load the chat again. about is the
// id of the user or the file whose data was removed.
func RedactionNotice(chatID, about string) wire.Raw {
	return wire.NewObject(nil).Str("chatId", chatID).Str("about", about).Done()
}

// NoChat is the chat that clients get in the place of one that was removed; seq is the
// position of the entry that says so.
func NoChat(chatID string, seq uint64) wire.Raw {
	none := wire.Raw("[]")
	return wire.NewObject(nil).Str("id", chatID).Str("status", chat.Closed.String()).Bool("closed", true).Str("creator", chat.System).
		Raw("users", none).Raw("watchers", none).Raw("history", none).Uint("seq", seq).Done()
}

// Redaction removes content from the entries of a chat.
type Redaction struct {
	About   string // id of the user or the file, which clients are sent
	User    string // remove what is about this user and what they wrote, "" for nobody
	Creator bool   // the user has made the chat: what others have set on it is about them
	File    string // remove the message about this file, "" for none
}

// owns tells whether an entry is the user's, whoever has made it.
func (r *Redaction) owns(e chat.Entry) bool {
	return r.User != "" && (e.By == r.User || r.Creator && e.Event == EventUpdate)
}

// Redact gives the data of an entry without what is to be removed; changed tells whether
// there was any.
func (r *Redaction) Redact(e chat.Entry) (data wire.Raw, changed bool) {
	if len(e.Data) == 0 || !bytes.Contains(e.Data, []byte(r.About)) && !r.owns(e) {
		return e.Data, false
	}
	decoder := json.NewDecoder(bytes.NewReader(e.Data))
	decoder.UseNumber()
	var content any
	if decoder.Decode(&content) != nil { // the fold has logged it; nothing of it can be kept
		return wire.Raw("{}"), true
	}
	walk := redactionOf{Redaction: r, own: r.owns(e)}
	content = walk.value(content)
	if !walk.changed {
		return e.Data, false
	}
	data, err := json.Marshal(content)
	if err != nil {
		return wire.Raw("{}"), true
	}
	return data, true
}

// redactionOf is the redaction of one entry.
type redactionOf struct {
	*Redaction
	own     bool // the entry is the user's
	changed bool
}

type object = map[string]any

func (r *redactionOf) value(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = r.value(v[i])
		}
	case object:
		return r.object(v)
	}
	return v
}

func (r *redactionOf) object(o object) any {
	_, hasContent := o["message"]
	_, inChat := o["sender"]
	switch {
	case o["redacted"] == true:
		return o
	case hasContent && inChat:
		return r.message(o)
	case r.User != "" && o["id"] == r.User:
		r.changed = true
		return keep(o, object{"name": RemovedName, "redacted": true}, "id", "providerId")
	}
	for name, v := range o {
		o[name] = r.value(v)
	}
	ofTheirs := r.User != "" && o["creator"] == r.User
	if ofTheirs || r.own {
		r.chat(o)
	}
	if o["extraData"] != nil && r.own {
		delete(o, "extraData")
		r.changed = true
	}
	return o
}

// chat removes what pages and programs have written about a chat. Of its language the
// first part stays, by which agents are found.
func (r *redactionOf) chat(o object) {
	if o["externalId"] != nil {
		o["externalId"], r.changed = nil, true
	}
	if source, is := o["source"].(string); is && source != "" {
		o["source"], r.changed = "", true
	}
	if tag, is := o["lang"].(string); is {
		if language := languageSubtag.FindString(tag); language != tag {
			o["lang"], r.changed = language, true
		}
	}
}

// languageSubtag is how a language tag begins (RFC 5646, section 2.2.1).
var languageSubtag = regexp.MustCompile(`^[A-Za-z]{2,3}\b`)

// message removes the content of a message. What a user imported is about them, whoever
// is said to have written it.
func (r *redactionOf) message(o object) any {
	file, _ := o["message"].(object)
	fileID, _ := file["id"].(string)
	theirs := r.User != "" && (o["sender"] == r.User || r.own && o["imported"] == true)
	if !theirs && (r.File == "" || fileID != r.File) {
		return o
	}
	r.changed = true
	left := keep(o, object{"type": "text", "message": "", "redacted": true}, "id", "chat", "sender", "created", "imported")
	if theirs && !isRoleName(o["sender"]) {
		left["sender"] = r.User
	}
	return left
}

// keep gives an object with members of another and further ones.
func keep(o, further object, names ...string) object {
	for _, name := range names {
		if v, has := o[name]; has {
			further[name] = v
		}
	}
	return further
}

// isRoleName tells whether the sender of an imported message is named by what they are.
func isRoleName(sender any) bool {
	name, _ := sender.(string)
	return slices.Contains([]string{"assistant", chat.System, "bot"}, strings.ToLower(name))
}
