package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// streamsKey is the record of the streams that the store has had. One of them that is gone was deleted by hand, or NATS
// has lost it: without the record the next start would make an empty one in its place, and nobody would notice.
const streamsKey = "streams"

// lookEvery is how often a running server looks which streams there are.
const lookEvery = 5 * time.Second

// IsOurs tells whether a stream is Parley's. NATS may have those of others.
func IsOurs(stream string) bool {
	return slices.ContainsFunc([]string{"PARLEY_", "KV_parley_", "OBJ_parley_"}, func(prefix string) bool { return strings.HasPrefix(stream, prefix) })
}

// OwnStreams gives the names of Parley's streams in a store.
func OwnStreams(ctx context.Context, e *Engine) (names []string, err error) {
	lister := e.JS.StreamNames(ctx)
	for name := range lister.Name() {
		if IsOurs(name) {
			names = append(names, name)
		}
	}
	return names, lister.Err()
}

// lostStreams is the error of a store that has lost these streams.
type lostStreams []string

func (l lostStreams) Error() string {
	return fmt.Sprintf("the store has lost %s, which were deleted by hand, or which NATS could not read any more", strings.Join(l, ", "))
}

// CheckStreams refuses a store that has lost streams, but for the given ones, which are made anew. It writes nothing.
func CheckStreams(ctx context.Context, e *Engine, givenUp []string) error {
	there, err := OwnStreams(ctx, e)
	if err != nil || len(there) == 0 {
		return err
	}
	noted := []string{"KV_" + dataBucket} // which is made before all others
	kv, err := e.JS.KeyValue(ctx, dataBucket)
	switch {
	case errors.Is(err, jetstream.ErrBucketNotFound):
	case err != nil:
		return fmt.Errorf("bucket %s: %w", dataBucket, err)
	default:
		if noted, _, _, err = Read[[]string](ctx, e.replicated(kv), streamsKey); err != nil {
			return err
		}
	}
	if lost := without(noted, slices.Concat(there, givenUp)); lost != nil {
		return fmt.Errorf("%w in %s: restore a backup into an empty store, or start once with -lost-streams %s, which makes them anew without what was in them",
			lostStreams(lost), e.where, strings.Join(lost, ","))
	}
	return nil
}

// without gives those of a that are not in b; nil if there are none.
func without(a, b []string) (rest []string) {
	for _, one := range a {
		if !slices.Contains(b, one) {
			rest = append(rest, one)
		}
	}
	return rest
}

// WatchStreams notes which streams the store has, and looks now and again whether all of them are there, until ctx
// ends. While one is lost the engine is Failing: what is written would refer to what is gone.
func (e *Engine) WatchStreams(ctx context.Context, logger *slog.Logger) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var known []string
	for {
		bounded, stop := context.WithTimeout(ctx, lookEvery)
		there, err := OwnStreams(bounded, e)
		if err == nil {
			e.noteLost(without(known, there), logger)
			if without(there, known) != nil && e.Failing() == nil {
				known, err = e.noteStreams(bounded, there)
			}
		}
		if err != nil && ctx.Err() == nil && e.Connected() {
			logger.Warn("engine: the streams are not looked at now", "error", err)
		}
		stop()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// noteLost has the engine fail while streams are lost.
func (e *Engine) noteLost(lost lostStreams, logger *slog.Logger) {
	switch before := e.lost.Swap(&lost); {
	case lost != nil && (before == nil || *before == nil):
		logger.Error("engine: nothing is written any more; stop all nodes, and restore a backup", "error", lost, "store", e.where)
	case lost == nil && before != nil && *before != nil:
		logger.Warn("engine: the lost streams are there again", "streams", strings.Join(*before, ", "))
	}
}

// noteStreams adds these to the streams that the store has had, and gives all.
func (e *Engine) noteStreams(ctx context.Context, there []string) ([]string, error) {
	kv, err := OpenDataBucket(ctx, e)
	if err != nil {
		return nil, err
	}
	return Modify(ctx, kv, streamsKey, func(noted *[]string, _ bool) error {
		more := without(there, *noted)
		if more == nil {
			return ErrUnchanged
		}
		*noted = append(*noted, more...)
		return nil
	})
}
