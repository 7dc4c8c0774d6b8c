package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/backup"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// made is an engine with a log, a bucket, people's records and files.
func made(t *testing.T, e *store.Engine) {
	t.Helper()
	ctx := t.Context()
	storetest.Elected(t, func() error {
		_, err := e.JS.CreateStream(ctx, jetstream.StreamConfig{
			Name: "PARLEY_CHATS", Subjects: []string{"parley.chat.>"}, Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
		})
		return err
	})
	for _, name := range []string{"parley_members", "parley_privacy"} {
		storetest.Elected(t, func() error {
			_, err := store.Bucket(ctx, e, name, "a bucket", store.MarkerLife)
			return err
		})
	}
	storetest.Elected(t, func() error {
		_, err := store.PersonalBucket(ctx, e, "parley_people", "records of people")
		return err
	})
	storetest.Elected(t, func() error {
		_, err := e.JS.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "parley_media", Replicas: e.Replicas})
		return err
	})
}

func bucket(t *testing.T, e *store.Engine, name string) jetstream.KeyValue {
	t.Helper()
	kv, err := e.JS.KeyValue(t.Context(), name)
	require.NoError(t, err)
	return kv
}

// contents gives all messages of a stream, with positions, headers and times.
func contents(t *testing.T, e *store.Engine, name string) (all []string) {
	t.Helper()
	stream, err := store.FromLeader(t.Context(), e, name)
	require.NoError(t, err)
	for next := uint64(1); ; {
		msg, err := stream.GetMsg(t.Context(), next, jetstream.WithGetMsgSubject(">"))
		if err != nil {
			require.ErrorIs(t, err, jetstream.ErrMsgNotFound)
			info, err := stream.Info(t.Context())
			require.NoError(t, err)
			return append(all, fmt.Sprint("last ", info.State.LastSeq))
		}
		all = append(all, fmt.Sprint(msg.Sequence, " ", msg.Subject, " ", msg.Time.UnixNano(), " ", msg.Header, " ", len(msg.Data), " ", string(msg.Data[:min(len(msg.Data), 100)])))
		next = msg.Sequence + 1
	}
}

func taken(t *testing.T, e *store.Engine) []byte {
	t.Helper()
	var file bytes.Buffer
	summary, err := backup.Take(t.Context(), e, &file, backup.Header{Program: "1.2.3", Data: 1, Needs: "1.0.0"})
	require.NoError(t, err)
	assert.EqualValues(t, file.Len(), summary.Size)
	return file.Bytes()
}

func restored(t *testing.T, e *store.Engine, file []byte) {
	t.Helper()
	r, err := backup.Open(bytes.NewReader(file), "FILE")
	require.NoError(t, err)
	assert.Equal(t, "1.2.3", r.Header().Program)
	require.NoError(t, backup.Restore(t.Context(), e, r))
}

var streams = []string{"PARLEY_CHATS", "KV_parley_members", "KV_parley_people", "KV_parley_privacy", "OBJ_parley_media"}

// fill has messages, gaps, replaced and removed records, an expiry, a file and a queue.
func fill(t *testing.T, e *store.Engine) {
	t.Helper()
	ctx := t.Context()
	for n := range 300 {
		_, err := e.JS.Publish(ctx, "parley.chat.app."+strconv.Itoa(n%7), []byte("entry "+strconv.Itoa(n)))
		require.NoError(t, err)
	}
	log, err := e.JS.Stream(ctx, "PARLEY_CHATS")
	require.NoError(t, err)
	for _, gone := range []uint64{1, 2, 50, 299, 300} {
		require.NoError(t, log.DeleteMsg(ctx, gone))
	}
	members, people := bucket(t, e, "parley_members"), bucket(t, e, "parley_people")
	for n := range 40 {
		_, err := members.PutString(ctx, "k"+strconv.Itoa(n%13), strconv.Itoa(n))
		require.NoError(t, err)
		_, err = people.PutString(ctx, "p"+strconv.Itoa(n%5), strconv.Itoa(n))
		require.NoError(t, err)
	}
	require.NoError(t, members.Purge(ctx, "k3", jetstream.PurgeTTL(store.MarkerLife)))
	_, err = members.Create(ctx, "expires", []byte("later"), jetstream.KeyTTL(time.Hour))
	require.NoError(t, err)
	files, err := e.JS.ObjectStore(ctx, "parley_media")
	require.NoError(t, err)
	for n := range 3 {
		_, err = files.PutBytes(ctx, "app/"+strconv.Itoa(n), bytes.Repeat([]byte{byte(n)}, 300<<10))
		require.NoError(t, err)
	}
	require.NoError(t, files.Delete(ctx, "app/1"))
	queue, err := e.JS.CreateConsumer(ctx, "PARLEY_CHATS", jetstream.ConsumerConfig{Durable: "hook_1", FilterSubject: "parley.chat.app.>", AckPolicy: jetstream.AckExplicitPolicy})
	require.NoError(t, err)
	taken := 0
	require.Eventually(t, func() bool { // a cluster may give none directly after the queue was made
		batch, err := queue.Fetch(20 - taken)
		require.NoError(t, err)
		for msg := range batch.Messages() {
			if taken++; taken <= 10 { // the other ten are under way
				require.NoError(t, msg.DoubleAck(ctx))
			}
		}
		return taken == 20
	}, storetest.WaitFor, storetest.Tick)
}

