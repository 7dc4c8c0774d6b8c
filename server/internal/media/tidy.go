package media

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// An upload is noted before its first byte is stored, and the note is taken away
// when the log has the message that tells of the file, or nothing is left of it.
// What a crash leaves behind has a note that grows old: the file is removed unless
// the log tells of it, and so is content that belongs to no file.

func UploadKey(app, id string) string { return app + "." + id }

// Settle ends an upload: the file stays if it is told of. What fails here is made
// good by tidy.
func (m *Store) Settle(ctx context.Context, app, id string, told bool) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), ids.OperationWithin)
	defer stop()
	if !told && m.remove(ctx, app, id) != nil {
		return
	}
	_ = m.Begun.Purge(ctx, UploadKey(app, id), jetstream.PurgeTTL(store.MarkerLife))
}

func (m *Store) remove(ctx context.Context, app, id string) error {
	err := m.Objects.Delete(ctx, objectName(app, id))
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	return err
}

// TidyUp removes what uploads have left behind, until ctx ends. told says whether a
// chat's log tells of a file; failed takes what went wrong, and it is tried again.
func (m *Store) TidyUp(ctx context.Context, told func(ctx context.Context, key ids.Key, id string) (bool, error), failed func(error)) {
	look := time.NewTicker(m.Patience)
	defer look.Stop()
	for {
		bounded, stop := context.WithTimeout(ctx, m.Patience)
		err := m.Tidy(bounded, told)
		stop()
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// Tidy removes what uploads of some time ago have left behind. told says whether
// a chat's log tells of a file.
func (m *Store) Tidy(ctx context.Context, told func(ctx context.Context, key ids.Key, id string) (bool, error)) error {
	var old []string
	err := store.Each(ctx, m.Begun, ">", func(entry jetstream.KeyValueEntry) {
		if time.Since(entry.Created()) > m.Patience {
			old = append(old, entry.Key())
		}
	})
	if err != nil || len(old) == 0 {
		return err
	}
	for _, name := range old {
		app, id, _ := strings.Cut(name, ".")
		known, err := told(ctx, ids.Key{App: app, ID: chatstate.ChatOfPart(id)}, id)
		if err == nil && !known {
			err = m.remove(ctx, app, id)
		}
		if err != nil {
			return err
		}
	}
	if err := m.removeStray(ctx); err != nil {
		return err
	}
	for _, name := range old {
		if err := m.Begun.Purge(ctx, name, jetstream.PurgeTTL(store.MarkerLife)); err != nil {
			return err
		}
	}
	return nil
}

// removeStray removes content that belongs to no file, nor to one that is on its
// way. Content is stored under a name of its own, which its file then knows.
func (m *Store) removeStray(ctx context.Context) error {
	const content = "$O." + mediaBucket + ".C."
	info, err := m.Chunks.Info(ctx, jetstream.WithSubjectFilter(content+">"))
	if err != nil {
		return err
	}
	stray := info.State.Subjects
	files, err := m.Objects.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return err
	}
	for _, f := range files {
		delete(stray, content+f.NUID)
	}
	for subject := range stray {
		last, err := m.Chunks.GetLastMsgForSubject(ctx, subject)
		if err == nil && time.Since(last.Time) > m.Patience {
			err = m.Chunks.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
	}
	return nil
}
