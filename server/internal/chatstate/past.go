package chatstate

import (
	"slices"
	"sort"
	"time"

	"parley/core/chat"
	"parley/server/internal/ids"
)

// A chat may have a hundred thousand messages, and who asks for what it was may ask often. So
// the past of a chat is folded from the entries that change more than what was said, and
// shares what was said with the present.

// says tells whether an entry only adds to what was said, or to who has read it.
func says(e chat.Entry) bool {
	return e.Event == chat.EventMessage || e.Event == chat.EventRead || e.Event == chat.EventImport
}

// recordsUntil gives the records up to a position.
func (s *State) recordsUntil(seq uint64) []Record {
	n := sort.Search(len(s.Log), func(i int) bool { return s.Log[i].Seq > seq })
	return s.Log[:n:n]
}

// at sets the positions of a past chat, whose records are these.
func (s *State) at(log []Record) {
	if len(log) == 0 {
		return
	}
	end := log[len(log)-1]
	s.Seq, s.last = end.Seq, end.Prev
	for a, visible := range end.VisibleTo {
		if visible {
			s.last[a] = end.Seq
		}
	}
	s.Chat.Seq = max(s.Chat.Seq, end.Seq)
}

// At gives the chat as it was at an earlier position, without messages, reads and
// lifecycle.
func (s *State) At(seq uint64) State {
	past, log := State{Config: s.Config}, s.recordsUntil(seq)
	for _, r := range log {
		if says(r.Entry) {
			continue
		}
		if next, err := apply(past.Chat, r.Entry); err == nil {
			past.Queue, _ = past.Queue.after(r.Entry, 0, past.Chat, next) // could be read when it was folded
			past.Chat = next
		}
	}
	past.at(log)
	return past
}

// Until gives the chat as it was at an earlier position, with all that was said by then.
// It folds the chat anew, without the times at which the log took its entries.
func (s *State) Until(seq uint64) State {
	fold, log := NewFolded(ids.Key{ID: s.Chat.ID}), s.recordsUntil(seq)
	lastSaid := -1
	for i, r := range log {
		switch {
		case r.Event == chat.EventMessage:
			lastSaid, fold.Alerted = i, false
		case !says(r.Entry):
			_ = fold.Apply(fold.Next(r.Entry), r.Seq, time.Unix(0, 0)) // could be read when it was folded
		}
	}
	past := fold.State
	if past.Removed || len(log) == 0 {
		return past
	}
	if lastSaid >= 0 {
		past.LastActivity = max(past.LastActivity, created(log[lastSaid].Data, "message"))
	}
	past.at(log)
	past.Log = log
	past.shareSaid(s, log[len(log)-1])
	return past
}

// shareSaid takes what was said up to a record from the present.
func (s *State) shareSaid(now *State, until Record) {
	s.Messages, s.reads, s.Bytes = now.Messages[:until.messages:until.messages], now.reads[:until.reads:until.reads], until.bytes
	if now.wroteAt <= until.messages {
		s.wroteAt = now.wroteAt
	}
	n, _ := slices.BinarySearch(now.files, until.messages)
	s.Files, s.files = FileCount{}, now.files[:n:n]
	for _, i := range s.files {
		s.Files.add(s.Messages[i])
	}
}
