package media

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// A record of each upload is written before its first byte is stored, and removed when the
// log has the message about the file, or when nothing is left of the file. A record that
// has grown old belongs to an upload that a crash has interrupted: its file is removed
// unless the log has the message, and so is content that belongs to no file.

// LeftoverAfter is the age at which what is left of an upload is removed. No upload is
// still going on then: Within is at most half of it.
const (
	LeftoverAfter = 6 * time.Hour
	tidyEvery     = 30 * time.Minute
)

// HasFile tells whether the log of a chat has the message about a file.
type HasFile func(ctx context.Context, key ids.Key, fileID string) (bool, error)

func uploadKey(app, id string) string { return app + "." + id }

// Settle ends an upload: with keep the file stays, without it is removed. It does so even
// if ctx has ended. If it fails, RemoveLeftovers does it later.
func (m *Store) Settle(ctx context.Context, app, id string, keep bool) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), ids.OperationWithin)
	defer stop()
	if !keep && m.undo(ctx, app, id) != nil {
		return
	}
	_ = m.forgetUpload(ctx, uploadKey(app, id))
}

// upload is the record of an upload. The zero value is one that is in no count any more.
type upload struct {
	Charge int64  `json:"charge"` // bytes with which it is counted until the file is there
	Day    string `json:"day"`    // the count of a visitor's day that it is in, "" if it is in none
}

// undo removes what there is of an upload, and takes it out of the counts.
func (m *Store) undo(ctx context.Context, app, id string) error {
	size, err := m.remove(ctx, app, id)
	if err != nil {
		return err
	}
	var was upload
	_, err = store.Modify(ctx, m.uploads, uploadKey(app, id), func(now *upload, found bool) error {
		if was, *now = *now, (upload{}); !found || was.Charge == 0 {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil || was.Charge == 0 {
		return err
	}
	return m.usage.change(ctx, app, was.Day, -1, -cmp.Or(size, was.Charge))
}

func (m *Store) forgetUpload(ctx context.Context, key string) error {
	return m.uploads.Purge(ctx, key, store.PurgeTTL(store.MarkerLife))
}

// remove removes a file and gives the size that it had, 0 if there is none.
func (m *Store) remove(ctx context.Context, app, id string) (size int64, err error) {
	info, err := m.objects.GetInfo(ctx, objectName(app, id))
	if err == nil {
		err = m.objects.Delete(ctx, objectName(app, id))
	}
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return int64(info.Size), nil
}

// TidyUp removes leftovers now and again until ctx ends. onError gets what went wrong; it
// is tried again the next time.
func (m *Store) TidyUp(ctx context.Context, has HasFile, onError func(error)) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		bounded, stop := context.WithTimeout(ctx, tidyEvery)
		err := m.RemoveLeftovers(bounded, LeftoverAfter, has)
		stop()
		if err != nil && ctx.Err() == nil {
			onError(err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// RemoveLeftovers removes what is left of uploads that began longer ago than age. If it is
// interrupted, the next call finds the rest.
func (m *Store) RemoveLeftovers(ctx context.Context, age time.Duration, has HasFile) error {
	var old []string
	err := store.Each(ctx, m.engine, m.uploads, ">", func(entry jetstream.KeyValueEntry) {
		if time.Since(entry.Created()) > age {
			old = append(old, entry.Key())
		}
	})
	if err != nil || len(old) == 0 {
		return err
	}
	for _, upload := range old {
		app, id, _ := strings.Cut(upload, ".")
		keep, err := has(ctx, ids.Key{App: app, ID: chatstate.ChatOfPart(id)}, id)
		if err == nil && !keep {
			err = m.undo(ctx, app, id)
		}
		if err != nil {
			return err
		}
	}
	if err := m.removeStrayContent(ctx, age); err != nil {
		return err
	}
	for _, upload := range old { // last: an interrupted call must find them again
		if err := m.forgetUpload(ctx, upload); err != nil {
			return err
		}
	}
	return nil
}

// removeStrayContent removes content of that age that belongs to no file. The object store
// stores content under a new name first, and then the file that refers to it.
func (m *Store) removeStrayContent(ctx context.Context, age time.Duration) error {
	info, err := m.chunks.Info(ctx, jetstream.WithSubjectFilter(chunkPrefix+">"))
	if err != nil {
		return err
	}
	stray := info.State.Subjects
	files, err := m.objects.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return err
	}
	for _, f := range files {
		delete(stray, chunkPrefix+f.NUID)
	}
	for subject := range stray {
		last, err := m.chunks.GetLastMsgForSubject(ctx, subject)
		if err == nil && time.Since(last.Time) > age {
			err = m.chunks.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
	}
	return nil
}