// What is restored is what was there: positions, times, headers, gaps, files, and queues from
// where all was acknowledged. From an engine into another, plain or encrypted, and from a
// cluster into one and back.
func TestBackupIsWhole(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	made(t, e)
	fill(t, e)
	file := taken(t, e)

	other := storetest.Engine(t, t.TempDir())
	restored(t, other, file)
	encrypted, err := store.Start(t.Context(), store.Options{Dir: t.TempDir(), Encryption: store.Encryption{Key: "key of the store", AES: true}})
	require.NoError(t, err)
	t.Cleanup(func() { storetest.Close(t, encrypted) })
	restored(t, encrypted, file)
	for _, into := range []*store.Engine{other, encrypted} {
		assertSame(t, e, into)
	}
	r, err := backup.Open(bytes.NewReader(file), "FILE")
	require.NoError(t, err)
	require.ErrorContains(t, backup.Restore(t.Context(), other, r), "there is data already")
}

func assertSame(t *testing.T, e, into *store.Engine) {
	t.Helper()
	for _, name := range streams {
		assert.Equal(t, contents(t, e, name), contents(t, into, name), name)
	}
	queue, err := into.JS.Consumer(t.Context(), "PARLEY_CHATS", "hook_1")
	require.NoError(t, err)
	msg, err := queue.Next()
	require.NoError(t, err)
	meta, err := msg.Metadata()
	require.NoError(t, err)
	assert.EqualValues(t, 13, meta.Sequence.Stream, "ten of those from the third on are acknowledged")
	files, err := into.JS.ObjectStore(t.Context(), "parley_media")
	require.NoError(t, err)
	content, err := files.GetBytes(t.Context(), "app/2")
	require.NoError(t, err)
	assert.Equal(t, bytes.Repeat([]byte{2}, 300<<10), content)
}

func TestBackupOfACluster(t *testing.T) {
	t.Parallel()
	engines := storetest.Cluster(t)
	made(t, engines[0])
	fill(t, engines[1])
	file := taken(t, engines[2])
	alone := storetest.Engine(t, t.TempDir())
	restored(t, alone, file)
	assertSame(t, engines[0], alone)
	again := storetest.Cluster(t)
	restored(t, again[0], taken(t, alone))
	assertSame(t, alone, again[1])
	info, err := again[0].JS.Stream(t.Context(), "PARLEY_CHATS")
	require.NoError(t, err)
	assert.Equal(t, 3, info.CachedInfo().Config.Replicas)
}

// Records are written over and over while the backup is made: it has each of them, at one
// moment, though the old one may be gone and the new one come after the beginning.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	made(t, e)
	const keys, writers = 500, 4
	kv := bucket(t, e, "parley_members")
	write := func(round int) error { // the keys one after the other: no key is two rounds ahead of another
		for n := range keys {
			if _, err := kv.PutString(context.WithoutCancel(t.Context()), "k"+strconv.Itoa(n), strconv.Itoa(round)); err != nil {
				return err
			}
			if _, err := e.JS.Publish(context.WithoutCancel(t.Context()), "parley.chat.app.x", []byte(strconv.Itoa(round))); err != nil {
				return err
			}
		}
		return nil
	}
	require.NoError(t, write(0))
	var writing sync.WaitGroup
	stop := make(chan struct{})
	writing.Go(func() {
		for round := 1; ; round++ {
			select {
			case <-stop:
				return
			default:
				assert.NoError(t, write(round))
			}
		}
	})
	for range writers {
		file := taken(t, e)
		into := storetest.Engine(t, t.TempDir())
		restored(t, into, file)
		at, lowest, highest := bucket(t, into, "parley_members"), 1<<30, 0
		for n := range keys {
			entry, err := at.Get(t.Context(), "k"+strconv.Itoa(n))
			require.NoError(t, err, "a record is missing")
			round, err := strconv.Atoi(string(entry.Value()))
			require.NoError(t, err)
			lowest, highest = min(lowest, round), max(highest, round)
		}
		assert.LessOrEqual(t, highest-lowest, 1, "records of two moments")
		storetest.Close(t, into)
	}
	close(stop)
	writing.Wait()
}

