package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// The reserve is the last part of the store's space. Who calls the store asks OnlyReserve,
// and keeps the reserve for what must go on when the rest is full; the engine itself would
// write until nothing is left. See Options.Reserve.
const (
	reserveShare = 20        // the reserve is one in so many bytes of the store,
	reserveLeast = 256 << 20 // but no less than this,
	reserveMost  = 4         // and no more than one in so many

	// How long a measurement counts. So long can more be written than the reserve allows.
	diskMeasured    = 100 * time.Millisecond
	accountMeasured = time.Second
)

// Space is how much of the store is free, in bytes.
type Space struct {
	Free, Total int64
	Known       bool // false: it cannot be asked, or there is no limit
}

// reserve knows whether only the reserve is left.
type reserve struct {
	bytes   int64 // 0 follows from the total
	measure func() Space
	fresh   time.Duration
	logger  *slog.Logger

	measuring sync.Mutex // held by the one who measures; others go on with what is known
	until     time.Time
	reached   atomic.Bool
}

// OnlyReserve tells whether no more of the store is free than its reserve. It costs
// nothing worth mentioning.
func (e *Engine) OnlyReserve() bool { return e.reserve.isReached() }

// CheckReserve refuses a reserve that leaves nothing to visitors, however empty the store is.
func (e *Engine) CheckReserve() error { return checkReserve(e.reserve.bytes, e.reserve.measure()) }

// CheckReserve is Engine.CheckReserve for a store in the folder, which need not be there yet.
func CheckReserve(dir string, bytes int64) error {
	there, err := existing(dir)
	if err != nil {
		return cannotUse(dir, err)
	}
	return checkReserve(bytes, diskSpace(there))
}

func checkReserve(bytes int64, of Space) error {
	if of.Known && bytes >= of.Total {
		return fmt.Errorf("%d bytes are no less than the whole store, which has %d", bytes, of.Total)
	}
	return nil
}

func (r *reserve) isReached() bool {
	if r.measuring.TryLock() {
		defer r.measuring.Unlock()
		if now := time.Now(); now.After(r.until) {
			r.update(r.measure())
			r.until = now.Add(r.fresh)
		}
	}
	return r.reached.Load()
}

// update judges a measurement, and tells the operator when the answer has changed. It has
// changed back only when an eighth more is free, so that it does not change all the time.
func (r *reserve) update(now Space) {
	if !now.Known {
		return
	}
	kept, was := r.bytes, r.reached.Load()
	if kept == 0 {
		kept = min(max(now.Total/reserveShare, reserveLeast), now.Total/reserveMost)
	}
	reached := now.Free <= kept || was && now.Free <= kept+kept/8
	if r.reached.Store(reached); reached == was {
		return
	}
	free, reserved := megabytes(now.Free), megabytes(kept)
	if reached {
		r.logger.Error("store: only the reserve is left; agents go on, visitors are refused until there is more room", "free", free, "reserve", reserved)
	} else {
		r.logger.Warn("store: there is room for visitors again", "free", free, "reserve", reserved)
	}
}

func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", bytes>>20) }

// diskSpace gives the space of the disk that a folder is on.
func diskSpace(dir string) Space {
	free, total, known := diskBytes(dir)
	return Space{Free: int64(free), Total: int64(total), Known: known}
}

// accountSpace gives what the NATS account may store, if it has a limit. The disks of the
// NATS servers cannot be asked.
func (e *Engine) accountSpace() Space {
	ctx, stop := context.WithTimeout(context.Background(), accountMeasured/2)
	defer stop()
	info, err := e.JS.AccountInfo(ctx)
	if err != nil {
		return Space{}
	}
	tier := info.Tier
	if of, tiered := info.Tiers[fmt.Sprintf("R%d", e.Replicas)]; tiered {
		tier = of
	}
	most := tier.Limits.MaxStore
	return Space{Free: most - int64(tier.Store), Total: most, Known: most > 0}
}
