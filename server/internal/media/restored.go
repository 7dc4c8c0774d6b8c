package media

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatstate"
	"parley/server/internal/store"
)

// Recount counts the files of all apps anew, and notes those that were stored from a time on
// as uploads that are not settled: RemoveLeftovers removes those that the log has no message
// about. It is for a store in which counts, files and the log are of different moments, as in a
// backup, before there are uploads. It can be repeated.
func (m *Store) Recount(ctx context.Context, since time.Time) error {
	uploads := map[string]upload{}
	var unreadable error
	err := store.Each(ctx, m.engine, m.uploads, ">", func(entry jetstream.KeyValueEntry) {
		var u upload
		unreadable = errors.Join(unreadable, json.Unmarshal(entry.Value(), &u))
		uploads[entry.Key()] = u
	})
	if err := errors.Join(err, unreadable); err != nil {
		return err
	}
	counts := map[string]chatstate.FileCount{}
	add := func(app string, files, bytes int64) {
		now := counts[app]
		counts[app] = chatstate.FileCount{Count: now.Count + files, Bytes: now.Bytes + bytes}
	}
	for position := uint64(0); ; {
		position, err = store.Page(ctx, m.chunks, infoSubjects, position, recounted, func(msg *jetstream.RawStreamMsg) (bool, error) {
			var info jetstream.ObjectInfo
			if err := json.Unmarshal(msg.Data, &info); err != nil {
				return false, err
			}
			app, id, _ := strings.Cut(info.Name, "/")
			size := int64(info.Size)
			if info.Deleted {
				size = 0
			} else {
				add(app, 1, size)
				delete(uploads, uploadKey(app, id)) // it is counted with what it has
			}
			if msg.Time.Before(since) {
				return true, nil
			}
			_, err := store.Create(ctx, m.uploads, uploadKey(app, id), upload{Charge: size})
			return true, err
		})
		if err != nil {
			return err
		}
		if position == 0 {
			break
		}
	}
	for key, u := range uploads { // nothing of it is there: what is left of it is taken out of the count again
		if app, _, _ := strings.Cut(key, "."); u.Charge > 0 {
			add(app, 1, u.Charge)
		}
	}
	return m.usage.set(ctx, counts)
}

// recounted is how many files are read at a time.
const recounted = 1000

// set replaces the counts of all apps.
func (u *usage) set(ctx context.Context, counts map[string]chatstate.FileCount) error {
	var gone []string
	err := store.Each(ctx, u.engine, u.ofApp, ">", func(entry jetstream.KeyValueEntry) {
		if _, has := counts[entry.Key()]; !has {
			gone = append(gone, entry.Key())
		}
	})
	for _, app := range gone {
		counts[app] = chatstate.FileCount{}
	}
	for app, count := range counts {
		if err == nil {
			_, err = store.Modify(ctx, u.ofApp, app, func(now *chatstate.FileCount, _ bool) error {
				*now = count
				return nil
			})
		}
	}
	return err
}
