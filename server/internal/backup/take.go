package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// margin is how long before the backup entries of the logs are looked at again, since what
// follows an entry may take so long.
const margin = time.Minute

// Take writes a backup of all that the engine has. Others may go on to read and to write.
// Time and program of the header are the caller's. What it wrote before an error is no backup.
func Take(ctx context.Context, e *store.Engine, to io.Writer, h Header) (Summary, error) {
	names, err := store.OwnStreams(ctx, e)
	if err != nil {
		return Summary{}, err
	}
	if !slices.ContainsFunc(names, isLog) {
		return Summary{}, errors.New("there are no chats: no server has used this store yet")
	}
	logs, err := openLogs(ctx, e, names)
	if err != nil {
		return Summary{}, err
	}
	restored := Restored{Since: logs.since.Add(-margin)}
	erasures, err := watchErasures(ctx, e)
	if err != nil {
		return Summary{}, err
	}
	defer erasures.stop()
	w, err := newWriter(to)
	if err != nil {
		return Summary{}, err
	}
	defer w.abandon()
	if err := w.note(entryHeader, h); err != nil {
		return Summary{}, err
	}
	s := Summary{Header: h}
	for _, name := range sorted(names) {
		end, err := takeStream(ctx, e, w, name, logs)
		if errors.Is(err, jetstream.ErrStreamNotFound) { // it was removed meanwhile, with all that it had
			return s, fmt.Errorf("%w: it was removed meanwhile; make the backup again", err)
		}
		if err != nil {
			return s, err
		}
		s.Streams++
		s.Messages, s.Bytes = s.Messages+end.Messages, s.Bytes+end.Bytes
	}
	if restored.Erasures, err = erasures.seen(ctx); err != nil {
		return s, err
	}
	if err := w.note(entryTrailer, Trailer{time.Now(), restored}); err != nil {
		return s, err
	}
	err = w.close()
	s.Size = w.to.bytes
	return s, err
}
