package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Erase overwrites the records of a chat in all lists, and gives their number. With keep
// the app's list gets a record in their place that has only the chat's id: Oldest gives
// it, and Page leaves it out.
func (a *Archive) Erase(ctx context.Context, key ids.Key, now *chatstate.State, keep bool) (erased int, err error) {
	since := time.UnixMilli(int64(now.LastActivity * 1000)).Add(-time.Minute) // no chat is closed before
	for _, agentID := range append([]string{""}, now.PastAgents()...) {
		n, err := a.eraseFrom(ctx, ArchiveList(key.App, agentID), key.ID, since, keep && agentID == "")
		erased += n
		if err != nil {
			return erased, err
		}
	}
	return erased, nil
}

// eraseFrom overwrites the records of a chat in one list. A record that is kept in their
// place is written first, so that a crash between leaves the chat in the list.
func (a *Archive) eraseFrom(ctx context.Context, subject, chatID string, since time.Time, keep bool) (erased int, err error) {
	stream, err := store.FromLeader(ctx, a.engine, archiveStream)
	if err != nil {
		return 0, err
	}
	next, err := a.firstSince(ctx, subject, since)
	for ; err == nil; next++ {
		var msg *jetstream.RawStreamMsg
		if msg, err = stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject)); err != nil {
			break
		}
		next = msg.Sequence
		id, r, failed := idOf(msg)
		if failed != nil {
			return erased, failed
		}
		if id != chatID || keep && r.ID != "" {
			continue
		}
		if keep {
			failed = a.hide(ctx, subject, chatID)
		}
		if failed == nil {
			failed = store.EraseMessage(ctx, stream, msg.Sequence)
		}
		if failed != nil {
			return erased, failed
		}
		erased++
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = nil
	}
	return erased, err
}

// firstSince gives the position of the first record of a list from a time on, as the leader
// has it (NATS ADR-31; jetstream.Stream does not offer it).
func (a *Archive) firstSince(ctx context.Context, subject string, since time.Time) (uint64, error) {
	request, err := json.Marshal(map[string]any{"next_by_subj": subject, "start_time": since})
	if err != nil {
		return 0, err
	}
	msg, err := a.engine.NC.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+archiveStream, request)
	if err != nil {
		return 0, err
	}
	var answer struct {
		Error   *jetstream.APIError
		Message struct{ Seq uint64 }
	}
	switch err := json.Unmarshal(msg.Data, &answer); {
	case err != nil:
		return 0, fmt.Errorf("the leader's answer: %w", err)
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return 0, jetstream.ErrMsgNotFound
	case answer.Error != nil:
		return 0, answer.Error
	}
	return answer.Message.Seq, nil
}

// hide adds a record of a chat that Page leaves out.
func (a *Archive) hide(ctx context.Context, subject, chatID string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.append(ctx, subject, subject+"/"+chatID+"/hidden", archived{Chat: json.RawMessage(`""`), ID: chatID})
}

// EraseAll overwrites all lists of an app.
func (a *Archive) EraseAll(ctx context.Context, app string) error {
	for _, filter := range []string{archiveSubject + app, archiveSubject + app + ".*"} {
		if _, err := store.Erase(ctx, a.engine, archiveStream, filter, 0); err != nil {
			return err
		}
	}
	return nil
}

// EraseAt overwrites one record, if it is still there.
func (a *Archive) EraseAt(ctx context.Context, position uint64) error {
	return store.EraseMessage(ctx, a.stream, position)
}

// Closed is a closed chat in the order of closing.
type Closed struct {
	ID       string
	At       time.Time // when it was closed, or redacted
	Position uint64
	Silent   bool // nobody has said anything in it
}

// Oldest gives the closed chat of an app that was closed first after a position; found is
// false where no chat was closed after it.
func (a *Archive) Oldest(ctx context.Context, app string, after uint64) (c Closed, found bool, err error) {
	msg, err := a.stream.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(ArchiveList(app, "")))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Closed{}, false, nil
	}
	if err != nil {
		return Closed{}, false, err
	}
	id, r, err := idOf(msg)
	return Closed{id, msg.Time, msg.Sequence, r.Silent}, err == nil, err
}

// idOf gives the chat of a record, and the record.
func idOf(msg *jetstream.RawStreamMsg) (id string, r archived, err error) {
	if err := json.Unmarshal(msg.Data, &r); err != nil {
		return "", r, fmt.Errorf("record %d of %s: %w", msg.Sequence, msg.Subject, err)
	}
	if r.ID != "" {
		return r.ID, r, nil
	}
	id, err = chat.Text(wire.Raw(r.Chat), "id")
	return id, r, err
}

// lastUpTo gives the last record of a list up to a position, which must not be later than the stream's last.
func (a *Archive) lastUpTo(ctx context.Context, subject string, position uint64) (*jetstream.RawStreamMsg, error) {
	info, err := a.stream.Info(ctx)
	if err != nil {
		return nil, err
	}
	if position > info.State.LastSeq {
		return nil, errNoPage
	}
	return a.direct(ctx, map[string]any{"multi_last": []string{subject}, "up_to_seq": position})
}

// direct gets one record in a way that jetstream.Stream does not offer (NATS ADR-31).
func (a *Archive) direct(ctx context.Context, request map[string]any) (*jetstream.RawStreamMsg, error) {
	data, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	msg, err := a.engine.NC.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+archiveStream, data)
	if err != nil {
		return nil, err
	}
	return recordOf(msg)
}

func recordOf(msg *nats.Msg) (*jetstream.RawStreamMsg, error) {
	switch status := msg.Header.Get("Status"); status {
	case "":
	case "404":
		return nil, jetstream.ErrMsgNotFound
	default:
		return nil, fmt.Errorf("the stream answers %s %s", status, msg.Header.Get("Description"))
	}
	sequence, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer))
	return &jetstream.RawStreamMsg{Subject: msg.Header.Get(jetstream.SubjectHeader), Sequence: sequence, Time: at, Data: msg.Data, Header: msg.Header}, err
}
