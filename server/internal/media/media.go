package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Store keeps the files of chats. A file belongs to one chat, which its id
// begins with; files that a message tells of are never removed by themselves.
type Store struct {
	Objects jetstream.ObjectStore
	Chunks  jetstream.Stream   // that the objects' content is in
	Begun   jetstream.KeyValue // <app>.<file>: uploads that have not come to their end (tidy.go)

	Patience time.Duration // until the rest of an upload counts as left over
}

const mediaBucket = "parley_media"

func Open(ctx context.Context, e *store.Engine) (*Store, error) {
	objects, err := e.JS.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: mediaBucket, Description: "files of chats", Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", mediaBucket, err)
	}
	chunks, err := e.JS.Stream(ctx, "OBJ_"+mediaBucket)
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", mediaBucket, err)
	}
	begun, err := store.Bucket(ctx, e, "parley_uploads", "uploads that have not come to their end", store.MarkerLife)
	return &Store{objects, chunks, begun, 2 * UploadWithin}, err
}

// Put stores a file from a stream, which must end with ctx. What was stored in
// part is gone when it fails. A file that is stored must be settled.
func (m *Store) Put(ctx context.Context, key ids.Key, f chatstate.File, content io.Reader) (chatstate.File, error) {
	if _, err := m.Begun.Put(ctx, UploadKey(key.App, f.ID), nil); err != nil {
		return chatstate.File{}, err
	}
	// The store takes its time from the stream; with ctx over it could not tidy up.
	o, err := m.Objects.Put(context.WithoutCancel(ctx), jetstream.ObjectMeta{
		Name:     objectName(key.App, f.ID),
		Metadata: map[string]string{"chat": key.ID, "name": f.Name, "type": f.Type},
	}, content)
	if err != nil {
		m.Settle(ctx, key.App, f.ID, false)
		return chatstate.File{}, err
	}
	f.Size = int64(o.Size)
	return f, nil
}

// Open gives a file and its content, which lasts as long as ctx. 404 for an
// unknown one.
func (m *Store) Open(ctx context.Context, app, id string) (chatstate.File, io.ReadCloser, error) {
	object, err := m.Objects.Get(ctx, objectName(app, id))
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return chatstate.File{}, nil, ErrUnknownFile(id)
	}
	if err != nil {
		return chatstate.File{}, nil, err
	}
	info, err := object.Info()
	if err != nil {
		_ = object.Close()
		return chatstate.File{}, nil, err
	}
	return chatstate.File{ID: id, URL: MediaURL(id), Type: info.Metadata["type"], Name: info.Metadata["name"], Size: int64(info.Size)}, object, nil
}

func ErrUnknownFile(id string) error { return wire.Errorf(wire.CodeNotFound, "unknown file %q", id) }

func objectName(app, id string) string { return app + "/" + id }

func MediaURL(id string) string { return "/media/" + id }

// Limited passes on so many bytes and fails with a 413 after them, with a 400 if
// there is none, and when ctx is over.
type Limited struct {
	Ctx     context.Context
	Content io.Reader
	Most    int64
	taken   int64
}

func (l *Limited) Read(b []byte) (int, error) {
	if l.Ctx.Err() != nil {
		return 0, l.Ctx.Err()
	}
	n, err := l.Content.Read(b)
	l.taken += int64(n)
	switch {
	case l.taken > l.Most:
		return 0, wire.Errorf(wire.CodeTooLarge, "media: the file has more than %s bytes, which is the limit", strconv.FormatInt(l.Most, 10))
	case errors.Is(err, io.EOF) && l.taken == 0:
		return 0, wire.Errorf(wire.CodeBadRequest, "media: the file is empty")
	case err != nil && !errors.Is(err, io.EOF): // the client has gone
		return 0, wire.Errorf(wire.CodeBadRequest, "body: the form cannot be read: %s", err)
	}
	return n, err
}

const UploadWithin = 15 * time.Minute // the whole of it
