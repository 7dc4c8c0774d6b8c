package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/limit"
	"parley/server/servertest"
)

// volumeOf gives limits by which an address may have so many bytes stored, and anything else.
func volumeOf(bytes int) server.Limits {
	rates := limit.Table{{Kind: limit.Volume, Scope: limit.Address}: {PerSecond: 1, Burst: bytes}}
	for _, kind := range []limit.Kind{limit.Visitors, limit.Chats, limit.Uploads, limit.Requests} {
		rates[limit.Count{Kind: kind, Scope: limit.Address}] = limit.Rate{PerSecond: 1e6, Burst: 1e6}
	}
	return server.Limits{Rates: rates}
}

// However many visitors an address has, and by whatever way they send, the server stores so
// many bytes of them. Others, and agents behind the same address, notice nothing of it.
func TestBytesOfAnAddress(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("long ", 2000)
	for _, tc := range []struct {
		name string
		size int // of one, about
		send func(w *servertest.World, of http.Header, chatID string) servertest.Answer
	}{
		{"messages", 10_400, func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			return w.Rest("POST", "/chats/"+chatID+"/messages", of, `{"message":"`+text+`"}`)
		}},
		{"messages in the query", 10_400, func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			return w.Rest("POST", "/chats/"+chatID+"/messages?message="+strings.ReplaceAll(text, " ", "+"), of, "")
		}},
		{"imports", 10_400, func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			return w.Rest("POST", "/chats/"+chatID+"/history", of, `{"history":[{"sender":"assistant","message":"`+text+`"}]}`)
		}},
		{"new chats", 10_400, func(w *servertest.World, of http.Header, _ string) servertest.Answer {
			of.Set("X-Hyper-Token", w.Visitor("Vera").Token) // each may have one
			return w.Rest("POST", "/chats", of, `{"room":"1","history":[{"sender":"assistant","message":"`+text+`"}]}`)
		}},
		{"files", 10_400, func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			return w.Upload(of, servertest.File{Fields: map[string]string{"chatId": chatID}, Name: "a.txt", Kind: "text/plain", Content: strings.NewReader(text)})
		}},
		{"what pages say of visitors", 1450, func(w *servertest.World, of http.Header, _ string) servertest.Answer {
			of.Del("X-Hyper-Token")
			return w.Rest("POST", "/users", of, `{"name":"Vera","extraInfo":{"page":"`+text[:1000]+`"}}`)
		}},
		{"little", 420, func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			return w.Rest("POST", "/chats/"+chatID+"/messages", of, `{"message":"x"}`)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			const most = 200
			w := servertest.New(t, volumeOf(20*tc.size))
			w.Set(`{"media":{"maxBytes":10000}}`)
			taken, refused := 0, servertest.Answer{}
			for n := 0; refused.Status == 0 && taken < most; n++ {
				visitor, chatID := w.ChatIn(t)
				for range 5 {
					a := tc.send(w, from(servertest.As(visitor.Login), fmt.Sprintf("2001:db8::%d", n)), chatID)
					if a.Status != 200 {
						refused = a
						break
					}
					taken++
				}
			}
			t.Logf("%d of %d were taken", taken, most)
			assert.InDelta(t, 20, taken, 3)
			refused.RequireRefused(429, "volume/address")
			assert.Equal(t, "too-much-sent", refused.Text("error", "reason"))
			assert.NotEmpty(t, refused.Header.Get("Retry-After"))

			visitor, agent, id := w.Conversation(t)
			for who, of := range map[string]http.Header{
				"an agent at the address": from(servertest.As(agent.Login), "2001:db8::1"), "a visitor elsewhere": from(servertest.As(visitor.Login), "192.0.2.1"),
			} {
				assert.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", of, `{"message":"hello"}`).Status, who)
			}
			w.Session(w.Rest("POST", "/agents/login", from(servertest.App(), "2001:db8::1"), `{"username":"agent2","password":"demo"}`))
			assert.Equal(t, 200, w.Rest("DELETE", "/chats/"+id, from(servertest.As(visitor.Login), "2001:db8::1"), "").Status)
		})
	}
}

// What comes by sockets counts with the rest, and may be sent again later.
func TestBytesOfSockets(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, volumeOf(50_000))
	text := strings.Repeat("long ", 2000)
	taken := 0
	for range 3 {
		p := w.DialWith(t, from(http.Header{}, "198.51.100.9"))
		p.Login = w.Visitor("Vera")
		p.OpenSession(p.Login, nil)
		id := p.NewChat()
		for range 5 {
			f := p.Reply(p.Post(chat.EventMessage, servertest.Obj("chatId", id, "message", text)))
			if f.Error == nil {
				taken++
				continue
			}
			require.Equal(t, "too-much-sent", f.Error.Reason)
			assert.True(t, f.Error.Retryable())
			assert.Positive(t, f.Error.RetryAfter)
			break
		}
	}
	t.Logf("%d of 15 messages were taken", taken)
	assert.Equal(t, 4, taken)
}
