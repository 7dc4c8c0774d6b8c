package chatlog

import (
	"context"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/limit"
)

// A chat that is not in memory is read whole, however little of it is asked for. So few are
// read at a time, and readers in turn: whoever asks for many waits for their own.
const (
	readsAtOnce = 4
	readPace    = 32 << 20 // bytes a second that a household's visitors read on average
)

type readerOf struct{}

// ReadBy says who reads the log with a context. Without it the server itself does.
func ReadBy(ctx context.Context, who limit.Reader) context.Context {
	return context.WithValue(ctx, readerOf{}, who)
}

// take takes the right to change a chat, and brings it up to the log.
func (l *Log) take(ctx context.Context, f *cached) error {
	if f.Snapshot().Seq == 0 {
		who, _ := ctx.Value(readerOf{}).(limit.Reader)
		end, err := l.turns.Begin(ctx, who)
		if err != nil {
			return ids.ErrUnavailable("too many chats are being read at the same time")
		}
		defer func() { end(time.Duration(f.Snapshot().Bytes) * time.Second / readPace) }()
	}
	if err := f.lock(ctx); err != nil {
		return err
	}
	err := l.refresh(ctx, f)
	if err != nil {
		f.unlock()
	}
	return err
}
