package media

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/store"
)

// A file is counted before its first byte is stored, with the most that it may have, and
// with what it has when it is there. A count is changed by compare-and-set: uploads at the
// same time, on whatever node, never get past a quota together. A crash in between leaves
// the app's count too high until the left-over is removed.

// Allowance is what an upload may take.
type Allowance struct {
	FileBytes int64               // most bytes of the file
	Announced int64               // more than the file has for certain; less than 0 if nothing is known
	App       chatstate.FileCount // most files of the app
	Visitor   string              // who sends it, "" if it is not a visitor
	Day       chatstate.FileCount // most files that they send in a day (UTC)
}

// charge is the number of bytes with which the upload is counted.
func (a Allowance) charge() int64 {
	if a.Announced < 0 {
		return a.FileBytes
	}
	return min(a.FileBytes, a.Announced)
}

// usage has the counts.
type usage struct {
	engine   *store.Engine
	ofApp    jetstream.KeyValue // <app>
	ofDay    jetstream.KeyValue // <app>.<day>.<visitor>
	changing sync.Mutex         // held while this node changes a count: only other nodes come between
}

// dayLife is how long the count of a day is kept.
const dayLife = 48 * time.Hour

func openUsage(ctx context.Context, e *store.Engine) (u *usage, err error) {
	u = &usage{engine: e}
	if u.ofApp, err = store.Bucket(ctx, e, "parley_files", "how many files each app has", 0); err != nil {
		return nil, err
	}
	u.ofDay, err = store.ExpiringBucket(ctx, e, "parley_files_day", "how many files visitors have sent today", dayLife, 0)
	return u, err
}

// dayKey is the key of what a visitor sends on a day, "" for others.
func (a Allowance) dayKey(app string, now time.Time) string {
	if a.Visitor == "" {
		return ""
	}
	return app + "." + now.UTC().Format("20060102") + "." + a.Visitor
}

// begin counts a file that is about to be stored. A 429 says that the visitor has sent too
// much today, a 507 that the app has too much.
func (u *usage) begin(ctx context.Context, app, day string, a Allowance, now time.Time) error {
	one := chatstate.FileCount{Count: 1, Bytes: a.charge()}
	if day != "" {
		over := wire.Errorf(wire.DayFilesFull, "no more than %d files of %d bytes together can be sent in a day (quotas.dayFiles, quotas.dayFileBytes)",
			a.Day.Count, a.Day.Bytes)
		over.RetryAfter = uint64(math.Ceil(now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now).Seconds()))
		if err := u.add(ctx, u.ofDay, day, one, a.Day, over); err != nil {
			return err
		}
	}
	err := u.add(ctx, u.ofApp, app, one, a.App, wire.Errorf(wire.AppFilesFull,
		"the app has no space for the file: it may have %d files of %d bytes together (quotas.appFiles, quotas.appFileBytes)", a.App.Count, a.App.Bytes))
	if err != nil && day != "" {
		err = errors.Join(err, u.correct(ctx, u.ofDay, day, -1, -a.charge()))
	}
	return err
}

// change corrects the counts of an upload by a number of files and of bytes.
func (u *usage) change(ctx context.Context, app, day string, files, bytes int64) error {
	if day != "" {
		if err := u.correct(ctx, u.ofDay, day, files, bytes); err != nil {
			return err
		}
	}
	return u.correct(ctx, u.ofApp, app, files, bytes)
}

func (u *usage) correct(ctx context.Context, in jetstream.KeyValue, key string, files, bytes int64) error {
	return u.add(ctx, in, key, chatstate.FileCount{Count: files, Bytes: bytes}, chatstate.FileCount{Count: math.MaxInt64, Bytes: math.MaxInt64}, nil)
}

// add changes a count, unless it would be over a quota by that.
func (u *usage) add(ctx context.Context, in jetstream.KeyValue, key string, n, quota chatstate.FileCount, over *wire.Error) error {
	u.changing.Lock()
	defer u.changing.Unlock()
	_, err := store.Modify(ctx, in, key, func(now *chatstate.FileCount, _ bool) error {
		if n.Count > 0 && (now.Count+n.Count > quota.Count || now.Bytes+n.Bytes > quota.Bytes) {
			return over
		}
		now.Count, now.Bytes = max(now.Count+n.Count, 0), max(now.Bytes+n.Bytes, 0)
		return nil
	})
	if err != nil {
		return fmt.Errorf("count of files: %w", err)
	}
	return nil
}
