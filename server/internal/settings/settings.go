package settings

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"parley/server/internal/limit"
	"parley/server/internal/store"
)

// Settings is what an app has set, with the defaults for the rest. All durations are in
// seconds.
type Settings struct {
	Queue         QueueSettings      `json:"queue"`
	Assignment    AssignmentSettings `json:"assignment"`
	Chats         ChatSettings       `json:"chats"`
	Media         MediaSettings      `json:"media"`
	History       HistorySettings    `json:"history"`
	Quotas        Quotas             `json:"quotas"`
	Privacy       PrivacySettings    `json:"privacy"`
	Login         LoginSettings      `json:"login"`
	Window        WindowSettings     `json:"window"`
	Languages     []string           `json:"languages"` // that the app's agents speak, ISO 639-1 codes
	CannedReplies []CannedReply      `json:"cannedReplies"`
	Surveys       []Survey           `json:"surveys"`
	Tags          []string           `json:"tags"` // that agents are offered for chats; they may use others

	Rates map[limit.Count]limit.Rate `json:"rates"` // that are lower than the server's, of visitors, agents or the app
}

// QueueSettings is about chats for which no agent is free.
type QueueSettings struct {
	Active bool `json:"active"` // they wait in a queue, instead of being left alone. Defaults to false
}

// AssignmentSettings is how an agent is found, unless a chat asks for something else.
type AssignmentSettings struct {
	Algorithm   string  `json:"algorithm"`   // one of Algorithms. Defaults to DefaultAlgorithm
	Timeout     float64 `json:"timeout"`     // for which an invitation waits for its answer. Defaults to the server's limit, 30
	MaxAttempts int     `json:"maxAttempts"` // how many agents are invited, one after the other. Defaults to the server's limit, 10
	// MaxChatsPerAgent is how many chats agents may be in and still be invited to another.
	// Chats that they join by themselves, or that are transferred to them by name, may
	// exceed it. 0, the default, is no limit.
	MaxChatsPerAgent int `json:"maxChatsPerAgent"`
	// Bounds are those of what a session may ask for, of a page or a program.
	Bounds AssignmentBounds `json:"bounds"`
}

// AssignmentBounds keeps visitors from ringing at agents for hours, and from bothering all
// of them. Only the app's secret may ask for more.
type AssignmentBounds struct {
	MinTimeout  float64 `json:"minTimeout"`  // of an invitation. Defaults to 5
	MaxTimeout  float64 `json:"maxTimeout"`  // of an invitation. Defaults to 120
	MaxAttempts int     `json:"maxAttempts"` // agents invited one after the other. Defaults to 20
}

// Clamp brings what is asked for within the bounds. 0, which asks for nothing, stays.
func (b AssignmentBounds) Clamp(timeout float64, attempts int) (float64, int) {
	if timeout != 0 {
		timeout = min(max(timeout, b.MinTimeout), b.MaxTimeout)
	}
	return timeout, min(attempts, b.MaxAttempts)
}

// ChatSettings is when chats end by themselves, and when users leave them who are not there.
type ChatSettings struct {
	ExpireAfter  float64 `json:"expireAfter"`  // without a message the chat is closed then; 0 is never. Defaults to 3,600
	ExpiryAlert  float64 `json:"expiryAlert"`  // how long before, the members are alerted; see Alerts. Defaults to 120
	VisitorGrace float64 `json:"visitorGrace"` // for which a visitor may be without a connection; 0 is for ever. Defaults to 60
	AgentGrace   float64 `json:"agentGrace"`   // the same for an agent; then the chat goes to others. Defaults to 60
}

// Alerts tells whether the members are alerted before a chat expires: not with an
// ExpiryAlert of 0, or of ExpireAfter and more.
func (c ChatSettings) Alerts() bool { return c.ExpiryAlert > 0 && c.ExpiryAlert < c.ExpireAfter }

// MediaSettings is about files that users send.
type MediaSettings struct {
	Active   bool     `json:"active"`   // files are accepted. Defaults to true
	MaxBytes int64    `json:"maxBytes"` // of one file. Defaults to 25 MiB
	Types    []string `json:"types"`    // accepted file name extensions, without a dot. Defaults to defaultMediaTypes
}

// HistorySettings is about earlier conversations that pages import into a chat.
type HistorySettings struct {
	Senders []string `json:"senders"` // bots that pages may name as senders, besides the assistant. Defaults to none
}

// PrivacySettings is about the data of people: what they may do with their own, and how
// long it is kept.
type PrivacySettings struct {
	SelfErase  bool `json:"selfErase"`  // they may erase it. Defaults to false
	SelfExport bool `json:"selfExport"` // they may have a copy of it. Defaults to false
	OwnChats   bool `json:"ownChats"`   // known visitors may list their earlier chats. Defaults to false
	KeepChats  int  `json:"keepChats"`  // days after their close; 0, the default, is for ever
	KeepFiles  int  `json:"keepFiles"`  // the same of the files in them; 0, the default, is as long as the chat
}

