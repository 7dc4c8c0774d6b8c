package store

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The disk has a bound before anybody hears of a message behind the last one, and a stream goes
// on behind that bound after the system was started again, not after a mere end of the process.
func TestPositions(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "nats", positionsFile)
	onDisk := func() (was positionsRecord) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &was))
		return was
	}
	over := []string{"s.over", "other.over"}
	run := func(o Options, use func(e *Engine, both []jetstream.Stream)) {
		o.Dir = dir
		e, err := Start(t.Context(), o)
		require.NoError(t, err)
		defer func() { _ = e.Close(context.Background()) }()
		s, err := e.JS.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
		require.NoError(t, err)
		other, err := e.JS.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other.>"}})
		require.NoError(t, err)
		use(e, []jetstream.Stream{s, other})
	}
	next := func(e *Engine, subject string) uint64 {
		ack, err := e.JS.Publish(t.Context(), subject, nil)
		require.NoError(t, err)
		return ack.Sequence
	}
	run(Options{SyncAlways: true}, func(e *Engine, both []jetstream.Stream) {
		p, err := e.Positions(t.Context(), both, over)
		require.NoError(t, err)
		require.NoError(t, p.Reached(0, 1))
		assert.NoFileExists(t, file, "each write is on the disk")
	})
	run(Options{}, func(e *Engine, both []jetstream.Stream) {
		p, err := e.Positions(t.Context(), both, over)
		require.NoError(t, err)
		again, err := e.Positions(t.Context(), both, over)
		require.NoError(t, err)
		assert.Same(t, p, again, "the nodes that share an engine have one bound")
		require.NoError(t, p.Reached(0, next(e, "s.a")))
		assert.Equal(t, uint64(1+positionsStep), onDisk().UpTo["S"])
		require.NoError(t, p.Reached(0, next(e, "s.a")))
		assert.Equal(t, uint64(1+positionsStep), onDisk().UpTo["S"], "once for many")
		require.NoError(t, p.Reached(0, 2+positionsStep))
		require.NoError(t, p.Reached(1, next(e, "other.a")))
		assert.Equal(t, map[string]uint64{"S": 2 + 2*positionsStep, "OTHER": 1 + positionsStep}, onDisk().UpTo)
	})
	run(Options{}, func(e *Engine, both []jetstream.Stream) {
		_, err := e.Positions(t.Context(), both, over)
		require.NoError(t, err)
		assert.Equal(t, uint64(3), next(e, "s.a"), "the system has what the process had written")
	})
	other := onDisk()
	other.Boot = "another"
	text, err := json.Marshal(other)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	for n := range uint64(2) {
		run(Options{}, func(e *Engine, both []jetstream.Stream) {
			_, err := e.Positions(t.Context(), both, over)
			require.NoError(t, err)
			assert.Equal(t, other.UpTo["S"]+1+n, next(e, "s.a"))
			assert.Equal(t, other.UpTo["OTHER"]+1+n, next(e, "other.a"))
			info, err := both[0].Info(t.Context(), jetstream.WithSubjectFilter("s.over"))
			require.NoError(t, err)
			assert.Empty(t, info.State.Subjects, "what was passed over is gone")
		})
	}
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	run(Options{}, func(e *Engine, both []jetstream.Stream) {
		_, err := e.Positions(t.Context(), both, over)
		assert.ErrorContains(t, err, file)
	})
}

// After a loss of power positions are passed over, however many, also by an engine that was told to force each write to
// the disk meanwhile; and a start that cannot do it says so, and leaves it to the next one.
func TestPositionsAreAllPassedOver(t *testing.T) {
	const upTo = 20_000 // more than may be on their way at once
	for name, tc := range map[string]struct {
		sync   bool
		stream jetstream.StreamConfig
		refuse bool
	}{
		"many":    {},
		"synced":  {sync: true},
		"refused": {stream: jetstream.StreamConfig{MaxMsgs: 3, Discard: jetstream.DiscardNew}, refuse: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e, err := Start(t.Context(), Options{Dir: dir, SyncAlways: tc.sync})
			require.NoError(t, err)
			defer func() { _ = e.Close(context.Background()) }()
			tc.stream.Name, tc.stream.Subjects = "S", []string{"s.>"}
			_, err = e.JS.CreateOrUpdateStream(t.Context(), tc.stream)
			require.NoError(t, err)
			_, err = e.JS.Publish(t.Context(), "s.over", nil) // a start was interrupted
			require.NoError(t, err)
			s, err := e.JS.Stream(t.Context(), "S")
			require.NoError(t, err)
			file := filepath.Join(dir, "nats", positionsFile)
			text, err := json.Marshal(positionsRecord{"another", map[string]uint64{"S": upTo}})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(file, text, 0o600))
			_, err = e.Positions(t.Context(), []jetstream.Stream{s}, []string{"s.over"})
			if tc.refuse {
				require.ErrorContains(t, err, "not passed over")
				kept, err := os.ReadFile(file)
				require.NoError(t, err)
				assert.Equal(t, string(text), string(kept))
				return
			}
			require.NoError(t, err)
			ack, err := e.JS.Publish(t.Context(), "s.a", nil)
			require.NoError(t, err)
			assert.Equal(t, uint64(upTo+1), ack.Sequence)
			info, err := s.Info(t.Context(), jetstream.WithSubjectFilter("s.over"))
			require.NoError(t, err)
			assert.Empty(t, info.State.Subjects)
			if tc.sync {
				assert.NoFileExists(t, file, "no position is lost from now on")
			}
		})
	}
}
