package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"
)

// Positions sees to it that no position of streams is given twice. A loss of power takes the
// last messages, which the disk did not have yet, and a stream would go on with their
// positions, for other messages; who has seen the first ones would not notice. So the disk
// has a bound that no message has reached, and after such a loss the stream goes on behind it.
//
// An engine that forces each write to the disk needs no bound, nor do NATS servers, of which each
// has its own disk (see docs/operating.md).
type Positions struct {
	dir     string
	streams []string

	mu   sync.Mutex
	upTo []atomic.Uint64 // of each stream: no message is known to anybody that has a higher position
}

const (
	positionsFile = "positions.json" // in the folder of the data, with which it is moved away
	positionsStep = 8192             // messages for which the disk is asked once
)

// positionsRecord is what the file has.
type positionsRecord struct {
	Boot string            `json:"boot"` // of the system; what was written since is not lost. "" if it is not known
	UpTo map[string]uint64 `json:"upTo"` // by stream
}

// Positions gives those of streams, which are always the same. Messages that are passed over go
// to a subject of their stream, which is at the stream's place, and are removed.
func (e *Engine) Positions(ctx context.Context, streams []jetstream.Stream, subjects []string) (*Positions, error) {
	if e.embedded == nil {
		return unbounded(len(streams)), nil
	}
	e.sharing.Lock()
	defer e.sharing.Unlock()
	if e.positions != nil { // another node shares the engine
		return e.positions, nil
	}
	p := &Positions{dir: filepath.Join(e.embedded.dir, dataFolder), upTo: make([]atomic.Uint64, len(streams))}
	was, err := p.read()
	if err != nil {
		return nil, err
	}
	restarted, bounds := was.Boot == "" || was.Boot != bootID(), map[string]uint64{}
	for n, stream := range streams {
		name, last := stream.CachedInfo().Config.Name, stream.CachedInfo().State.LastSeq
		p.streams = append(p.streams, name)
		if was.UpTo[name] > last && restarted {
			err = e.passOver(ctx, subjects[n], was.UpTo[name]-last)
		}
		if err == nil { // also what an interrupted start has left
			err = stream.Purge(ctx, jetstream.WithPurgeSubject(subjects[n]))
		}
		if err != nil {
			return nil, fmt.Errorf("stream %s: positions that were given before are not passed over: %w", name, err)
		}
		bounds[name] = max(last, was.UpTo[name])
		p.upTo[n].Store(bounds[name])
	}
	if e.embedded.synced { // from now on; what was lost before is passed over
		p, err = unbounded(len(streams)), p.remove()
	} else {
		err = p.write(bounds)
	}
	if err != nil {
		return nil, err
	}
	e.positions = p
	return p, nil
}

// unbounded lets every position be reached.
func unbounded(streams int) *Positions {
	p := &Positions{upTo: make([]atomic.Uint64, streams)}
	for n := range p.upTo {
		p.upTo[n].Store(math.MaxUint64)
	}
	return p
}

// passedAtOnce is how many messages are on their way while positions are passed over.
const passedAtOnce = 1000

// passOver has the next messages of a stream, which are of no chat, take so many positions.
func (e *Engine) passOver(ctx context.Context, subject string, count uint64) error {
	for count > 0 {
		n := min(count, passedAtOnce)
		count -= n
		passed := make([]jetstream.PubAckFuture, n)
		for i := range passed {
			var err error
			if passed[i], err = e.JS.PublishAsync(subject, nil); err != nil {
				return err
			}
		}
		for _, one := range passed {
			select {
			case <-one.Ok():
			case err := <-one.Err():
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// Reached says that a message of the n-th stream has a position. Before that returns nobody may hear of it. An
// error is one of the disk.
func (p *Positions) Reached(n int, seq uint64) error {
	if seq <= p.upTo[n].Load() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if seq <= p.upTo[n].Load() {
		return nil
	}
	bounds := map[string]uint64{}
	for other, name := range p.streams {
		bounds[name] = p.upTo[other].Load()
	}
	next := seq + positionsStep
	bounds[p.streams[n]] = next
	if err := p.write(bounds); err != nil {
		return err
	}
	p.upTo[n].Store(next)
	return nil
}

func (p *Positions) read() (was positionsRecord, err error) {
	name := filepath.Join(p.dir, positionsFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return was, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &was)
	}
	if err != nil {
		return was, fmt.Errorf("%s: %w; remove it if it is damaged, and clients that know the last messages before may miss others", name, err)
	}
	return was, nil
}

func (p *Positions) remove() error {
	if err := os.Remove(filepath.Join(p.dir, positionsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncFolder(p.dir)
}

// write puts bounds on the disk.
func (p *Positions) write(upTo map[string]uint64) error {
	text, err := json.Marshal(positionsRecord{bootID(), upTo})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(p.dir, positionsFile+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(p.dir, positionsFile))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return SyncFolder(p.dir)
}

// bootID tells one start of the system from another, where it says so: on Linux.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
