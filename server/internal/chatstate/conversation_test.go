package chatstate

import (
	"bufio"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

// heap is a writer that notes how much memory is in use meanwhile.
type heap struct{ written, base, most int64 }

func (h *heap) Write(b []byte) (int, error) {
	if now := h.written + int64(len(b)); now>>20 != h.written>>20 { // once for each megabyte
		h.most = max(h.most, heapInUse()-h.base)
	}
	h.written += int64(len(b))
	return len(b), nil
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A conversation is written without having it in memory once more, in whatever form.
func TestConversationIsWrittenInBoundedMemory(t *testing.T) {
	const messages, length = 2000, 10_000
	var s State
	text := strings.Repeat("x", length)
	for n := range messages {
		s.Messages = append(s.Messages, MessageJSON("c", n, "v", "text", text, 1700000000).Done())
		s.reads = append(s.reads, readMark{n, "a"})
	}
	for name, write := range map[string]func(*bufio.Writer){
		"JSON": func(to *bufio.Writer) { s.Conversation().Sorted().Write(to) }, "CSV": s.WriteCSV, "transcript": s.WriteTranscript,
	} {
		t.Run(name, func(t *testing.T) {
			to := &heap{base: heapInUse()}
			buffer := bufio.NewWriterSize(to, 64<<10)
			write(buffer)
			assert.NoError(t, buffer.Flush())
			assert.Greater(t, to.written, int64(messages*length))
			assert.Less(t, to.most, int64(2<<20))
		})
	}
}

func TestConversation(t *testing.T) {
	var s State
	imported := func(n int, created float64) wire.Raw {
		return MessageJSON("c", n, "v", "text", "", created).Bool("imported", true).Done()
	}
	live := func(n int, created float64) wire.Raw { return MessageJSON("c", n, "v", "text", "", created).Done() }
	s.Messages = []wire.Raw{live(0, 5), imported(1, 9), live(2, 4), imported(3, 1)}
	s.reads = []readMark{{2, "a"}, {2, "b"}}
	ids := func(c Conversation) (list []string) {
		for m := range c.Each() {
			id, _ := wire.String(wire.Member(m, "id"))
			list = append(list, id+string(wire.Member(m, "readBy")))
		}
		return list
	}
	all := s.Conversation()
	assert.Equal(t, []string{"c.1", "c.2", `c.3["a","b"]`, "c.4"}, ids(all))
	assert.Equal(t, []string{"c.2", `c.3["a","b"]`}, ids(all.Between(1, 3)))
	assert.Equal(t, []string{"c.4", "c.2", `c.3["a","b"]`, "c.1"}, ids(all.Sorted()), "imported ones first")
	assert.Empty(t, ids(all.Between(4, 4)))
}

// Files of a conversation say where something was removed, instead of being silent.
func TestFilesOfAConversationShowWhatWasRemoved(t *testing.T) {
	t.Parallel()
	s := State{Messages: []wire.Raw{MessageJSON("c", 0, "v", "text", "", 1700000000).Bool("redacted", true).Done()}}
	for name, write := range map[string]func(*bufio.Writer){"CSV": s.WriteCSV, "transcript": s.WriteTranscript} {
		var file strings.Builder
		to := bufio.NewWriter(&file)
		write(to)
		require.NoError(t, to.Flush())
		assert.Contains(t, file.String(), "This message was removed", name)
	}
}
