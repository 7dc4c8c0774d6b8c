package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

const restoredKey = "restored"

// CheckEmpty refuses an engine that has data of Parley's.
func CheckEmpty(ctx context.Context, e *store.Engine) error {
	names, err := store.OwnStreams(ctx, e)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("there is data already (%s and %d other streams): a backup is restored into an empty store", names[0], len(names)-1)
	}
	return err
}

// Restore fills an engine that has no data, and notes what the server has to bring into
// agreement. After an error the engine has none.
func Restore(ctx context.Context, e *store.Engine, r *Reader) error {
	if err := CheckEmpty(ctx, e); err != nil {
		return err
	}
	var made []string
	err := r.visit(func(s *section) error {
		made = append(made, s.header.Config.Name)
		if err := push(ctx, e, s); err != nil {
			return fmt.Errorf("stream %s: %w", s.header.Config.Name, err)
		}
		return nil
	})
	if err == nil {
		err = noteRestored(ctx, e, r.trailer.Restored)
	}
	if err == nil {
		return nil
	}
	removing, stop := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	defer stop()
	for _, name := range made {
		if failed := e.JS.DeleteStream(removing, name); failed != nil && !errors.Is(failed, jetstream.ErrStreamNotFound) {
			err = errors.Join(err, fmt.Errorf("stream %s is left over and must be removed: %w", name, failed))
		}
	}
	return err
}

func noteRestored(ctx context.Context, e *store.Engine, r Restored) error {
	kv, err := store.OpenDataBucket(ctx, e)
	if err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err == nil {
		_, err = kv.Put(ctx, restoredKey, data)
	}
	return err
}

// configFor gives the configuration of a stream in another store.
func configFor(e *store.Engine, c jetstream.StreamConfig) jetstream.StreamConfig {
	c.Replicas, c.Placement = e.Replicas, nil
	c.Metadata = maps.Clone(c.Metadata)
	maps.DeleteFunc(c.Metadata, func(name, _ string) bool { // what NATS says of itself
		return slices.Contains([]string{"_nats.ver", "_nats.level"}, name)
	})
	return c
}
