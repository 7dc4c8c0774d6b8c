package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// A chat takes messages up to its quota, from its visitor by whatever way; agents may
// write a tenth more. It can be read, left and closed as ever.
func TestQuotaOfAChat(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, quotas, limit string
		text                string
	}{
		{"messages", `{"chatMessages":20}`, "quotas.chatMessages", "short"},
		{"bytes", `{"chatBytes":30000}`, "quotas.chatBytes", strings.Repeat("long ", 200)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			w.Set(`{"quotas":` + tc.quotas + `}`)
			visitor, agent, id := w.Conversation(t)
			said := 0
			for ; ; said++ { // more at once than are taken together
				request := fmt.Sprint("m", said)
				visitor.PostAs(request, chat.EventMessage, servertest.Obj("chatId", id, "message", tc.text))
				if refused := visitor.Reply(request).Error; refused != nil {
					assert.EqualValues(t, wire.CodeTooLarge, refused.Code)
					assert.Contains(t, refused.Message, tc.limit)
					break
				}
				require.Less(t, said, 1000)
			}
			assert.Greater(t, said, 10)
			visitor.Refused(chat.EventImport, servertest.Obj("chatId", id, "history", []any{servertest.Obj("sender", "assistant", "message", "x")}), 413, tc.limit)
			w.Rest("POST", "/chats/"+id+"/messages", servertest.As(visitor.Login), `{"message":"by REST"}`).RequireRefused(413, tc.limit)
			w.Upload(servertest.As(visitor.Login), servertest.File{
				Fields: map[string]string{"chatId": id}, Name: "a.txt", Kind: "text/plain", Content: strings.NewReader("text"),
			}).RequireRefused(413, tc.limit)
			last := agent.Say(id, "a last word")["message"]
			visitor.Ask(chat.EventRead, servertest.Obj("messageId", servertest.Dig(last, "id")))
			require.Eventually(t, func() bool {
				f := agent.Reply(agent.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", tc.text)))
				return f.Error != nil && f.Error.Code == wire.CodeTooLarge
			}, storetest.WaitFor, storetest.Tick, "agents have no more than a tenth")
			other := servertest.On(t, w.Engine, server.Limits{}) // folds the log anew
			other.Rest("POST", "/chats/"+id+"/messages", servertest.As(visitor.Login), `{"message":"by another node"}`).RequireRefused(413, tc.limit)
			agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
		})
	}
}

