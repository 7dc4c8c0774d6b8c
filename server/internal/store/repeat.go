package store

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// How long a cluster has to answer before it is asked again, the last one for all that
// follow. It needs some milliseconds; a server that has died never answers, and what it was
// sent is lost with it. A write that comes again is answered as soon as the first is stored;
// a reading is carried out anew, and gets longer each time.
var (
	writeWithin = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}
	readWithin  = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
)

// askAgain is the pause after an answer that came at once, and says that there is no leader.
const askAgain = 100 * time.Millisecond

// UntilConfirmed carries out a write again and again until the cluster confirms it or says
// why not, or ctx ends: it cannot store anything while it elects a leader. Carried out again,
// the write must have its effect once. When a time before was not answered, the error does not
// say that the write was certainly not made (IsRefused).
func UntilConfirmed(ctx context.Context, write func(context.Context) error) error {
	unanswered := false
	return until(ctx, writeWithin, func(ctx context.Context) error {
		err := write(ctx)
		switch {
		case err == nil, IsConflict(err):
		case !IsRefused(err):
			unanswered = true
		case unanswered && IsElecting(err):
			err = fmt.Errorf("%w: it was not answered first, and then: %s", nats.ErrTimeout, err.Error())
		}
		return err
	})
}

// UntilRead is UntilConfirmed for what changes nothing.
func UntilRead(ctx context.Context, read func(context.Context) error) error {
	return until(ctx, readWithin, read)
}

func until(ctx context.Context, limits []time.Duration, do func(context.Context) error) error {
	for try := 0; ; try++ {
		within, stop := context.WithTimeout(ctx, limits[min(try, len(limits)-1)])
		err := do(within)
		late := within.Err() != nil
		stop()
		if err == nil || !IsElecting(err) || ctx.Err() != nil || !late && !waited(ctx, askAgain) {
			return err
		}
	}
}
