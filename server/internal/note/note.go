package note

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Bounds of a chat's notes.
const (
	MaxNotes = 100  // of a chat
	MaxText  = 2000 // characters of a note
)

const (
	streamName   = "PARLEY_NOTES"
	notesSubject = "parley.notes." // <app>.<chat>.<author>.<id>
	tagsSubject  = "parley.tags."  // <app>.<chat>
)

// Note is what an agent has written down about a chat.
type Note struct {
	ID      string  `json:"id"`
	Chat    string  `json:"chatId"`
	By      string  `json:"by"`               // id of the agent, or "system"
	ByName  string  `json:"byName,omitempty"` // their name when they wrote it
	Text    string  `json:"text"`
	Created float64 `json:"created"` // unix seconds
}

// Store has the notes and tags of all chats.
type Store struct {
	engine *store.Engine
	stream jetstream.Stream
}

// Open opens the stream, and makes it if it is missing.
func Open(ctx context.Context, e *store.Engine) (*Store, error) {
	stream, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Description: "notes of agents about chats, and tags of chats", Subjects: []string{notesSubject + ">", tagsSubject + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", streamName, err)
	}
	return &Store{e, stream}, nil
}

func ofChat(chat ids.Key) string { return notesSubject + chat.Name() + ".>" }

func ofAuthor(app, author string) string { return notesSubject + app + ".*." + author + ".*" }

// List gives the notes of a chat, oldest first.
func (s *Store) List(ctx context.Context, chat ids.Key) ([]Note, error) {
	notes, _, err := s.read(ctx, ofChat(chat), 0, MaxNotes)
	return notes, err
}

// By gives the notes of an author in all chats of an app, oldest first: a page after a
// position, 0 for the start. next is the after of the next page, 0 if there are no more.
func (s *Store) By(ctx context.Context, app, author string, after uint64) (notes []Note, next uint64, err error) {
	next, err = store.Page(ctx, s.stream, ofAuthor(app, author), after, MaxNotes, func(msg *jetstream.RawStreamMsg) (bool, error) {
		n, err := noteOf(msg)
		notes = append(notes, n)
		return true, err
	})
	return notes, next, err
}

// read gives up to limit notes, and the position of the last.
func (s *Store) read(ctx context.Context, filter string, after uint64, limit int) (notes []Note, last uint64, err error) {
	notes = []Note{}
	_, err = store.Page(ctx, s.stream, filter, after, limit, func(msg *jetstream.RawStreamMsg) (bool, error) {
		n, err := noteOf(msg)
		notes, last = append(notes, n), msg.Sequence
		return true, err
	})
	return notes, last, err
}

func noteOf(msg *jetstream.RawStreamMsg) (n Note, err error) {
	if err = json.Unmarshal(msg.Data, &n); err != nil {
		err = fmt.Errorf("record %d: %w", msg.Sequence, err)
	}
	return n, err
}

// Add adds a note to a chat. ID, Chat and Created of n are set here. Too many notes of a
// chat are a 429. A note with the id of one that is there already is that one: a request
// that came twice has added it once.
func (s *Store) Add(ctx context.Context, chat ids.Key, id string, n Note) (Note, error) {
	n.ID, n.Chat, n.Created = id, chat.ID, ids.Unix(time.Now())
	for try := range store.Tries {
		notes, last, err := s.read(ctx, ofChat(chat), 0, MaxNotes)
		if err != nil {
			return n, err
		}
		for _, there := range notes {
			if there.ID == n.ID {
				return there, nil
			}
		}
		if len(notes) >= MaxNotes {
			return n, wire.Errorf(wire.TooManyRequests, "the chat has %d notes already; remove some first", MaxNotes)
		}
		err = s.put(ctx, notesSubject+chat.Name()+"."+n.By+"."+n.ID, n, last, ofChat(chat))
		if !store.IsConflict(err) {
			return n, err
		}
		store.Pause(ctx, try)
	}
	return n, store.ErrConcurrent
}

// put writes a record, unless another one of the filter came after the position.
func (s *Store) put(ctx context.Context, subject string, record any, after uint64, filter string) error {
	msg := nats.NewMsg(subject)
	var err error
	if msg.Data, err = json.Marshal(record); err != nil {
		return err
	}
	_, err = s.engine.PublishOnce(ctx, streamName, msg, jetstream.WithExpectLastSequenceForSubject(after, filter))
	return err
}

// Remove removes a note and overwrites it, if may allows that. A note that does not exist
// is a 404.
func (s *Store) Remove(ctx context.Context, chat ids.Key, id string, may func(Note) error) error {
	unknown := wire.Errorf(wire.UnknownNote, "there is no note %q of this chat", id)
	if ids.Check("", id) != nil {
		return unknown
	}
	msg, err := s.stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(notesSubject+chat.Name()+".*."+id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return unknown
	}
	if err != nil {
		return err
	}
	n, err := noteOf(msg)
	if err == nil {
		err = may(n)
	}
	if err != nil {
		return err
	}
	return s.eraseAt(ctx, msg.Sequence)
}

func (s *Store) eraseAt(ctx context.Context, position uint64) error {
	stream, err := store.FromLeader(ctx, s.engine, streamName)
	if err != nil {
		return err
	}
	return store.EraseMessage(ctx, stream, position)
}

// Erase removes and overwrites the notes and tags of a chat, and gives the number of notes.
func (s *Store) Erase(ctx context.Context, chat ids.Key) (int, error) {
	if _, err := store.Erase(ctx, s.engine, streamName, tagsSubject+chat.Name(), 0); err != nil {
		return 0, err
	}
	return store.Erase(ctx, s.engine, streamName, ofChat(chat), 0)
}

// EraseBy removes and overwrites what an author has written in an app.
func (s *Store) EraseBy(ctx context.Context, app, author string) error {
	_, err := store.Erase(ctx, s.engine, streamName, ofAuthor(app, author), 0)
	return err
}

// EraseApp removes and overwrites what an app has.
func (s *Store) EraseApp(ctx context.Context, app string) error {
	for _, subject := range []string{notesSubject, tagsSubject} {
		if _, err := store.Erase(ctx, s.engine, streamName, subject+app+".>", 0); err != nil {
			return err
		}
	}
	return nil
}