// An erasure that begins and ends while the backup is made is noted, as one that goes on.
func TestErasuresMeanwhile(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	made(t, e)
	kv := bucket(t, e, "parley_privacy")
	for _, key := range []string{"erase.user.app.before", "erase.user.app.goeson", "hold.user.app.other"} {
		_, err := kv.PutString(t.Context(), key, "")
		require.NoError(t, err)
	}
	require.NoError(t, kv.Purge(t.Context(), "erase.user.app.before", jetstream.PurgeTTL(store.MarkerLife)))
	var file bytes.Buffer
	once := sync.OnceFunc(func() {
		_, err := kv.PutString(t.Context(), "erase.chat.app.meanwhile", "")
		assert.NoError(t, err)
		assert.NoError(t, kv.Purge(t.Context(), "erase.chat.app.meanwhile", jetstream.PurgeTTL(store.MarkerLife)))
	})
	_, err := backup.Take(t.Context(), e, writerFunc(func(b []byte) (int, error) { once(); return file.Write(b) }), backup.Header{})
	require.NoError(t, err)
	r, err := backup.Open(bytes.NewReader(file.Bytes()), "FILE")
	require.NoError(t, err)
	into := storetest.Engine(t, t.TempDir())
	require.NoError(t, backup.Restore(t.Context(), into, r))
	calls := 0
	settle := func(result error) error {
		return backup.Settle(t.Context(), into, "node", func() { assert.Fail(t, "there is no other node") }, func(_ context.Context, todo backup.Restored) error {
			calls++
			assert.Equal(t, []string{"erase.chat.app.meanwhile", "erase.user.app.goeson"}, todo.Erasures)
			assert.WithinDuration(t, time.Now(), todo.Since, 2*time.Minute)
			return result
		})
	}
	require.ErrorIs(t, settle(io.ErrClosedPipe), io.ErrClosedPipe)
	require.NoError(t, settle(nil))
	require.NoError(t, settle(nil))
	assert.Equal(t, 2, calls, "the first one failed, and the last one found nothing to do")
}

// Of nodes that start together one brings restored data into agreement, and the others wait
// for it; if it fails, or is gone, another one does it.
func TestOneNodeSettles(t *testing.T) {
	t.Parallel()
	nodes := storetest.Cluster(t)
	made(t, nodes[0])
	file := taken(t, nodes[0])
	into := storetest.Cluster(t)
	restored(t, into[0], file)
	_, err := bucket(t, into[0], "parley_data").PutString(t.Context(), "settling", "a node that is gone")
	require.NoError(t, err)
	var waited, ran, running atomic.Int32
	var all sync.WaitGroup
	for n, e := range into {
		all.Go(func() {
			for { // as a server that is started again
				err := backup.Settle(t.Context(), e, strconv.Itoa(n), func() { waited.Add(1) }, func(context.Context, backup.Restored) error {
					assert.EqualValues(t, 1, running.Add(1))
					defer running.Add(-1)
					if ran.Add(1) == 1 {
						return io.ErrClosedPipe
					}
					return nil
				})
				if err == nil {
					return
				}
				assert.ErrorIs(t, err, io.ErrClosedPipe)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 2, ran.Load(), "one failed, and one did it")
	assert.GreaterOrEqual(t, waited.Load(), int32(3))
}

// Whatever byte of a file is another one, and wherever it ends, it is refused.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	made(t, e)
	_, err := e.JS.Publish(t.Context(), "parley.chat.app.x", bytes.Repeat([]byte("an entry "), 100))
	require.NoError(t, err)
	file := taken(t, e)
	for n := range file {
		_, err := backup.Open(bytes.NewReader(file[:n]), "FILE")
		require.Error(t, err, "cut off at %d", n)
		other := bytes.Clone(file)
		other[n] ^= 0x10
		_, err = backup.Open(bytes.NewReader(other), "FILE")
		require.Error(t, err, "another byte at %d", n)
	}
	_, err = backup.Open(bytes.NewReader(append(bytes.Clone(file), "more"...)), "FILE")
	require.ErrorContains(t, err, "damaged")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
