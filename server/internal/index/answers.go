package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
)

// Answers counts, app by app, the chats that were answered in a day, and how long they had
// waited: from the board those that are open, from the archive those that have been closed.
// A chat is answered when the first agent comes into it. What was read of the archive is kept
// in memory, so that it is read once a day by each node, from the newest record back.
type Answers struct {
	board   *Board
	archive *Archive

	mu   sync.Mutex
	days map[string]*day // by app
}

// day is what is known of the closed chats of an app that were answered since a time.
type day struct {
	since float64
	mu    sync.Mutex // held to read on; guards what follows

	waits   []float64 // ascending
	counted uint64    // position up to which all records of the day are counted
	newest  uint64    // where the reading that is under way began; from at it goes back to counted
	at      uint64    // 0 if none is under way
}

// Answered is what Since gives.
type Answered struct {
	Chats    int
	Median   float64 // seconds within which half of them were answered
	Ninety   float64 // seconds within which nine of ten were
	Complete bool    // all were counted; if not, the next call goes on
}

// NewAnswers counts what is on the board and in the archive.
func NewAnswers(board *Board, archive *Archive) *Answers {
	return &Answers{board: board, archive: archive, days: map[string]*day{}}
}

// Since gives the chats of an app that were answered since a time, in unix seconds. It reads at most
// archiveReads records.
func (a *Answers) Since(ctx context.Context, app string, since float64) (Answered, error) {
	d := a.dayOf(app, since)
	d.mu.Lock()
	defer d.mu.Unlock()
	complete, err := d.readOn(ctx, a.archive, ArchiveList(app, ""))
	if err != nil {
		return Answered{}, err
	}
	all := slices.Clone(d.waits)
	a.board.read(app, func(b *appBoard) {
		for _, c := range b.chats {
			if c.Answered >= since && c.Answered != 0 {
				all = append(all, max(0, c.Answered-c.CreatedAt))
			}
		}
	})
	slices.Sort(all)
	return Answered{Chats: len(all), Median: within(all, 0.5), Ninety: within(all, 0.9), Complete: complete}, nil
}

func (a *Answers) dayOf(app string, since float64) *day {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.days[app]
	if d == nil || d.since != since {
		d = &day{since: since}
		a.days[app] = d
	}
	return d
}

// readOn counts what it has not counted yet, and tells whether that is all. It remembers where
// it was when it ends early.
func (d *day) readOn(ctx context.Context, archive *Archive, list string) (complete bool, err error) {
	defer func() { slices.Sort(d.waits) }()
	for range archiveReads {
		msg, err := archive.recordUpTo(ctx, list, d.at)
		none := errors.Is(err, jetstream.ErrMsgNotFound)
		if err != nil && !none {
			return false, err
		}
		begins := d.at == 0
		if begins && !none {
			d.newest = msg.Sequence
		}
		if none || msg.Sequence <= d.counted || ids.Unix(msg.Time) < d.since { // so are all before it
			d.end()
			if begins {
				return true, nil
			}
			continue // with what has come since the reading began
		}
		var r archived
		if err := json.Unmarshal(msg.Data, &r); err != nil {
			return false, fmt.Errorf("record %d of %s: %w", msg.Sequence, list, err)
		}
		if r.Answered >= d.since && r.Answered != 0 {
			d.waits = append(d.waits, r.Waited)
		}
		if d.at = r.Prev; d.at == 0 {
			d.end()
		}
	}
	return false, nil
}

// end notes that all up to the newest record is counted.
func (d *day) end() { d.counted, d.at = max(d.counted, d.newest), 0 }

// within gives the least of the times, which are ascending, that a share of them does not exceed; 0
// without any (the nearest rank).
func within(times []float64, share float64) float64 {
	if len(times) == 0 {
		return 0
	}
	return times[int(math.Ceil(share*float64(len(times))))-1]
}
