package backup

import (
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// A bucket into which another record comes for each that is read has no moment at which
// there is nothing more. The backup says so instead of running for ever; with as many that
// end it comes to the end.
func TestBucketThatIsWrittenFasterThanRead(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	kv, err := e.JS.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "busy"})
	require.NoError(t, err)
	for n := range 10 {
		_, err := kv.Put(t.Context(), "key"+strconv.Itoa(n), nil)
		require.NoError(t, err)
	}
	stream, err := store.FromLeader(t.Context(), e, "KV_busy")
	require.NoError(t, err)
	read := func(more int, within time.Duration) (uint64, error) {
		info, err := stream.Info(t.Context())
		require.NoError(t, err)
		stream.CachedInfo().Config.AllowDirect = false
		s := &source{
			engine: e, stream: stream, name: "KV_busy", begun: info.State.LastSeq, replaces: true, catchUp: within,
			end: streamEnd{Replaced: map[string]uint64{}},
		}
		s.emit = func(message) error {
			if more--; more < 0 {
				return nil
			}
			_, err := kv.Put(t.Context(), "key"+strconv.Itoa(more%10), nil)
			return err
		}
		err = s.rest(t.Context(), 0)
		return s.end.Last - info.State.LastSeq, err
	}
	over, err := read(15, catchUp)
	require.NoError(t, err)
	assert.EqualValues(t, 15, over)
	_, err = read(1<<30, 20*time.Millisecond)
	require.EqualError(t, err, "more is written to it than can be read: its end was not reached in 20ms; make the backup when less is written")
}
