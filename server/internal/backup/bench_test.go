package backup_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"parley/server/internal/backup"
	"parley/server/internal/storetest"
)

// BenchmarkBackup makes a backup of a million messages and 500 MB of files, and restores
// it. Run it once (-benchtime 1x): filling the store takes longest.
func BenchmarkBackup(b *testing.B) {
	const messages, files, fileBytes = 1_000_000, 100, 5 << 20
	e := storetest.Engine(b, b.TempDir())
	_, err := e.JS.CreateStream(b.Context(), jetstream.StreamConfig{Name: "PARLEY_CHATS", Subjects: []string{"parley.chat.>"}, Storage: jetstream.FileStorage})
	require.NoError(b, err)
	text := bytes.Repeat([]byte(`{"event":"message","data":{"message":"words "}}`), 6) // 288 bytes
	for n := range messages {
		_, err := e.JS.PublishAsync("parley.chat.app."+strconv.Itoa(n/50), text)
		require.NoError(b, err)
		if n%2000 == 1999 {
			<-e.JS.PublishAsyncComplete()
		}
	}
	media, err := e.JS.CreateObjectStore(b.Context(), jetstream.ObjectStoreConfig{Bucket: "parley_media"})
	require.NoError(b, err)
	content := make([]byte, fileBytes)
	for n := range files {
		_, _ = rand.Read(content)
		_, err := media.PutBytes(b.Context(), "app/"+strconv.Itoa(n), content)
		require.NoError(b, err)
	}
	name := filepath.Join(b.TempDir(), "backup")
	for b.Loop() {
		file, err := os.Create(name)
		require.NoError(b, err)
		more, begun := heapGrowth(), time.Now()
		s, err := backup.Take(b.Context(), e, file, backup.Header{})
		require.NoError(b, err)
		b.ReportMetric(time.Since(begun).Seconds(), "s-backup")
		b.ReportMetric(more(), "MB-heap-backup")
		b.ReportMetric(float64(s.Messages), "messages")
		b.ReportMetric(float64(s.Size>>20), "MB-file")
		more, begun = heapGrowth(), time.Now()
		r, err := backup.Open(file, name)
		require.NoError(b, err)
		b.ReportMetric(time.Since(begun).Seconds(), "s-check")
		into := storetest.Engine(b, b.TempDir())
		require.NoError(b, backup.Restore(b.Context(), into, r))
		b.ReportMetric(time.Since(begun).Seconds(), "s-restore")
		b.ReportMetric(more(), "MB-heap-restore")
		require.NoError(b, file.Close())
		storetest.Close(b, into)
	}
}

// heapGrowth looks at the memory in use until the function that it gives is called, which
// says how many MB more it was at most. The engines, which are in the same process, count.
func heapGrowth() func() float64 {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most.Store(max(most.Load(), now.HeapInuse))
			case <-stop:
				return
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-ended
		return (float64(most.Load()) - float64(before.HeapInuse)) / (1 << 20)
	}
}
