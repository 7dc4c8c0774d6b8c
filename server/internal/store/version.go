package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Version is a version of the data in a store. The first one is 1.
type Version struct {
	// Needs is the first release that reads it.
	Needs string
	// Upgrade makes it of the data of the version before; not set for version 1. It is
	// carried out again after a crash, and does nothing where there is no data.
	Upgrade func(ctx context.Context, e *Engine) error
}

// versionRecord says which version the data is of. A store without one has version 1.
type versionRecord struct {
	Data  int    `json:"data"`
	Needs string `json:"needs"` // the first release that reads it: older ones cannot know
}

// dataBucket has records about the data itself.
const dataBucket = "parley_data"

const versionKey = "version"

// VersionOf gives the version of the data and the first release that reads it. It refuses
// data that is newer than all known versions, and writes nothing.
func VersionOf(ctx context.Context, e *Engine, known []Version) (version int, needs string, err error) {
	kv, err := e.JS.KeyValue(ctx, dataBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return 1, known[0].Needs, nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("bucket %s: %w", dataBucket, err)
	}
	v, _, err := readVersion(ctx, e, e.replicated(kv), known)
	return v.Data, v.Needs, err
}

// CheckVersion refuses a version that is newer than all known ones. where says whose it is.
func CheckVersion(where string, version int, needs string, known []Version) error {
	if version < 1 {
		return fmt.Errorf("the record of the version of the data in %s is damaged: it says %d; restore a backup", where, version)
	}
	if version <= len(known) {
		return nil
	}
	return fmt.Errorf("the data in %s has version %d, and this parleyd reads versions up to %d: use parleyd %s or later, "+
		"or restore a backup from before the upgrade", where, version, len(known), needs)
}

// UpgradeData brings the data to the last of the known versions, one version after the
// other, and gives the one that it had. It refuses newer data. Nodes
// that share the data do it one after the other or all: each step can be repeated.
func UpgradeData(ctx context.Context, e *Engine, known []Version) (from int, err error) {
	kv, err := OpenDataBucket(ctx, e)
	if err != nil {
		return 0, err
	}
	was, noted, err := readVersion(ctx, e, kv, known)
	if err != nil {
		return 0, err
	}
	for next := was.Data + 1; next <= len(known); next++ {
		if err := known[next-1].Upgrade(ctx, e); err != nil {
			return was.Data, fmt.Errorf("the data in %s is not upgraded from version %d to %d: %w", e.where, next-1, next, err)
		}
		if err := noteVersion(ctx, kv, next, known); err != nil {
			return was.Data, err
		}
	}
	if !noted && was.Data == len(known) {
		err = noteVersion(ctx, kv, was.Data, known)
	}
	return was.Data, err
}

// OpenDataBucket opens the bucket, and makes it if it is missing.
func OpenDataBucket(ctx context.Context, e *Engine) (jetstream.KeyValue, error) {
	return Bucket(ctx, e, dataBucket, "of which version the data is, and where it comes from", 0)
}

func noteVersion(ctx context.Context, kv jetstream.KeyValue, version int, known []Version) error {
	record, err := json.Marshal(versionRecord{version, known[version-1].Needs})
	if err == nil {
		_, err = kv.Put(ctx, versionKey, record)
	}
	if err != nil {
		return recordError(kv, versionKey, err)
	}
	return nil
}

// readVersion gives the version of the data, and whether a record says so.
func readVersion(ctx context.Context, e *Engine, kv jetstream.KeyValue, known []Version) (v versionRecord, noted bool, err error) {
	v, _, noted, err = Read[versionRecord](ctx, kv, versionKey)
	switch {
	case err != nil:
		return v, false, err
	case !noted:
		return versionRecord{Data: 1, Needs: known[0].Needs}, false, nil
	}
	return v, true, CheckVersion(e.where, v.Data, v.Needs, known)
}
