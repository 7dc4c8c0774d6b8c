package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

// Store stores the files of chats.
type Store struct {
	objects jetstream.ObjectStore
	engine  *store.Engine
	chunks  jetstream.Stream   // what the content of the objects is stored in
	uploads jetstream.KeyValue // <app>.<file>: uploads that are not settled (leftovers.go)
	usage   *usage
	key     []byte // signs addresses (address.go)
}

const (
	bucket      = "parley_media"
	chunkPrefix = "$O." + bucket + ".C." // before the NUID of an object: the subject of its chunks
)

// Open opens the object store of files and the bucket of uploads, and makes what is missing.
func Open(ctx context.Context, e *store.Engine) (*Store, error) {
	objects, err := e.JS.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: bucket, Description: "files of chats", Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", bucket, err)
	}
	chunks, err := e.JS.Stream(ctx, "OBJ_"+bucket)
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", bucket, err)
	}
	uploads, err := store.Bucket(ctx, e, "parley_uploads", "uploads that have not come to their end", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	usage, err := openUsage(ctx, e)
	if err != nil {
		return nil, err
	}
	key, err := addressKey(ctx, e)
	return &Store{objects, e, chunks, uploads, usage, key}, err
}

// Put stores a file of at least a byte, if the allowance has room for it, and gives it
// with its size. Reading stops when ctx ends. After an error nothing of the file is left.
// A file that is stored must be settled (Settle) once it is known whether the log has the
// message about it.
//
// What is over the allowance is a 429 or a 507. A longer file is a 413; an empty one, and
// one whose sender is gone, a 400. A refusal by content stays as it is.
func (m *Store) Put(ctx context.Context, key ids.Key, f chatstate.File, content io.Reader, a Allowance) (stored chatstate.File, err error) {
	ctx, span := tracing.Step(ctx, "media store")
	defer func() {
		span.Number("parley.bytes", int(stored.Size))
		span.End(err)
	}()
	began := time.Now()
	day := a.dayKey(key.App, began)
	if err := m.usage.begin(ctx, key.App, day, a, began); err != nil {
		return chatstate.File{}, err
	}
	if _, err := store.Create(ctx, m.uploads, uploadKey(key.App, f.ID), upload{a.charge(), day}); err != nil {
		return chatstate.File{}, errors.Join(err, m.usage.change(ctx, key.App, day, -1, -a.charge()))
	}
	// Only the reader ends with ctx: the object store must still be able to remove the
	// part that it has stored.
	o, err := m.objects.Put(context.WithoutCancel(ctx), jetstream.ObjectMeta{
		Name:     objectName(key.App, f.ID),
		Metadata: map[string]string{"chat": key.ID, "name": f.Name, "type": f.Type},
	}, &limitedReader{ctx: ctx, content: content, max: a.charge()})
	if err != nil {
		m.Settle(ctx, key.App, f.ID, false)
		return chatstate.File{}, err
	}
	f.Size = int64(o.Size)
	if err := m.usage.change(ctx, key.App, day, 0, f.Size-a.charge()); err != nil {
		m.Settle(ctx, key.App, f.ID, false)
		return chatstate.File{}, err
	}
	return f, nil
}

// Open gives a file and its content, which can be read until ctx ends. An unknown file
// is a 404.
func (m *Store) Open(ctx context.Context, app, id string) (chatstate.File, io.ReadSeeker, error) {
	reading, span := tracing.Step(ctx, "media open")
	info, err := m.objects.GetInfo(reading, objectName(app, id))
	span.End(err)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return chatstate.File{}, nil, ErrUnknownFile(id)
	}
	if err != nil {
		return chatstate.File{}, nil, err
	}
	f := fileOf(id, info)
	return f, &content{ctx: ctx, chunks: m.chunks, subject: chunkPrefix + info.NUID, size: f.Size}, nil
}

// ErrUnknownFile is the 404 for a file that does not exist.
func ErrUnknownFile(id string) error { return wire.Errorf(wire.UnknownFile, "unknown file %q", id) }

func objectName(app, id string) string { return app + "/" + id }

// URL gives the path at which a file is served, below the server's address.
func URL(id string) string { return "/media/" + id }

// limitedReader fails when there is more than max bytes or none, and when ctx has ended.
type limitedReader struct {
	ctx     context.Context
	content io.Reader
	max     int64
	read    int64
}

// Read fills b unless the content ends: the object store makes a message of each Read,
// and a form gives 4 KiB at a time.
func (l *limitedReader) Read(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		if l.ctx.Err() != nil {
			return 0, l.ctx.Err()
		}
		var more int
		more, err = l.content.Read(b[n:])
		n += more
	}
	l.read += int64(n)
	var refused *wire.Error
	switch {
	case l.read > l.max:
		return 0, wire.Errorf(wire.FileTooLong, "media: the file has more than %d bytes, which is the limit", l.max)
	case errors.Is(err, io.EOF) && l.read == 0:
		return 0, wire.Errorf(wire.FileEmpty, "media: the file is empty")
	case errors.As(err, &refused):
		return 0, refused
	case err != nil && !errors.Is(err, io.EOF):
		return 0, wire.Errorf(wire.RequestCut, "body: the form ended before the file did")
	}
	return n, err
}
