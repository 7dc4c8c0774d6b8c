package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"parley/server/internal/backup"
	"parley/server/internal/store"
)

// BackupSummary counts what a backup has.
type BackupSummary = backup.Summary

// AttachEngine connects to the embedded engine of a server that runs on the folder, in
// another process of the same user.
func AttachEngine(ctx context.Context, dir string, logger *slog.Logger) (*Engine, error) {
	return store.Attach(ctx, dir, logger)
}

// SyncFolder forces the names of what is in a folder to the disk.
func SyncFolder(dir string) error { return store.SyncFolder(dir) }

// Backup writes all that an engine has, while servers use it. program is the version of the
// one that calls. What was written before an error is no backup.
func Backup(ctx context.Context, e *Engine, to io.Writer, program string) (BackupSummary, error) {
	version, needs, err := store.VersionOf(ctx, e, dataVersions)
	if err != nil {
		return BackupSummary{}, err
	}
	return backup.Take(ctx, e, to, backup.Header{Program: program, Data: version, Needs: needs, Begun: time.Now()})
}

// Restore makes the data of a store of a backup. The store must have none: afterwards it
// has all, or after an error none. The name of the file is for errors.
func Restore(ctx context.Context, file io.ReadSeeker, name string, o EngineOptions) (BackupSummary, error) {
	r, err := backup.Open(file, name)
	if err != nil {
		return BackupSummary{}, err
	}
	h := r.Header()
	if err := store.CheckVersion("the backup "+name, h.Data, h.Needs, dataVersions); err != nil {
		return BackupSummary{}, err
	}
	fill := func(ctx context.Context, e *Engine) error { return backup.Restore(ctx, e, r) }
	if o.URL == "" {
		return r.Summary(), store.Fill(ctx, o, fill)
	}
	e, err := StartEngine(ctx, o)
	if err != nil {
		return r.Summary(), err
	}
	err = fill(ctx, e)
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer stop()
	if closed := e.Close(ending); err == nil {
		err = closed
	}
	if err != nil {
		return r.Summary(), fmt.Errorf("NATS at %s: %w", store.Redacted(o.URL), err)
	}
	return r.Summary(), nil
}