// Many messages on their way at once, over several nodes, are no way around the quota.
func TestQuotaOfAChatHoldsAtOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"quotas":{"chatMessages":50}}`)
	visitor, id := w.ChatIn(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	second := other.Open(t, visitor.Login)
	second.Twin = true
	var sending sync.WaitGroup
	for n, p := range []*servertest.Peer{visitor, second} {
		sending.Go(func() {
			for i := range 100 {
				p.PostAs(fmt.Sprint(n, "-", i), chat.EventMessage, servertest.Obj("chatId", id, "message", "x"))
			}
		})
	}
	sending.Wait()
	for n, p := range []*servertest.Peer{visitor, second} {
		for i := range 100 {
			p.Reply(fmt.Sprint(n, "-", i))
		}
	}
	list := w.Rest("GET", "/chats/"+id+"/messages", servertest.As(visitor.Login), "").JSON["messages"].([]any)
	assert.Len(t, list, 50)
}

// Files are counted for the chat, for what a visitor sends in a day, and for the app.
func TestQuotasOfFiles(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, quotas string
		status       int
		limit        string
	}{
		{"number of a chat", `{"chatFiles":3}`, 413, "quotas.chatFiles"},
		{"bytes of a chat", `{"chatFileBytes":35000}`, 413, "quotas.chatFileBytes"},
		{"number of a day", `{"dayFiles":3}`, 429, "quotas.dayFiles"},
		{"bytes of a day", `{"dayFileBytes":35000}`, 429, "quotas.dayFileBytes"},
		{"number of an app", `{"appFiles":3}`, 507, "quotas.appFiles"},
		{"bytes of an app", `{"appFileBytes":35000}`, 507, "quotas.appFileBytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := servertest.New(t, server.Limits{})
			w.Set(`{"quotas":` + tc.quotas + `}`)
			visitor, agent, id := w.Conversation(t)
			upload := func(by servertest.Login, bytesOf int) servertest.Answer {
				return w.Upload(servertest.As(by), servertest.File{Fields: map[string]string{"chatId": id}, Name: "a.txt", Kind: "text/plain",
					Content: strings.NewReader(strings.Repeat("t", bytesOf))})
			}
			w.Set(`{"media":{"maxBytes":10000}}`)
			upload(visitor.Login, 10001).RequireRefused(413, "10000 bytes") // counts for nothing
			for range 3 {
				require.Equal(t, 200, upload(visitor.Login, 10000).Status)
			}
			a := upload(visitor.Login, 9999)
			a.RequireRefused(tc.status, tc.limit)
			assert.Equal(t, 3, storedFiles(w))
			if tc.status == http.StatusTooManyRequests {
				wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
				require.NoError(t, err)
				assert.LessOrEqual(t, wait, 86400)
				require.Equal(t, 200, upload(agent.Login, 9999).Status, "a day's quota is for visitors")
			}
			visitor.Say(id, "text goes on")
		})
	}
}

// Uploads at the same time on two nodes get no more past the quota of a day than one
// after the other, and what fails is in no count.
func TestQuotaOfFilesHoldsAtOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	w.Set(`{"quotas":{"dayFiles":5,"appFiles":8}}`)
	visitor, id := w.ChatIn(t)
	other := servertest.On(t, w.Engine, server.Limits{})
	send := func(on *servertest.World, by servertest.Login, chatID string, content io.Reader) int {
		return on.Upload(servertest.As(by), servertest.File{Fields: map[string]string{"chatId": chatID}, Name: "a.txt", Kind: "text/plain", Content: content}).Status
	}
	var sending sync.WaitGroup
	taken := make(chan int, 20)
	for n := range 20 {
		sending.Go(func() {
			taken <- send([]*servertest.World{w, other}[n%2], visitor.Login, id, bytes.NewReader(servertest.PngBytes[:0:0]))
		})
	}
	sending.Wait()
	for range 20 {
		assert.Equal(t, http.StatusBadRequest, <-taken, "empty files")
	}
	for n := range 20 {
		sending.Go(func() {
			taken <- send([]*servertest.World{w, other}[n%2], visitor.Login, id, strings.NewReader("some text"))
		})
	}
	sending.Wait()
	count := map[int]int{}
	for range 20 {
		count[<-taken]++
	}
	assert.Equal(t, map[int]int{200: 5, 429: 15}, count)
	second, secondID := w.ChatIn(t)
	for _, want := range []int{200, 200, 200, 507} {
		assert.Equal(t, want, send(w, second.Login, secondID, strings.NewReader("some text")))
	}
}

// An app may set less than the server's quotas, never more; the server's may fall below
// what the app has set.
func TestQuotasAreBoundedByTheServer(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{Quotas: server.Quotas{ChatFiles: 50}})
	for said, about := range map[string]string{
		`{"quotas":{"chatFiles":51}}`: "-chat-files", `{"quotas":{"chatFiles":0}}`: "quotas.chatFiles",
		`{"quotas":{"dayFiles":1.5}}`: "quotas.dayFiles", `{"quotas":{"files":1}}`: "quotas.files",
	} {
		w.Rest("PUT", "/settings", servertest.Secret(), said).RequireRefused(400, about)
	}
	w.Set(`{"quotas":{"chatFiles":40}}`)
	lower := servertest.On(t, w.Engine, server.Limits{Quotas: server.Quotas{ChatFiles: 30}})
	set := lower.Rest("GET", "/settings", servertest.Secret(), "").JSON
	assert.EqualValues(t, 30, servertest.Dig(set, "settings", "quotas", "chatFiles"))
}
