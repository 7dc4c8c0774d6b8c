package store_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// While the NATS server that leads a bucket does not answer, and until another one leads it
// when it has died, each access waits; then it is carried out, once, and what was sent again
// is no conflict with itself.
func TestRecordsSurviveTheLeader(t *testing.T) {
	t.Parallel()
	engines, servers := storetest.ClusterOfProcesses(t)
	const bucket = "parley_test"
	open := func(node string) jetstream.KeyValue {
		kv, err := store.Bucket(t.Context(), engines[node], bucket, "a bucket of a test", store.MarkerLife)
		require.NoError(t, err)
		return kv
	}
	open("n0")
	leader := storetest.Leader(t, engines["n0"], "KV_"+bucket)
	// A node beside the leader, which keeps its own connection.
	node := "n0"
	if leader == node {
		node = "n1"
	}
	e, kv := engines[node], open(node)
	for _, c := range []struct {
		leader string
		end    func(*os.Process) error
	}{
		{"slow", func(p *os.Process) error { return p.Signal(syscall.SIGCONT) }},
		{"dead", (*os.Process).Kill},
	} {
		key := func(name string) string { return c.leader + "." + name }
		last := func() uint64 {
			s, err := store.FromLeader(t.Context(), e, "KV_"+bucket)
			require.NoError(t, err)
			return s.CachedInfo().State.LastSeq
		}
		revisions := map[string]uint64{}
		for _, name := range []string{"replaced", "replacedFor", "counter", "taken", "removed"} {
			revision, err := kv.Put(t.Context(), key(name), []byte(`{"n":1}`))
			require.NoError(t, err)
			revisions[name] = revision
		}
		writes := map[string]func(context.Context) (bool, error){
			"created": func(ctx context.Context) (bool, error) { return store.Create(ctx, kv, key("created"), counter{1}) },
			"replaced": func(ctx context.Context) (bool, error) {
				return store.Replace(ctx, kv, key("replaced"), counter{2}, revisions["replaced"])
			},
			"replacedFor": func(ctx context.Context) (bool, error) {
				return store.ReplaceFor(ctx, e, kv, key("replacedFor"), counter{2}, time.Hour, revisions["replacedFor"])
			},
			"put": func(ctx context.Context) (bool, error) {
				_, err := kv.Put(ctx, key("put"), []byte(`{}`))
				return true, err
			},
			"counter": func(ctx context.Context) (bool, error) {
				n, err := store.Modify(ctx, kv, key("counter"), count)
				return n.N == 2, err
			},
			"taken": func(ctx context.Context) (bool, error) {
				return true, kv.Purge(ctx, key("taken"), store.LastRevision(revisions["taken"]), store.PurgeTTL(store.MarkerLife))
			},
			"removed": func(ctx context.Context) (bool, error) { return true, kv.Delete(ctx, key("removed")) },
		}
		before, sent := last(), e.NC.Stats().OutMsgs
		require.NoError(t, servers[leader].Signal(syscall.SIGSTOP))
		var waiting sync.WaitGroup
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Second)
		for name, write := range writes {
			waiting.Go(func() {
				done, err := write(ctx)
				assert.NoError(t, err, "%s: %s", c.leader, name)
				assert.True(t, done, "%s: %s", c.leader, name)
			})
		}
		waiting.Go(func() {
			_, _, found, err := store.Read[counter](ctx, kv, key("nobody"))
			assert.NoError(t, err, c.leader)
			assert.False(t, found, c.leader)
		})
		require.Eventually(t, func() bool { return e.NC.Stats().OutMsgs >= sent+3*uint64(len(writes)) }, storetest.WaitFor, storetest.Tick, "each is sent again")
		require.NoError(t, c.end(servers[leader]))
		waiting.Wait()
		stop()
		assert.Equal(t, before+uint64(len(writes)), last(), "%s: each write has had its effect once", c.leader)
	}
}

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
