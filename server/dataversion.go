package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"parley/server/internal/store"
)

// dataVersions are all versions that the data of a store has had. A release that stores
// something in a way that older ones would misread adds one, with the step that makes it of
// the version before, and a line in docs/backup.md. What older releases merely do not know,
// such as another field or bucket, needs none.
var dataVersions = []store.Version{
	{Needs: "1.0.0"},
}

// closeWithin is for closing an engine after an error.
const closeWithin = 5 * time.Second

// StartEngine starts the embedded engine with its data in Dir, or connects to URL when
// it is given. ctx bounds the start only. The error names the folder or the address,
// and says what to do. Data of a newer version than this program's is refused, and a store that has lost streams, but for
// LostStreams.
func StartEngine(ctx context.Context, o EngineOptions) (*Engine, error) {
	e, err := store.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	_, _, err = store.VersionOf(ctx, e, dataVersions)
	if err == nil {
		err = store.CheckStreams(ctx, e, o.LostStreams)
	}
	if err != nil {
		ending, stop := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer stop()
		return nil, errors.Join(err, e.Close(ending))
	}
	return e, nil
}

// UpgradeData brings the data of an engine to this program's version, before anything else
// uses it.
func UpgradeData(ctx context.Context, e *Engine, logger *slog.Logger) error {
	from, err := store.UpgradeData(ctx, e, dataVersions)
	if err != nil {
		return fmt.Errorf("version of the data: %w", err)
	}
	if to := len(dataVersions); from < to {
		logger.Warn("the data was upgraded; older releases of parleyd do not read it any more", "from", from, "to", to)
	}
	return nil
}
