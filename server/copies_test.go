package server_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatlog"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// NATS answers otherwise where several servers keep copies, and chats may be spread over streams: a conflict has another code, a
// copy may be behind, a name counts before a position. Nobody who uses two nodes sees whether
// they share one server or three, one stream or several.
func TestOneCopyAndThree(t *testing.T) {
	t.Parallel()
	for name, engines := range map[string]func(testing.TB) []*store.Engine{
		"one copy":                    func(t testing.TB) []*store.Engine { return []*store.Engine{storetest.Engine(t, t.TempDir())} },
		"one copy, three streams":     func(t testing.TB) []*store.Engine { return []*store.Engine{storetest.Spread(t, t.TempDir(), 3)} },
		"three copies, three streams": storetest.Cluster,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on := engines(t)
			nodes := []*servertest.World{servertest.Hooked(t, on[0]), servertest.Hooked(t, on[len(on)-1])}
			for name, row := range sameOnAnyStore {
				t.Run(name, func(t *testing.T) { row(t, nodes[0], nodes[1]) })
			}
		})
	}
}

// sameOnAnyStore has what two nodes of one store show, however many copies that keeps.
var sameOnAnyStore = map[string]func(t *testing.T, one, other *servertest.World){
	"changes of one record at the same time are all made": func(t *testing.T, one, other *servertest.World) {
		visitor := one.Visitor("Vera")
		var clients sync.WaitGroup
		for client := range 8 {
			clients.Go(func() {
				for n := range 5 {
					w := []*servertest.World{one, other}[n%2]
					a := w.Rest("PUT", "/users/"+visitor.ID, servertest.Secret(), fmt.Sprintf(`{"name":"Vera %d.%d"}`, client, n))
					assert.Equal(t, http.StatusOK, a.Status, a.Body)
				}
			})
		}
		clients.Wait()
	},
	"what one node has made the other knows at once": func(t *testing.T, one, other *servertest.World) {
		_, admin := one.NewApp("first") // the admin secret is given once
		for n := range 20 {
			visitor := one.Visitor("Vera")
			a := other.Rest("GET", "/users/"+visitor.ID, servertest.As(visitor), "")
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			app := "shop" + strconv.Itoa(n)
			secret := one.Rest("POST", "/apps", admin, `{"id":"`+app+`","rooms":["1"]}`).Text("secret")
			a = other.Rest("POST", "/users", http.Header{"X-Hyper-Appid": {app}, "X-Hyper-Secret": {secret}}, `{"name":"Vera"}`)
			require.Equal(t, http.StatusOK, a.Status, a.Body)
			id := one.Rest("POST", "/chats", servertest.As(visitor), `{"room":"1"}`).Text("chat", "id")
			a = other.Rest("GET", "/chats/"+id, servertest.As(visitor), "")
			require.Equal(t, http.StatusOK, a.Status, a.Body)
		}
	},
	"a chat that one node has made is in a session that opens on the other": func(t *testing.T, one, other *servertest.World) {
		for range 30 {
			visitor := one.Visitor("Vera")
			first := one.Open(t, visitor)
			chatID := first.NewChat()
			second := other.Open(t, visitor)
			first.Say(chatID, "hello")
			assert.Equal(t, "hello", servertest.Dig(second.Next(chat.EventMessage), "message", "message"))
			first.Leave()
			second.Leave()
		}
	},
	"a webhook hears a chat in its order": func(t *testing.T, one, other *servertest.World) {
		g := servertest.NewTarget(t)
		id := one.Hook(g, chat.EventMessage)
		g.Answers(func(_ http.ResponseWriter, _ servertest.Posted, count int) {
			<-time.After(time.Duration(count*7%20) * time.Millisecond)
		})
		v := one.Visitor("Vera")
		visitor := []*servertest.Peer{one.Open(t, v)}
		chatID := visitor[0].NewChat()
		visitor = append(visitor, other.Open(t, v))
		var texts []string
		for n := range 60 {
			texts = append(texts, strconv.Itoa(n))
			visitor[n%2].Say(chatID, texts[n])
		}
		g.Wait(chat.EventMessage, len(texts))
		assert.Equal(t, texts, g.Texts())
		one.Rest("DELETE", "/webhooks/"+id, servertest.Secret(), "").RequireDone()
	},
	"a request that comes again has one effect and one answer": func(t *testing.T, one, other *servertest.World) {
		v := one.Visitor("Vera")
		first := one.Open(t, v)
		chatID := first.NewChat()
		message := servertest.Obj("chatId", chatID, "message", "once")
		first.PostAs("the-id", chat.EventMessage, message)
		answer := first.Reply("the-id")
		first.Say(chatID, "then") // the log has gone on
		second := other.Open(t, v)
		second.PostAs("the-id", chat.EventMessage, message)
		assert.Equal(t, answer.Data, second.Reply("the-id").Data)

		first.Twin, second.Twin = true, true
		var both sync.WaitGroup
		for _, p := range []*servertest.Peer{first, second} { // at the same time
			both.Go(func() {
				p.PostAs("together", chat.EventMessage, servertest.Obj("chatId", chatID, "message", "together"))
			})
		}
		both.Wait()
		assert.Equal(t, first.Reply("together").Data, second.Reply("together").Data)
		var found []any
		for _, m := range servertest.Dig(done(other.Rest("GET", "/chats/"+chatID+"/messages", servertest.Secret(), "")), "messages").([]any) {
			found = append(found, servertest.Dig(m, "message"))
		}
		assert.Equal(t, []any{"once", "then", "together"}, found)
	},
	"a page of an app's chats costs what it has": func(t *testing.T, one, other *servertest.World) {
		mine := servertest.Secret()
		began := func(count int) {
			for range count {
				id := one.Rest("POST", "/users", mine, `{"name":"Vera"}`).Text("user", "id")
				done(one.Rest("POST", "/chats", mine, `{"creator":"`+id+`","room":"1"}`))
			}
		}
		reads := func() (pages, subjects int) {
			page, err := other.Engine.NC.SubscribeSync("$JS.API.DIRECT.GET.KV_parley_chats")
			require.NoError(t, err)
			info, err := other.Engine.NC.SubscribeSync("$JS.API.STREAM.INFO.*")
			require.NoError(t, err)
			done(other.Rest("GET", "/chats?limit=1", mine, ""))
			require.NoError(t, other.Engine.NC.Flush())
			pages, _, err = page.Pending()
			require.NoError(t, err)
			for asked, err := info.NextMsg(time.Millisecond); err == nil; asked, err = info.NextMsg(time.Millisecond) {
				if strings.Contains(asked.Subject, chatlog.Stream) {
					subjects++
				}
			}
			require.NoError(t, page.Unsubscribe())
			require.NoError(t, info.Unsubscribe())
			return pages, subjects
		}
		began(2)
		few, _ := reads()
		began(30)
		many, subjects := reads()
		assert.Positive(t, few)
		assert.Equal(t, few, many)
		assert.Zero(t, subjects, "the stream was asked for its subjects")
	},
}
