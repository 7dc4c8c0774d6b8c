package media

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatstate"
	"parley/server/internal/store"
)

// infoSubjects are the subjects of the records of objects, of all apps.
const (
	infoPrefix   = "$O." + bucket + ".M."
	infoSubjects = infoPrefix + ">"
)

// List gives files of an app in the order of their uploads, at most limit of them after a
// position; of one chat unless chatID is "", and of one media type unless kind is "".
// next is the after of the next page, 0 if there are no more files; a page may have none
// and a next, since the files of other apps are read too.
func (m *Store) List(ctx context.Context, app, chatID, kind string, after uint64, limit int) (files []chatstate.File, next uint64, err error) {
	next, err = store.Page(ctx, m.chunks, infoSubjects, after, limit, func(msg *jetstream.RawStreamMsg) (bool, error) {
		var info jetstream.ObjectInfo
		if err := json.Unmarshal(msg.Data, &info); err != nil {
			return false, err
		}
		owner, id, _ := strings.Cut(info.Name, "/")
		if info.Deleted || owner != app || chatID != "" && chatID != info.Metadata["chat"] || kind != "" && kind != info.Metadata["type"] {
			return false, nil
		}
		files = append(files, fileOf(id, &info))
		return true, nil
	})
	return files, next, err
}

func fileOf(id string, info *jetstream.ObjectInfo) chatstate.File {
	return chatstate.File{ID: id, URL: URL(id), Type: info.Metadata["type"], Name: info.Metadata["name"], Size: int64(info.Size)}
}
