package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

// A webhook that was being told when the server was killed is told again, under
// the same id; nothing that was acknowledged before is left out.
func TestWebhookOverAKill(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	told := make(chan [2]string, 1000) // delivery, text
	ctx, release := context.WithCancel(t.Context())
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Hook-Secret", r.Header.Get("X-Hook-Secret"))
		var post struct {
			Data struct{ Message struct{ Message string } }
		}
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&post))
		if post.Data.Message.Message == "" {
			return // the handshake
		}
		told <- [2]string{r.Header.Get("X-Hook-Delivery"), post.Data.Message.Message}
		select {
		case <-ctx.Done():
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(target.Close)
	p.ask("POST", "/v1/webhooks", fmt.Sprintf(`{"events":["messages:new"],"target":%q}`, target.URL), secret, nil)
	vera := p.visitor()
	id := p.newChat(vera)
	visitor := p.open(vera, nil)
	visitor.ask(chat.EventMessage, about(id, "message", "0"))
	inFlight := <-told
	want := map[string]bool{"0": true}
	for n := 1; n < 20; n++ {
		want[strconv.Itoa(n)] = true
		visitor.ask(chat.EventMessage, about(id, "message", strconv.Itoa(n)))
	}
	p.killAndStart()
	release()
	ids := map[string]string{inFlight[1]: inFlight[0]}
	again := false
	for deadline := time.After(30 * time.Second); !again || len(ids) < len(want); {
		select {
		case post := <-told:
			again = again || post[1] == "0"
			if known := ids[post[1]]; known != "" {
				assert.Equal(t, known, post[0])
			}
			ids[post[1]] = post[0]
		case <-deadline:
			require.Fail(t, "not all was told", "told %v", ids)
		}
	}
	for text := range ids {
		assert.True(t, want[text], text)
	}
}

// An upload and an import that were cut by a kill have happened wholly or not at
// all, and can be tried again.
func TestUploadAndImportOverAKill(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	vera := p.visitor()
	id := p.newChat(vera)
	const size = 2 << 20
	content, more := io.Pipe()
	cut := make(chan error)
	go func() { _, err := p.upload(vera, id, "upload", content); cut <- err }()
	_, err := more.Write(bytes.Repeat([]byte("half "), size/10))
	require.NoError(t, err)
	var history []map[string]any
	for n := range 1000 {
		history = append(history, map[string]any{"sender": "bot", "message": strconv.Itoa(n), "created": 1})
	}
	before := p.open(vera, nil)
	before.postAs("import", chat.EventImport, about(id, "history", history))
	p.killAndStart()
	require.NoError(t, more.Close())
	require.Error(t, <-cut)

	assert.Contains(t, []int{0, len(history)}, len(p.texts(id)))
	back := p.open(vera, nil)
	back.postAs("import", chat.EventImport, about(id, "history", history))
	back.reply("import")
	for range 2 {
		status, err := p.upload(vera, id, "upload", io.NopCloser(strings.NewReader(strings.Repeat("whole ", size/6))))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
	texts := p.texts(id)
	require.Len(t, texts, len(history)+1)
	for n := range history {
		assert.Equal(t, strconv.Itoa(n), texts[n])
	}
	var log struct {
		Messages []struct {
			Type    string
			Message any
		}
	}
	p.ask("GET", "/v1/chats/"+id+"/messages", "", secret, &log)
	file := log.Messages[len(history)]
	require.Equal(t, "media", file.Type)
	status, whole := p.call(t, "GET", "/v1"+file.Message.(map[string]any)["url"].(string), "", vera.headers()...)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, strings.Repeat("whole ", size/6), string(whole))
}
