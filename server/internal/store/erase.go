package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Erase removes the messages of a stream whose subjects match a filter and whose position
// is below a bound, 0 for all, and overwrites their bytes on the disk, so that a copy of
// the stream's files does not have them. It gives their number. Repeated after an error
// it goes on where it ended.
//
// JetStream's own removals, a purge or a record that replaces another, leave the bytes in
// the files until a later compaction. Each overwrite writes a file of up to 8 MB anew.
func Erase(ctx context.Context, e *Engine, name, filter string, below uint64) (removed int, err error) {
	stream, err := FromLeader(ctx, e, name)
	if err != nil {
		return 0, err
	}
	return erase(ctx, stream, filter, below)
}

// erase is Erase in a stream that is read from its leader.
func erase(ctx context.Context, stream jetstream.Stream, filter string, below uint64) (removed int, err error) {
	for next := uint64(1); ; removed++ {
		msg, err := stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(filter))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound), err == nil && below != 0 && msg.Sequence >= below:
			return removed, nil
		case err != nil:
			return removed, fmt.Errorf("erase %s: %w", filter, err)
		}
		if err := EraseMessage(ctx, stream, msg.Sequence); err != nil {
			return removed, err
		}
		next = msg.Sequence + 1
	}
}

// EraseMessage removes one message and overwrites its bytes, as Erase does. One that is
// gone already is not an error.
func EraseMessage(ctx context.Context, stream jetstream.Stream, sequence uint64) error {
	err := stream.SecureDeleteMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) { // somebody else was first, unless it can be read
		if _, missing := stream.GetMsg(ctx, sequence); errors.Is(missing, jetstream.ErrMsgNotFound) {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("erase message %d: %w", sequence, err)
	}
	return nil
}

// erasable is how many revisions of a record a PersonalBucket keeps until they are erased.
const erasable = 16

// PersonalBucket opens a bucket of people's data and makes it if it is missing. Unlike
// those of Bucket it lets its records be overwritten (nats.go makes buckets that deny
// that, for good), and a record that replaces another leaves the old one in the stream,
// for EraseOld.
func PersonalBucket(ctx context.Context, e *Engine, name, description string) (jetstream.KeyValue, error) {
	_, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: "KV_" + name, Description: description, Subjects: []string{"$KV." + name + ".>"},
		MaxMsgsPerSubject: erasable, Discard: jetstream.DiscardNew, AllowRollup: true, AllowDirect: true, AllowMsgTTL: true,
		Storage: jetstream.FileStorage, Replicas: e.Replicas, Duplicates: 2 * time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", name, err)
	}
	kv, err := e.JS.KeyValue(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", name, err)
	}
	return e.replicated(kv), nil
}

// EraseOld overwrites the revisions of a PersonalBucket's record that newer ones have
// replaced.
func EraseOld(ctx context.Context, e *Engine, kv jetstream.KeyValue, key string) error {
	stream, subject, err := recordsOf(ctx, e, kv, key)
	if err != nil {
		return err
	}
	last, err := stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err == nil {
		_, err = erase(ctx, stream, subject, last.Sequence)
	}
	return err
}

// RemoveRecords removes the records of a bucket whose keys match a filter, without
// overwriting their bytes: it is for the many that nobody has asked to erase. Those who
// watch the bucket are not notified.
func RemoveRecords(ctx context.Context, e *Engine, kv jetstream.KeyValue, filter string) error {
	stream, subject, err := recordsOf(ctx, e, kv, filter)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
}

// EraseRecords removes and overwrites the records of a bucket whose keys match a filter,
// and gives the number of revisions. Those who watch the bucket are not notified.
func EraseRecords(ctx context.Context, e *Engine, kv jetstream.KeyValue, filter string) (int, error) {
	stream, subject, err := recordsOf(ctx, e, kv, filter)
	if err != nil {
		return 0, err
	}
	return erase(ctx, stream, subject, 0)
}

// recordsOf gives the stream of a bucket, and the subject of a key there.
func recordsOf(ctx context.Context, e *Engine, kv jetstream.KeyValue, key string) (jetstream.Stream, string, error) {
	stream, err := FromLeader(ctx, e, "KV_"+kv.Bucket())
	if err != nil {
		return nil, "", recordError(kv, key, err)
	}
	return stream, "$KV." + kv.Bucket() + "." + key, nil
}
