// Package builds keeps the files for pages of the last builds, so that a page which was
// opened before an upgrade still finds what it loads later. All nodes share them: while they
// are upgraded one after the other, each can serve what a page has begun to load from
// another.
//
// Floor 2: it imports store. What is in a build's archive is package web's affair.
//
// The last five builds are kept, at most 30 MB in all. An archive is stored in parts, the
// record that names them last, and is checked against its hash when it is read. Two nodes
// that keep the same build write the same bytes.
package builds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// Bounds of what is kept. The newest build is kept in any case.
const (
	maxBuilds = 5
	maxBytes  = 30 << 20
	partBytes = 512 << 10 // well below the longest message that NATS takes
)

// Store keeps builds by their ids, which are words of letters, digits and hyphens.
type Store struct {
	engine *store.Engine
	bucket jetstream.KeyValue // <id>.build has a record, <id>.part.<n> the archive
}

// record says what is kept of a build.
type record struct {
	ID     string `json:"id"`
	Size   int    `json:"size"`   // of the archive, in bytes
	SHA256 string `json:"sha256"` // of the archive, in hex
	Kept   int64  `json:"kept"`   // when it became the newest, in unix nanoseconds
}

// Open opens the bucket of builds, and makes it if it is missing.
func Open(ctx context.Context, e *store.Engine) (*Store, error) {
	bucket, err := store.Bucket(ctx, e, "parley_builds", "files for pages of the last builds", store.MarkerLife)
	return &Store{e, bucket}, err
}

// Keep makes a build the newest, and removes the oldest ones that are too many. archive is
// called unless the build is kept already.
func (s *Store) Keep(ctx context.Context, id string, archive func() ([]byte, error)) error {
	kept, err := s.records(ctx)
	if err != nil {
		return err
	}
	if len(kept) > 0 && kept[0].ID == id {
		return nil
	}
	n := slices.IndexFunc(kept, func(r record) bool { return r.ID == id })
	own := record{ID: id}
	if n >= 0 {
		own = kept[n]
		kept = slices.Delete(kept, n, n+1)
	} else {
		content, err := archive()
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		own.Size, own.SHA256 = len(content), hex.EncodeToString(sum[:])
		if err := s.putParts(ctx, id, content); err != nil {
			return err
		}
	}
	own.Kept = time.Now().UnixNano()
	if len(kept) > 0 {
		own.Kept = max(own.Kept, kept[0].Kept+1) // another node's clock may be ahead
	}
	data, err := json.Marshal(own)
	if err == nil {
		_, err = s.bucket.Put(ctx, id+".build", data)
	}
	if err != nil {
		return err
	}
	return s.removeOldest(ctx, append([]record{own}, kept...))
}

func (s *Store) putParts(ctx context.Context, id string, content []byte) error {
	n := 0
	for part := range slices.Chunk(content, partBytes) {
		if _, err := s.bucket.Put(ctx, partKey(id, n), part); err != nil {
			return fmt.Errorf("%s: %w", partKey(id, n), err)
		}
		n++
	}
	return nil
}

// removeOldest removes what is beyond the bounds of kept, the newest first.
func (s *Store) removeOldest(ctx context.Context, kept []record) error {
	size := 0
	var failed []error
	for n, r := range kept {
		if size += r.Size; n == 0 || n < maxBuilds && size <= maxBytes {
			continue
		}
		failed = append(failed, s.bucket.Purge(ctx, r.ID+".build"))
		for part := range parts(r.Size) {
			failed = append(failed, s.bucket.Purge(ctx, partKey(r.ID, part)))
		}
	}
	return errors.Join(failed...)
}

// IDs gives the builds that are kept, the newest first.
func (s *Store) IDs(ctx context.Context) ([]string, error) {
	kept, err := s.records(ctx)
	ids := make([]string, len(kept))
	for n, r := range kept {
		ids[n] = r.ID
	}
	return ids, err
}

// Read gives the archive of a build. An archive that is not whole is an error.
func (s *Store) Read(ctx context.Context, id string) ([]byte, error) {
	r, _, found, err := store.Read[record](ctx, s.bucket, id+".build")
	if err == nil && !found {
		err = fmt.Errorf("build %s: it is not kept", id)
	}
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	for part := range parts(r.Size) {
		entry, err := s.bucket.Get(ctx, partKey(id, part))
		if err != nil {
			return nil, fmt.Errorf("build %s: part %d: %w", id, part, err)
		}
		content.Write(entry.Value())
	}
	if sum := sha256.Sum256(content.Bytes()); hex.EncodeToString(sum[:]) != r.SHA256 {
		return nil, fmt.Errorf("build %s: what is stored is not what was kept: its hash differs", id)
	}
	return content.Bytes(), nil
}

// records gives the records of all builds, the newest first.
func (s *Store) records(ctx context.Context) ([]record, error) {
	kept, err := store.List[record](ctx, s.engine, s.bucket, "*.build")
	slices.SortFunc(kept, func(a, b record) int { return int(b.Kept - a.Kept) })
	return kept, err
}

// parts is the number of parts of an archive of this size.
func parts(size int) int { return (size + partBytes - 1) / partBytes }

func partKey(id string, n int) string { return id + ".part." + strconv.Itoa(n) }
