package chatlog

import (
	"context"
	"time"
)

// pingOthers is how long Ping waits for the stream that has answered last before it asks the others too.
const pingOthers = 100 * time.Millisecond

// Ping gives an error if none of the log's streams answers: while a cluster elects the leader of one, the
// chats of the others go on.
func (l *Log) Ping(ctx context.Context) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answers, first := make(chan error, len(l.parts)), int(l.answered.Load())
	for n, p := range l.parts {
		go func() {
			if n != first {
				select {
				case <-time.After(pingOthers):
				case <-ctx.Done():
				}
			}
			_, err := l.engine.JS.Stream(ctx, p.stream)
			if err == nil {
				l.answered.Store(int64(n))
			}
			answers <- err
		}()
	}
	for range l.parts {
		if err = <-answers; err == nil {
			return nil
		}
	}
	return err
}