// CannedReply is a text that agents can insert.
type CannedReply struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Lang  string `json:"lang,omitempty"` // ISO 639-1 code of its language: those of the visitor's come first. Defaults to "", for any
}

// Survey is what a visitor can be asked after a chat.
type Survey struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Questions []SurveyQuestion `json:"questions"`
}

// SurveyQuestion is one question of a Survey.
type SurveyQuestion struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Type     string   `json:"type"`              // rating (1 to 5), choice or text
	Options  []string `json:"options,omitempty"` // of a choice
	Required bool     `json:"required,omitempty"`
}

// defaultMediaTypes are the usual images, documents, audio and video files (interface
// notes, d.3). A browser runs none of them.
var defaultMediaTypes = []string{
	"jpeg", "jpg", "png", "gif", "webp", "heic", "heif", "pdf", "xlsx", "docx", "txt", "csv",
	"mp4", "mov", "webm", "avi", "mp3", "aac", "wav", "wma", "ogg", "oga", "m4a",
}

// Store knows every app's Settings.
type Store struct {
	stored   *store.Mirror[json.RawMessage] // <app>: an object of what the app has set
	server   Server
	defaults Settings
	decoded  sync.Map // <app>: decoded
}

// Server is what the server's options say about the settings of all apps. The first three
// are defaults, and the quotas also the most.
type Server struct {
	AssignTimeout     time.Duration
	AssignMaxAttempts int
	Quotas            Quotas
	PlainProviders    bool // agents may log in by providers that are reached by http, and at private addresses
}

// Open opens the bucket of settings. onChange is called when an app's settings have
// changed, by whatever node.
func Open(ctx context.Context, e *store.Engine, server Server, onChange func()) (*Store, error) {
	kv, err := store.Bucket(ctx, e, "parley_settings", "what each app has set", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	stored, err := store.OpenMirror(ctx, kv, ">", func(string, store.Record[json.RawMessage]) { onChange() })
	return &Store{stored: stored, server: server, defaults: Settings{
		Assignment: AssignmentSettings{
			Algorithm: DefaultAlgorithm, Timeout: server.AssignTimeout.Seconds(), MaxAttempts: server.AssignMaxAttempts,
			Bounds: AssignmentBounds{MinTimeout: 5, MaxTimeout: 120, MaxAttempts: 20},
		},
		Chats:         ChatSettings{ExpireAfter: 3600, ExpiryAlert: 120, VisitorGrace: 60, AgentGrace: 60},
		Media:         MediaSettings{Active: true, MaxBytes: 25 << 20, Types: defaultMediaTypes},
		History:       HistorySettings{Senders: []string{}},
		Quotas:        server.Quotas,
		Login:         LoginSettings{Password: true, Passkeys: true, SecondFactor: "optional"},
		Window:        WindowSettings{Fields: defaultFields, TimeZone: "UTC", Holidays: []Holiday{}, Away: AwayChat, Words: []WindowWords{}},
		Languages:     []string{},
		CannedReplies: []CannedReply{},
		Tags:          []string{},
		Surveys:       []Survey{},
		Rates:         map[limit.Count]limit.Rate{},
	}}, err
}

// Of gives an app's settings, from memory. The caller must not change them.
func (s *Store) Of(app string) Settings {
	r := s.stored.Get(app)
	if !r.Exists {
		return s.defaults
	}
	if last, found := s.decoded.Load(app); found && last.(decoded).revision == r.Revision {
		return last.(decoded).settings
	}
	result := s.settings(r.Value)
	s.decoded.Store(app, decoded{r.Revision, result})
	return result
}

// settings makes the settings of what an app has set; nil is nothing.
func (s *Store) settings(set json.RawMessage) Settings {
	result := s.unset()
	_ = json.Unmarshal(set, &result) // was checked before it was stored
	result.Quotas = result.Quotas.within(s.defaults.Quotas)
	result.Login.withDefaults()
	return result
}

// unset gives the settings of an app that has set nothing, to be written into: Unmarshal
// reuses the array of a slice, and a map.
func (s *Store) unset() Settings {
	result := s.defaults
	result.Media.Types = slices.Clone(result.Media.Types)
	result.Window.Fields = slices.Clone(result.Window.Fields)
	result.Rates = map[limit.Count]limit.Rate{}
	return result
}

// decoded is what Of has made of a record, since each message asks for it.
type decoded struct {
	revision uint64
	settings Settings
}

// HasSet tells whether an app has set anything yet.
func (s *Store) HasSet(app string) bool { return s.stored.Get(app).Exists }

// Remove removes what an app has set.
func (s *Store) Remove(ctx context.Context, app string) error { return s.stored.Remove(ctx, app) }
