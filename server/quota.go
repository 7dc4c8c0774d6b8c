package server

import (
	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/media"
	"parley/server/internal/op"
	"parley/server/internal/settings"
)

// What a chat holds is known by folding its log, and judged again at each entry that is
// appended: so no node, and no number of connections, gets past a quota.

// staffShare is how much more agents may write into a chat that is full for its visitor:
// one in so many. It is for a last word.
const staffShare = 10

// mayAppend refuses an entry that the chat does not allow to the user, and one for which
// it has no room. earlier messages are on their way to be appended before it.
func (s *Server) mayAppend(c *op.Call, now *chatstate.State, event string, earlier int) error {
	if err := c.Check(now.Chat, event); err != nil {
		return err
	}
	switch event {
	case chat.EventRead, chat.EventLeave, chat.EventClose: // once for each message and user at most
		return nil
	}
	q := s.settings.Of(c.Key.App).Quotas
	switch {
	case int64(len(now.Messages)+earlier) >= allowed(c, q.ChatMessages):
		return wire.Errorf(wire.ChatFull, "the chat has %d messages, as many as it may (quotas.chatMessages)", q.ChatMessages)
	case now.Bytes >= allowed(c, q.ChatBytes):
		return wire.Errorf(wire.ChatFull, "the chat has %d bytes, as many as it may (quotas.chatBytes)", q.ChatBytes)
	}
	return nil
}

// mayAppendFile refuses a file of so many bytes for which the chat has no room.
func mayAppendFile(c *op.Call, q settings.Quotas, now *chatstate.State, size int64) error {
	switch {
	case now.Files.Count >= allowed(c, q.ChatFiles):
		return wire.Errorf(wire.ChatFilesFull, "the chat has %d files, as many as it may (quotas.chatFiles)", q.ChatFiles)
	case now.Files.Bytes+size > allowed(c, q.ChatFileBytes):
		return wire.Errorf(wire.ChatFilesFull, "the chat's files would have more than %d bytes (quotas.chatFileBytes)", q.ChatFileBytes)
	}
	return nil
}

// allowance is what the file of an upload may take.
func allowance(c *op.Call, set settings.Settings) media.Allowance {
	q := set.Quotas
	a := media.Allowance{
		FileBytes: set.Media.MaxBytes, Announced: c.Upload.Size, App: chatstate.FileCount{Count: q.AppFiles, Bytes: q.AppFileBytes},
		Day: chatstate.FileCount{Count: q.DayFiles, Bytes: q.DayFileBytes},
	}
	if !c.ByStaff() {
		a.Visitor = c.User.ID
	}
	return a
}

// allowed is the quota of a chat for who calls.
func allowed(c *op.Call, quota int64) int64 {
	if c.ByStaff() {
		return quota + max(quota/staffShare, 1)
	}
	return quota
}
