package store_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// A cluster refuses a write that expects a revision with another code while a write
// before it is on its way (10164, not 10071); both are conflicts, and each change is made
// once. What one node has written, another finds at once.
func TestRecordsOnACluster(t *testing.T) {
	engines := storetest.Cluster(t)
	const changes = 10
	var writers sync.WaitGroup
	for n, e := range engines {
		kv, err := store.Bucket(t.Context(), e, "parley_test", "a bucket of a test", 0)
		require.NoError(t, err)
		other, err := store.Bucket(t.Context(), engines[(n+1)%len(engines)], "parley_test", "a bucket of a test", 0)
		require.NoError(t, err)
		for range 2 {
			writers.Go(func() {
				for range changes {
					_, err := store.Modify(t.Context(), kv, "counter", count)
					assert.NoError(t, err)
				}
			})
		}
		writers.Go(func() {
			for i := range 5 * changes {
				key := "n" + strconv.Itoa(n) + "." + strconv.Itoa(i)
				_, err := store.Create(t.Context(), kv, key, counter{i})
				assert.NoError(t, err)
				_, _, found, err := store.Read[counter](t.Context(), other, key)
				assert.NoError(t, err)
				assert.True(t, found, key)
			}
		})
	}
	writers.Wait()
	kv, err := store.Bucket(t.Context(), engines[0], "parley_test", "a bucket of a test", 0)
	require.NoError(t, err)
	var c counter
	require.Eventually(t, func() bool {
		c, _, _, err = store.Read[counter](t.Context(), kv, "counter")
		return err == nil && c.N == 2*changes*len(engines)
	}, storetest.WaitFor, storetest.Tick, "%+v", &c)
}

// Without a quorum the store answers, and takes no write: a probe finds out in its time.
func TestProbeWithoutQuorum(t *testing.T) {
	engines, servers := storetest.ClusterWithServers(t)
	require.NoError(t, engines[0].OpenProbe(t.Context()))
	probe := func() error {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		return engines[0].Probe(ctx)
	}
	require.NoError(t, probe())
	for _, s := range servers[1:] {
		s.Shutdown()
	}
	begun := time.Now()
	require.Error(t, probe())
	assert.Less(t, time.Since(begun), 2*time.Second)
	assert.NoError(t, engines[0].Failing(), "there is a connection")
}
