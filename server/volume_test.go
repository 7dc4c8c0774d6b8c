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
		{"little", 680, func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
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

// What counts is what is stored, whatever was sent: entries of joins have the whole record of
// who joins, and each imported message has more than its text.
func TestStoredBytesOfAnAddress(t *testing.T) {
	t.Parallel()
	const most = 500_000
	info := `{"extraInfo":{"page":"` + strings.Repeat("x", 15_000) + `"}}`
	for name, act := range map[string]func(w *servertest.World, of http.Header, chatID string) servertest.Answer{
		"joins": func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			w.Rest("PUT", "/chats/"+chatID+"/leave", of, "").RequireDone()
			return w.Rest("POST", "/chats/"+chatID+"/join", of, "")
		},
		"imports": func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			one := `,{"sender":"user","message":"a"}`
			return w.Rest("POST", "/chats/"+chatID+"/history?brief=true", of, `{"history":[`+strings.Repeat(one, 100)[1:]+`]}`)
		},
		"closes": func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			w.Rest("DELETE", "/chats/"+chatID, of, `{"extraData":`+info+`}`).RequireDone()
			return w.Rest("POST", "/chats", of, `{"room":"1"}`)
		},
		"new chats": func(w *servertest.World, of http.Header, chatID string) servertest.Answer {
			w.Rest("DELETE", "/chats/"+chatID, of, "").RequireDone()
			return w.Rest("POST", "/chats", of, `{"room":"1"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := volumeOf(most)
			limits.Rates[limit.Count{Kind: limit.Joins, Scope: limit.Visitor}] = limit.Rate{PerSecond: 1e6, Burst: 1e6}
			limits.Rates[limit.Count{Kind: limit.Joins, Scope: limit.Address}] = limit.Rate{PerSecond: 1e6, Burst: 1e6}
			w := servertest.New(t, limits)
			vera := w.Visitor("Vera")
			of := from(servertest.As(vera), "198.51.100.9")
			require.Equal(t, 200, w.Rest("PUT", "/users/"+vera.ID, of, info).Status)
			a := w.Rest("POST", "/chats", of, `{"room":"1"}`)
			for id := a.Text("chat", "id"); a.Status == 200; a = act(w, of, id) {
				if a.JSON["chat"] != nil {
					id = a.Text("chat", "id")
				}
			}
			a.RequireRefused(429, "volume/address")
			stream, err := w.Engine.JS.Stream(t.Context(), "PARLEY_CHATS")
			require.NoError(t, err)
			stored := stream.CachedInfo().State.Bytes
			t.Logf("%d bytes are stored of an address that may have %d", stored, most)
			assert.InDelta(t, most, stored, 0.2*most)
		})
	}
}

// Nobody fills a chat for its agents by coming and going.
func TestJoinsHaveARate(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor, _, id := w.Conversation(t)
	joined, a := 0, servertest.Answer{Status: 200}
	for ; a.Status == 200 && joined < 100; joined++ {
		w.Rest("PUT", "/chats/"+id+"/leave", servertest.As(visitor.Login), "").RequireDone()
		a = w.Rest("POST", "/chats/"+id+"/join", servertest.As(visitor.Login), "")
	}
	t.Logf("%d of 100 joins at once were taken", joined-1)
	assert.InDelta(t, 10, joined-1, 1)
	a.RequireRefused(429, "joins/visitor")
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
