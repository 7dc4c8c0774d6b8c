package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
)

// mediaStore keeps the files of chats. A file belongs to one chat, which its id
// begins with; files that a message tells of are never removed by themselves.
type mediaStore struct {
	objects jetstream.ObjectStore
	chunks  jetstream.Stream   // that the objects' content is in
	begun   jetstream.KeyValue // <app>.<file>: uploads that have not come to their end (tidy.go)

	patience time.Duration // until the rest of an upload counts as left over
}

const mediaBucket = "parley_media"

func openMedia(ctx context.Context, e *Engine) (*mediaStore, error) {
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
	begun, err := bucket(ctx, e, "parley_uploads", "uploads that have not come to their end", markerLife)
	return &mediaStore{objects, chunks, begun, 2 * uploadWithin}, err
}

// put stores a file from a stream, which must end with ctx. What was stored in
// part is gone when it fails. A file that is stored must be settled.
func (m *mediaStore) put(ctx context.Context, key chatKey, f media, content io.Reader) (media, error) {
	if _, err := m.begun.Put(ctx, uploadKey(key.app, f.ID), nil); err != nil {
		return media{}, err
	}
	// The store takes its time from the stream; with ctx over it could not tidy up.
	o, err := m.objects.Put(context.WithoutCancel(ctx), jetstream.ObjectMeta{
		Name:     objectName(key.app, f.ID),
		Metadata: map[string]string{"chat": key.id, "name": f.Name, "type": f.Type},
	}, content)
	if err != nil {
		m.settle(ctx, key.app, f.ID, false)
		return media{}, err
	}
	f.Size = int64(o.Size)
	return f, nil
}

// open gives a file and its content, which lasts as long as ctx. 404 for an
// unknown one.
func (m *mediaStore) open(ctx context.Context, app, id string) (media, io.ReadCloser, error) {
	object, err := m.objects.Get(ctx, objectName(app, id))
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return media{}, nil, errUnknownFile(id)
	}
	if err != nil {
		return media{}, nil, err
	}
	info, err := object.Info()
	if err != nil {
		_ = object.Close()
		return media{}, nil, err
	}
	return media{id, mediaURL(id), info.Metadata["type"], info.Metadata["name"], int64(info.Size)}, object, nil
}

func errUnknownFile(id string) error { return wire.Errorf(wire.CodeNotFound, "unknown file %q", id) }

func objectName(app, id string) string { return app + "/" + id }

func mediaURL(id string) string { return "/media/" + id }

// limited passes on so many bytes and fails with a 413 after them, with a 400 if
// there is none, and when ctx is over.
type limited struct {
	ctx     context.Context
	content io.Reader
	most    int64
	taken   int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.ctx.Err() != nil {
		return 0, l.ctx.Err()
	}
	n, err := l.content.Read(b)
	l.taken += int64(n)
	switch {
	case l.taken > l.most:
		return 0, wire.Errorf(wire.CodeTooLarge, "media: the file has more than %s bytes, which is the limit", strconv.FormatInt(l.most, 10))
	case errors.Is(err, io.EOF) && l.taken == 0:
		return 0, wire.Errorf(wire.CodeBadRequest, "media: the file is empty")
	case err != nil && !errors.Is(err, io.EOF): // the client has gone
		return 0, wire.Errorf(wire.CodeBadRequest, "body: the form cannot be read: %s", err)
	}
	return n, err
}

const uploadWithin = 15 * time.Minute // the whole of it
