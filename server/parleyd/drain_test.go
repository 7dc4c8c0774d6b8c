package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
)

// On SIGTERM everybody on a socket gets bye with the time to come back in, what was
// acknowledged is kept, an upload that comes to its end in time is answered, and
// one that does not leaves nothing and keeps nobody.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	const people = 3
	var visitors []account
	var chats []string
	var tabs []*tab
	ended := make(chan int)
	for range people {
		a := p.visitor()
		visitors, chats, tabs = append(visitors, a), append(chats, p.newChat(a)), append(tabs, p.open(a, nil))
	}
	quick, more := io.Pipe()
	endless, never := io.Pipe()
	type outcome struct {
		status int
		err    error
	}
	uploaded, cut := make(chan outcome, 1), make(chan outcome, 1)
	go func() {
		status, err := p.upload(visitors[0], chats[0], "quick", quick)
		uploaded <- outcome{status, err}
	}()
	go func() {
		status, err := p.upload(visitors[1], chats[1], "endless", endless)
		cut <- outcome{status, err}
	}()
	// The upload is begun before the visitor takes all requests that they have, and with more than the kernel holds for a
	// server that has not accepted the connection yet.
	_, err := more.Write([]byte(strings.Repeat("begun ", 2_000_000)))
	require.NoError(t, err)
	for n, c := range tabs {
		go func() {
			defer func() { ended <- n }()
			for i := 0; c.try(strconv.Itoa(i), chat.EventMessage, about(chats[n], "message", strconv.Itoa(i))) == nil; i++ {
			}
		}()
	}
	tabs[0].reply("100")

	require.NoError(t, p.command.Process.Signal(syscall.SIGTERM))
	for _, c := range tabs {
		bye := c.next(wire.EventBye)
		assert.EqualValues(t, 1001, bye["code"])
		assert.Greater(t, bye["retryAfter"], 0.0)
	}
	for range people {
		<-ended
	}
	_, err = more.Write([]byte(strings.Repeat("and ended", 300_000)))
	require.NoError(t, err)
	require.NoError(t, more.Close())
	assert.Equal(t, outcome{http.StatusOK, nil}, <-uploaded)
	assert.NoError(t, p.command.Wait(), "ends though an upload does not")
	require.NoError(t, never.Close())
	late := <-cut
	assert.True(t, late.err != nil || late.status == http.StatusServiceUnavailable, "%v", late)
	assert.NotContains(t, p.stderr.String(), "level=ERROR")

	p.start()
	for n, id := range chats {
		texts := p.texts(id)
		if n == 0 {
			assert.Contains(t, texts[len(texts)-1], "notes.txt")
			texts = texts[:len(texts)-1]
		}
		for i, text := range texts {
			require.Equal(t, strconv.Itoa(i), text, "once and in order")
		}
		for i := len(texts); tabs[n].replied(strconv.Itoa(i)); i++ {
			require.Fail(t, "acknowledged and lost", "%d of chat %d", i, n)
		}
	}
}
