package settings

import (
	"parley/core/wire"
	"parley/server/internal/ids"
)

// Quotas are how much the chats, the visitors and the files of an app may take. The
// server's own are the defaults, and the most that an app may set.
type Quotas struct {
	ChatMessages  int64 `json:"chatMessages"`  // messages of a chat
	ChatBytes     int64 `json:"chatBytes"`     // bytes of a chat's log: of its messages and of all else that happened
	ChatFiles     int64 `json:"chatFiles"`     // files of a chat
	ChatFileBytes int64 `json:"chatFileBytes"` // bytes of these
	DayFiles      int64 `json:"dayFiles"`      // files that a visitor sends in a day (UTC)
	DayFileBytes  int64 `json:"dayFileBytes"`  // bytes of these
	AppFiles      int64 `json:"appFiles"`      // files of all chats of the app
	AppFileBytes  int64 `json:"appFileBytes"`  // bytes of these
}

// Quota is one of the Quotas: its name as a setting and as an option of parleyd.
type Quota struct {
	Setting, Option string
	Value           *int64
	Default         int64
	What            string // that it is the most of
}

// Each gives all quotas, which can be set by their Value.
func (q *Quotas) Each() []Quota {
	return []Quota{
		{"chatMessages", "chat-messages", &q.ChatMessages, 100_000, "`messages` of a chat"},
		{"chatBytes", "chat-bytes", &q.ChatBytes, 32 << 20, "`bytes` of a chat without its files"},
		{"chatFiles", "chat-files", &q.ChatFiles, 200, "`files` of a chat"},
		{"chatFileBytes", "chat-file-bytes", &q.ChatFileBytes, 512 << 20, "`bytes` of a chat's files"},
		{"dayFiles", "day-files", &q.DayFiles, 100, "`files` that a visitor sends in a day"},
		{"dayFileBytes", "day-file-bytes", &q.DayFileBytes, 256 << 20, "`bytes` of files that a visitor sends in a day"},
		{"appFiles", "app-files", &q.AppFiles, 1_000_000, "`files` of an app"},
		{"appFileBytes", "app-file-bytes", &q.AppFileBytes, 100 << 30, "`bytes` of an app's files"},
	}
}

// WithDefaults gives the quotas with the default in place of each that is not more than 0.
func (q Quotas) WithDefaults() Quotas {
	for _, one := range q.Each() {
		if *one.Value <= 0 {
			*one.Value = one.Default
		}
	}
	return q
}

// within lowers the quotas to the server's, which may have been lowered since they were set.
func (q Quotas) within(server Quotas) Quotas {
	most := server.Each()
	for n, one := range q.Each() {
		*one.Value = min(*one.Value, *most[n].Value)
	}
	return q
}

// check refuses quotas below one or above the server's.
func (q Quotas) check(server Quotas) error {
	most := server.Each()
	for n, one := range q.Each() {
		if *one.Value < 1 || *one.Value > *most[n].Value {
			return ids.Refuse(wire.OutOfRange, "quotas."+one.Setting, "must be from 1 to %d, which is the server's -%s", *most[n].Value, one.Option)
		}
	}
	return nil
}
