package media

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatstate"
	"parley/server/internal/store"
)

// Erase removes a file for good and overwrites its content and its name. One that does
// not exist is not an error; removed is false then.
func (m *Store) Erase(ctx context.Context, app, id string) (removed bool, err error) {
	name := objectName(app, id)
	info, err := m.objects.GetInfo(ctx, name, jetstream.GetObjectInfoShowDeleted())
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return false, nil
	}
	if err == nil {
		_, err = store.Erase(ctx, m.engine, "OBJ_"+bucket, chunkPrefix+info.NUID, 0)
	}
	if err == nil { // it is found again until then
		_, err = store.Erase(ctx, m.engine, "OBJ_"+bucket, infoSubject(name), 0)
	}
	if err == nil && !info.Deleted {
		err = m.usage.change(ctx, app, "", -1, -int64(info.Size))
	}
	return err == nil, err
}

// infoSubject is the subject of the record of an object (NATS ADR-20).
func infoSubject(name string) string {
	return infoPrefix + base64.URLEncoding.EncodeToString([]byte(name))
}

// EraseAll removes all files of an app.
func (m *Store) EraseAll(ctx context.Context, app string) error {
	for after := uint64(0); ; {
		files, next, err := m.List(ctx, app, "", "", after, erasedAtOnce)
		if err != nil {
			return err
		}
		for _, f := range files {
			if _, err := m.Erase(ctx, app, f.ID); err != nil {
				return err
			}
		}
		if next == 0 {
			return nil
		}
		after = next
	}
}

const erasedAtOnce = 100

// Of gives the files that the messages of a chat are about: those of one sender, or all
// if the sender is "".
func Of(now *chatstate.State, sender string) (fileIDs []string) {
	for _, raw := range now.Messages {
		var m struct {
			Sender  string
			Message struct{ ID string }
		}
		if json.Unmarshal(raw, &m) == nil && m.Message.ID != "" && (sender == "" || m.Sender == sender) { // a text has no members
			fileIDs = append(fileIDs, m.Message.ID)
		}
	}
	return fileIDs
}
