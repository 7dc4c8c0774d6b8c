package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	archiveStream  = "PARLEY_CLOSED"
	archiveSubject = "parley.closed."
	archiveLooked  = 1000 // records read for one page at most, whether they fit or not
)

// Archive lists closed chats, newest first, without any log being read: one
// subject for each app, and one for each agent with the chats he was in. A record
// names the one before it, so that a page is read backwards from anywhere.
type Archive struct {
	js     jetstream.JetStream
	stream jetstream.Stream
	mu     sync.Mutex // held to add, so that only other nodes can be in the way
}

// archived is a record.
type archived struct {
	Prev uint64          `json:"prev"` // position of the one before, 0 for the first
	Room string          `json:"room"`
	Chat json.RawMessage `json:"chat"` // as it is told to agents
}

func OpenArchive(ctx context.Context, e *store.Engine) (*Archive, error) {
	stream, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: archiveStream, Description: "the closed chats of each app, and of each agent", Subjects: []string{archiveSubject + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
		Duplicates: 10 * time.Minute, // what follows a close is done again after a crash
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", archiveStream, err)
	}
	return &Archive{js: e.JS, stream: stream}, nil
}

// ArchiveOf names the list of an app, or of an agent if there is one.
func ArchiveList(app, agentID string) string {
	if agentID == "" {
		return archiveSubject + app
	}
	return archiveSubject + app + "." + agentID
}

// Add puts a closed chat into the lists. Doing it again changes nothing.
func (a *Archive) Add(ctx context.Context, key ids.Key, now *chatstate.State) error {
	told := now.JSON(chatstate.Staff, chatstate.Related{Users: true, Watchers: true}).Done()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, agentID := range append([]string{""}, now.PastAgents()...) {
		if err := a.append(ctx, ArchiveList(key.App, agentID), key.ID, archived{Room: chatstate.RoomOf(now.Chat), Chat: told}); err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) append(ctx context.Context, subject, chatID string, r archived) error {
	for try := range store.Tries {
		last, err := a.stream.GetLastMsgForSubject(ctx, subject)
		switch {
		case err == nil:
			r.Prev = last.Sequence
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return fmt.Errorf("%s: %w", subject, err)
		}
		msg := nats.NewMsg(subject)
		if msg.Data, err = json.Marshal(r); err != nil {
			return err
		}
		_, err = a.js.PublishMsg(ctx, msg, jetstream.WithMsgID(subject+"/"+chatID), jetstream.WithExpectLastSequencePerSubject(r.Prev))
		if !store.IsConflict(err) {
			return err
		}
		store.Pause(ctx, try)
	}
	return ids.ErrUnavailable("too many chats are closed at the same time")
}

// Page gives the chats of a list, in one room if it is named: from a position on
// that an earlier page named, 0 for the newest. next is 0 when there are no more.
func (a *Archive) Page(ctx context.Context, subject, room string, from uint64, limit int) (chats []wire.Raw, next uint64, err error) {
	next = from
	for looked := 0; len(chats) < limit && looked < archiveLooked; looked++ {
		var msg *jetstream.RawStreamMsg
		if next == 0 && looked == 0 {
			msg, err = a.stream.GetLastMsgForSubject(ctx, subject)
		} else {
			msg, err = a.stream.GetMsg(ctx, next)
		}
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound) && from == 0:
			return chats, 0, nil
		case errors.Is(err, jetstream.ErrMsgNotFound), err == nil && msg.Subject != subject:
			return nil, 0, wire.Errorf(wire.CodeBadRequest, "before: must be the next of an earlier page")
		case err != nil:
			return nil, 0, err
		}
		var r archived
		if err := json.Unmarshal(msg.Data, &r); err != nil {
			return nil, 0, fmt.Errorf("record %d of %s: %w", msg.Sequence, subject, err)
		}
		if room == "" || r.Room == room {
			chats = append(chats, wire.Raw(r.Chat))
		}
		if next = r.Prev; next == 0 {
			break
		}
	}
	return chats, next, nil
}
