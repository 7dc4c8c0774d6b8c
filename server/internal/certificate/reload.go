package certificate

import (
	"context"
	"crypto/x509"
	"os"
	"slices"
	"time"
)

const (
	lookEvery = 10 * time.Second    // how often the files are read
	warnEvery = 24 * time.Hour      // how often the log says that a certificate expires soon
	warnFrom  = 14 * 24 * time.Hour // before that it does, or a third of its life if that is less
)

// Watch serves what the files hold, whenever that has changed, until ctx ends. A signal on
// now has it look at once. Connections that there are go on. Files that are wrong change
// nothing: the log says so once.
func (f *Files) Watch(ctx context.Context, now <-chan os.Signal) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		f.warnOfEnds(time.Now())
		select {
		case <-tick.C:
			f.look(false)
		case <-now:
			f.look(true)
		case <-ctx.Done():
			return
		}
	}
}

// look reports what is wrong only when it still is at the next look, or when somebody has
// asked: the two files of a pair do not change at the same moment.
func (f *Files) look(asked bool) {
	is, err := f.read()
	if err != nil {
		is = content{err.Error()}
	}
	if slices.Equal(is, f.inUse) {
		f.pending, f.reported = nil, nil
		return
	}
	if err == nil {
		err = f.use(is)
	}
	switch {
	case err == nil:
		f.pending, f.reported, f.warned = nil, nil, time.Time{}
		for n, c := range *f.current.Load() {
			f.logger.Info("a certificate was loaded", "file", f.pairs[n].Cert, "is", describe(c.Leaf))
		}
	case slices.Equal(is, f.reported):
	case asked || slices.Equal(is, f.pending):
		f.reported = is
		f.logger.Error("the files of certificates have changed, and are not used: the ones from before are served", "error", err)
	default:
		f.pending = is
	}
}

// warnOfEnds says once a day which certificates expire soon, or have expired.
func (f *Files) warnOfEnds(now time.Time) {
	if now.Sub(f.warned) < warnEvery {
		return
	}
	for n, c := range *f.current.Load() {
		if endsSoon(c.Leaf, now) {
			f.warned = now
			f.logger.Warn("a certificate expires soon, or has expired: renew it", "file", f.pairs[n].Cert, "is", describe(c.Leaf))
		}
	}
}

func endsSoon(leaf *x509.Certificate, now time.Time) bool {
	return leaf.NotAfter.Sub(now) < min(warnFrom, leaf.NotAfter.Sub(leaf.NotBefore)/3)
}
