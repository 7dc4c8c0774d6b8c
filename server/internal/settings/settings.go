package settings

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley/core/wire"
	"parley/server/internal/store"
)

// Settings is how an app wants its chats to be treated. Times are in seconds.
type Settings struct {
	Queue         QueueSettings      `json:"queue"`
	Assignment    AssignmentSettings `json:"assignment"`
	Chats         ChatSettings       `json:"chats"`
	Media         MediaSettings      `json:"media"`
	Languages     []string           `json:"languages"` // ISO 639-1 codes that the app's agents speak
	CannedReplies []CannedReply      `json:"cannedReplies"`
	Surveys       []Survey           `json:"surveys"`
}

// QueueSettings is about chats that nobody has time for yet.
type QueueSettings struct {
	Active bool `json:"active"` // they wait in line, instead of being left alone. Defaults to false
}

// AssignmentSettings is about how an agent is found, where the chat does not say.
type AssignmentSettings struct {
	Algorithm   string  `json:"algorithm"`   // see algorithms. Defaults to leastBusy
	Timeout     float64 `json:"timeout"`     // that an agent has to answer. Defaults to the server's limit, 30
	MaxAttempts int     `json:"maxAttempts"` // agents invited one after the other. Defaults to the server's limit, 10
	// MaxChatsPerAgent is the number of chats at once for which an agent is invited.
	// Chats that he takes by himself, and those handed over to him by name, may be
	// more. 0, the default, is no limit.
	MaxChatsPerAgent int `json:"maxChatsPerAgent"`
}

// ChatSettings is about how chats end by themselves.
type ChatSettings struct {
	ExpireAfter  float64 `json:"expireAfter"`  // without a message a chat is closed. 0 is never; defaults to 3,600
	ExpiryAlert  float64 `json:"expiryAlert"`  // so long before that, it is announced. 0, or as long as that: not at all; defaults to 120
	VisitorGrace float64 `json:"visitorGrace"` // for a visitor whose connection is lost to come back. 0 is for ever; defaults to 60
}

// MediaSettings is about files that users send.
type MediaSettings struct {
	Active   bool     `json:"active"`   // Defaults to true
	MaxBytes int64    `json:"maxBytes"` // of one file. Defaults to 25 MiB
	Types    []string `json:"types"`    // file name extensions, without a dot. Defaults to defaultMediaTypes
}

// CannedReply is a text that agents have at hand.
type CannedReply struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Survey is what a visitor is asked after a chat.
type Survey struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Questions []SurveyQuestion `json:"questions"`
}

// SurveyQuestion is one of them.
type SurveyQuestion struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Type     string   `json:"type"`              // rating (1 to 5), choice or text
	Options  []string `json:"options,omitempty"` // of a choice
	Required bool     `json:"required,omitempty"`
}

// defaultMediaTypes are the usual pictures, documents, sounds and films
// (interface notes, d.3). Nothing that a browser could run is among them.
var defaultMediaTypes = []string{
	"jpeg", "jpg", "png", "gif", "webp", "pdf", "xls", "xlsx", "doc", "docx", "txt", "csv",
	"mp4", "webm", "avi", "mp3", "aac", "wav", "wma", "ogg", "oga", "m4a",
}

// Store knows every app's Settings. Only what an app has said is stored, so
// that a default changed later holds for the rest.
type Store struct {
	stored   *store.Mirror[json.RawMessage] // <app>: the members that differ from the defaults
	defaults Settings
}

func Open(ctx context.Context, e *store.Engine, assignTimeout time.Duration, assignMaxAttempts int) (*Store, error) {
	kv, err := store.Bucket(ctx, e, "parley_settings", "what each app has set", 0)
	if err != nil {
		return nil, err
	}
	stored, err := store.OpenMirror[json.RawMessage](ctx, kv, ">", nil)
	return &Store{stored, Settings{
		Assignment:    AssignmentSettings{Algorithm: DefaultAlgorithm, Timeout: assignTimeout.Seconds(), MaxAttempts: assignMaxAttempts},
		Chats:         ChatSettings{ExpireAfter: 3600, ExpiryAlert: 120, VisitorGrace: 60},
		Media:         MediaSettings{Active: true, MaxBytes: 25 << 20, Types: defaultMediaTypes},
		Languages:     []string{},
		CannedReplies: []CannedReply{},
		Surveys:       []Survey{},
	}}, err
}

// Of gives an app's settings, from memory. The caller must not change them.
func (s *Store) Of(app string) Settings {
	now := s.defaults
	now.Media.Types = slices.Clone(now.Media.Types) // Unmarshal writes into the array of a slice that it fills
	if r := s.stored.Get(app); r.Exists {
		_ = json.Unmarshal(r.Value, &now) // was checked when it was put
	}
	return now
}

// Put replaces what an app has set by an object of the settings that differ from the
// defaults. It does not check them; Change does.
func (s *Store) Put(ctx context.Context, app string, set wire.Raw) error {
	return s.stored.Put(ctx, app, json.RawMessage(set))
}

// HasSet tells whether an app has set anything yet.
func (s *Store) HasSet(app string) bool { return s.stored.Get(app).Exists }

// Alerts tells whether it is announced that a chat will expire.
func (c ChatSettings) Alerts() bool { return c.ExpiryAlert > 0 && c.ExpiryAlert < c.ExpireAfter }
