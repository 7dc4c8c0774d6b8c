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

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	archiveStream  = "PARLEY_CLOSED"
	archiveSubject = "parley.closed."
	archiveReads   = 1000 // records read for one page at most, whether they are in the room or not
)

// Archive lists closed chats, newest first, without reading their logs. It has one list
// for each app, and one for each agent with the chats that they were in. A list is a subject
// of a stream; a record names the one before it, so that a page is read backwards from anywhere.
type Archive struct {
	engine *store.Engine
	stream jetstream.Stream
	mu     sync.Mutex // held to add, so that only other nodes can conflict
}

// archived is a record of a list.
type archived struct {
	Prev uint64          `json:"prev"` // position of the one before it, 0 for the first
	Room string          `json:"room"`
	Chat json.RawMessage `json:"chat"`         // as agents see it; "" of one that is hidden
	ID   string          `json:"id,omitempty"` // of a chat that is hidden: its user was erased

	Silent bool `json:"silent,omitempty"` // nobody has said anything in it

	Answered float64 `json:"answered,omitempty"` // unix seconds: when the first agent came into it; 0 if none did
	Waited   float64 `json:"waited,omitempty"`   // seconds from its beginning until then
}

// OpenArchive makes sure that the archive's stream exists.
func OpenArchive(ctx context.Context, e *store.Engine) (*Archive, error) {
	stream, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: archiveStream, Description: "the closed chats of each app, and of each agent", Subjects: []string{archiveSubject + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
		Duplicates: 10 * time.Minute, // a chat is added again after a crash
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", archiveStream, err)
	}
	return &Archive{engine: e, stream: stream}, nil
}

// ArchiveList names the list of an app, or of one agent if agentID is not empty.
func ArchiveList(app, agentID string) string {
	if agentID == "" {
		return archiveSubject + app
	}
	return archiveSubject + app + "." + agentID
}

// Add puts a closed chat into the lists. Adding it again changes nothing.
func (a *Archive) Add(ctx context.Context, key ids.Key, now *chatstate.State) error {
	r := archivedOf(now)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, agentID := range append([]string{""}, now.PastAgents()...) {
		subject := ArchiveList(key.App, agentID)
		if err := a.append(ctx, subject, subject+"/"+key.ID, r); err != nil {
			return err
		}
	}
	return nil
}

func archivedOf(now *chatstate.State) archived {
	data := now.JSON(chatstate.Staff, chatstate.Related{Users: true, Watchers: true}).Done()
	r := archived{Room: chatstate.RoomOf(now.Chat), Chat: json.RawMessage(data), Silent: len(now.Messages) == 0}
	if now.Answered != 0 {
		r.Answered, r.Waited = now.Answered, max(0, now.Answered-now.Queue.CreatedAt)
	}
	return r
}

// AddMissing is Add to the lists that do not have the chat, however long ago it was closed.
func (a *Archive) AddMissing(ctx context.Context, key ids.Key, now *chatstate.State) error {
	since := time.UnixMilli(int64(now.LastActivity * 1000)).Add(-time.Minute) // no chat is closed before
	r := archivedOf(now)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, agentID := range append([]string{""}, now.PastAgents()...) {
		subject := ArchiveList(key.App, agentID)
		has, err := a.has(ctx, subject, key.ID, since)
		if err == nil && !has {
			err = a.append(ctx, subject, subject+"/"+key.ID, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a list has a chat that was closed after a time.
func (a *Archive) has(ctx context.Context, subject, chatID string, since time.Time) (bool, error) {
	next, err := a.firstSince(ctx, subject, since)
	for ; err == nil; next++ {
		var msg *jetstream.RawStreamMsg
		if msg, err = a.stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject)); err != nil {
			break
		}
		next = msg.Sequence
		if id, _, err := idOf(msg); err != nil || id == chatID {
			return err == nil, err
		}
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = nil
	}
	return false, err
}

// append adds a record to a list, unless it has one of that name already.
func (a *Archive) append(ctx context.Context, subject, name string, r archived) error {
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
		_, err = a.engine.PublishOnce(ctx, archiveStream, msg, jetstream.WithMsgID(name), jetstream.WithExpectLastSequencePerSubject(r.Prev))
		if !store.IsConflict(err) {
			return err
		}
		store.Pause(ctx, try)
	}
	return ids.ErrUnavailable("too many chats are closed at the same time")
}

var errNoPage = wire.Errorf(wire.BadArgument, "before: must be the next of an earlier page")

// Wanted says which chats of a list a page has.
type Wanted struct {
	Room  string
	From  uint64  // the Next of an earlier page, 0 for the newest chats
	Limit int     // of chats on the page
	Since float64 // unix seconds: closed then or later
	Until float64 // unix seconds: closed before; 0 for any
	// Fits tells whether a chat is wanted that is in the room, and was closed at that time; and
	// whether others may be looked at for the same page. nil has all fit.
	Fits func(id string, chat wire.Raw) (fits, more bool, err error)
}

// Found is a page of a list.
type Found struct {
	Chats  []wire.Raw
	Next   uint64  // From of the next page, 0 if there are no more
	Looked int     // at how many chats
	Back   float64 // unix seconds: when the last of these was closed; 0 if there was none
}

// Page gives chats of a list, the newest first. It reads at most archiveReads records, so that
// a page may have few chats, or none, and more may follow all the same.
func (a *Archive) Page(ctx context.Context, subject string, w Wanted) (page Found, err error) {
	page.Next = w.From
	for more := true; more && len(page.Chats) < w.Limit && page.Looked < archiveReads; {
		msg, err := a.recordUpTo(ctx, subject, page.Next)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			page.Next = 0
			return page, nil
		}
		if err != nil {
			return Found{}, err
		}
		closed := ids.Unix(msg.Time)
		if closed < w.Since { // so were all before it
			page.Next = 0
			return page, nil
		}
		var r archived
		if err := json.Unmarshal(msg.Data, &r); err != nil {
			return Found{}, fmt.Errorf("record %d of %s: %w", msg.Sequence, subject, err)
		}
		page.Looked, page.Back = page.Looked+1, closed
		var fits bool
		if fits, more, err = w.fits(r, closed); err != nil {
			return Found{}, err
		}
		if fits {
			page.Chats = append(page.Chats, chatstate.Completed(wire.Raw(r.Chat)))
		}
		if page.Next = r.Prev; page.Next == 0 {
			break
		}
	}
	return page, nil
}

// fits tells whether a record is of a chat that is wanted, and whether others may be looked at.
func (w Wanted) fits(r archived, closed float64) (fits, more bool, err error) {
	if r.ID != "" || w.Room != "" && r.Room != w.Room || w.Until != 0 && closed >= w.Until {
		return false, true, nil
	}
	if w.Fits == nil {
		return true, true, nil
	}
	id, err := chat.Text(wire.Raw(r.Chat), "id")
	if err != nil {
		return false, false, err
	}
	return w.Fits(id, wire.Raw(r.Chat))
}

// recordUpTo gives the record of a list at a position, the last before if that was erased; of
// 0 the newest.
func (a *Archive) recordUpTo(ctx context.Context, subject string, position uint64) (msg *jetstream.RawStreamMsg, err error) {
	if position == 0 {
		return a.stream.GetLastMsgForSubject(ctx, subject)
	}
	if msg, err = a.stream.GetMsg(ctx, position); errors.Is(err, jetstream.ErrMsgNotFound) {
		msg, err = a.lastUpTo(ctx, subject, position)
	}
	if err == nil && msg.Subject != subject {
		err = errNoPage
	}
	return msg, err
}
