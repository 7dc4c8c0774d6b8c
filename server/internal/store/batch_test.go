package store_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// A reading of which replies get lost is an error: what is missing must not look as if it did not exist.
func TestReadFromNoticesWhatIsLost(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	sub, err := e.NC.Subscribe("$JS.API.DIRECT.GET.LOSSY", func(m *nats.Msg) {
		for _, reply := range []nats.Header{
			{"Nats-Subject": {"a"}, "Nats-Sequence": {"1"}, "Nats-Last-Sequence": {"0"}},
			{"Nats-Subject": {"a"}, "Nats-Sequence": {"3"}, "Nats-Last-Sequence": {"2"}},
			{"Status": {"204"}, "Nats-Num-Pending": {"0"}},
		} {
			assert.NoError(t, m.RespondMsg(&nats.Msg{Header: reply}))
		}
	})
	require.NoError(t, err)
	defer func() { _ = sub.Unsubscribe() }()
	var read []uint64
	err = e.ReadFrom(t.Context(), e.NC, "LOSSY", "a", 1, func(m store.ReadMessage) error {
		read = append(read, m.Seq)
		return nil
	})
	require.ErrorContains(t, err, "lost on the way")
	assert.Equal(t, []uint64{1}, read)
}

// After an outage one connection may be there again before the other: what is long is read by the one that is.
func TestReadFromByTheConnectionThereIs(t *testing.T) {
	e, kv := engineAndBucket(t)
	_, err := kv.Put(t.Context(), "a", []byte("x"))
	require.NoError(t, err)
	e.Reads.Close()
	read := 0
	err = e.ReadFrom(t.Context(), e.Reads, "KV_"+kv.Bucket(), ">", 1, func(store.ReadMessage) error {
		read++
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 1, read)
}
