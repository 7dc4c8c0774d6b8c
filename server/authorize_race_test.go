package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// Whether a stranger's request was carried out before is looked up while others append
// to the chat.
func TestStrangerIsRefusedWhileTheChatGoesOn(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, _, id := w.Conversation(t)
	stranger := w.Open(t, w.Visitor("Stranger"))
	const requests = 50
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := range requests {
			w.Rest(http.MethodPost, "/chats/"+id+"/messages", servertest.Secret(), fmt.Sprintf(`{"message":"x","eventId":"m%d"}`, n))
		}
	})
	for range requests {
		stranger.Refused(chat.EventMessage, servertest.Obj("chatId", id, "message", "x"), http.StatusForbidden, "not in chat")
	}
	writing.Wait()
	assert.Len(t, strings.Fields(textsOf(w, id)), requests)
}
