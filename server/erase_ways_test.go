package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// erasable is a visitor to be erased: every text that is stored of them has their word.
type erasable struct {
	*servertest.World
	t       *testing.T
	word    string
	proofOf func(claims jwt.MapClaims) string
	gone    *servertest.Target // of a webhook that gets nothing
}

// browser is what the person sends with every request.
func (p *erasable) browser(h http.Header) http.Header {
	h.Set("User-Agent", p.word+" browser")
	return h
}

func (p *erasable) profile() string {
	return fmt.Sprintf(`{"name":"%[1]s","nickname":"%[1]s nick","contact":"%[1]s@example.com","externalId":"%[1]s-7","extraInfo":{"city":"%[1]sdorf"}}`, p.word)
}

// byPage makes the person as a page does, without a proof.
func (p *erasable) byPage() servertest.Login {
	return p.Session(p.Rest("POST", "/users", p.browser(servertest.App()), p.profile()))
}

func (p *erasable) bySecret() servertest.Login {
	return p.Session(p.Rest("POST", "/users", p.browser(servertest.Secret()), p.profile()))
}

func (p *erasable) byProof() servertest.Login {
	claims := jwt.MapClaims{"name": p.word + " proved", "email": p.word + "@example.com"}
	return p.Session(p.Rest("POST", "/users", p.browser(servertest.App()), proven(p.proofOf(claims))))
}

func (p *erasable) begins(l servertest.Login) (chatID string) {
	a := p.Rest("POST", "/chats", p.browser(servertest.As(l)), `{"room":"1","externalId":"`+p.word+`-case"}`)
	require.Equal(p.t, 200, a.Status, a.Body)
	return a.Text("chat", "id")
}

func (p *erasable) renamed(l servertest.Login, to string) {
	require.Equal(p.t, 200, p.Rest("PUT", "/users/"+l.ID, servertest.As(l), `{"name":"`+p.word+to+`"}`).Status)
}

func (p *erasable) says(l servertest.Login, chatID string) {
	require.Equal(p.t, 200, p.Rest("POST", "/chats/"+chatID+"/messages", servertest.As(l), `{"message":"I am `+p.word+`"}`).Status)
}

func (p *erasable) as(agent, method, path, body string) {
	a := p.Rest(method, path, servertest.As(p.Agent(agent)), body)
	require.Equal(p.t, 200, a.Status, a.Body)
}

// ways are those by which the store comes to know people.
var ways = []struct {
	name string
	make func(p *erasable) servertest.Login
}{
	{"by a page, then a chat", func(p *erasable) servertest.Login {
		l := p.byPage()
		p.begins(l)
		return l
	}},
	{"by a page, silent", func(p *erasable) servertest.Login { return p.byPage() }},
	{"by a page, then a chat on a socket", func(p *erasable) servertest.Login {
		l := p.byPage()
		visitor := p.Open(p.t, l)
		visitor.Say(visitor.NewChat(), "I am "+p.word)
		return l
	}},
	{"by a page, renamed before the chat and after", func(p *erasable) servertest.Login {
		l := p.byPage()
		p.renamed(l, " before")
		p.begins(l)
		p.renamed(l, " after")
		return l
	}},
	{"by a page, confirmed by the secret", func(p *erasable) servertest.Login {
		l := p.byPage()
		require.Equal(p.t, 200, p.Rest("PUT", "/users/"+l.ID, servertest.Secret(), `{"externalId":"`+p.word+`-8"}`).Status)
		p.begins(l)
		return l
	}},
	{"by the secret", func(p *erasable) servertest.Login {
		l := p.bySecret()
		p.begins(l)
		return l
	}},
	{"by a proof, on two devices", func(p *erasable) servertest.Login {
		p.says(p.byProof(), p.begins(p.byProof()))
		return p.byProof()
	}},
	{"logged out", func(p *erasable) servertest.Login {
		l := p.byPage()
		p.begins(l)
		p.Rest("POST", "/users/logout", servertest.As(l), "").RequireDone()
		return l
	}},
	{"in a conversation with a file", func(p *erasable) servertest.Login {
		l := p.byPage()
		id := p.begins(l)
		a := p.Upload(p.browser(servertest.As(l)), servertest.File{
			Fields: map[string]string{"chatId": id}, Name: p.word + ".txt", Kind: "text/plain", Content: bytes.NewReader([]byte("my " + p.word)),
		})
		require.Equal(p.t, 200, a.Status, a.Body)
		p.as("agent1", "POST", "/chats/"+id+"/join", "")
		p.says(l, id)
		require.Equal(p.t, 200, p.Rest("DELETE", "/chats/"+id, servertest.As(l), `{"extraData":{"why":"`+p.word+`"}}`).Status)
		return l
	}},
	{"blocked", func(p *erasable) servertest.Login {
		l := p.byPage()
		id := p.begins(l)
		p.as("agent1", "POST", "/chats/"+id+"/block", `{"reason":"`+p.word+` sells pills","seconds":60}`)
		p.as("agent1", "POST", "/chats/"+id+"/block", `{"reason":"`+p.word+` sells more pills","seconds":90,"address":true}`)
		for _, b := range p.Rest("GET", "/blocks", servertest.Secret(), "").JSON["blocks"].([]any) {
			if servertest.Dig(b, "address") != nil { // it would hold for those who come after
				p.as("lead", "DELETE", "/blocks/"+servertest.Dig(b, "id").(string), "")
			}
		}
		return l
	}},
	{"blocked, and let in again", func(p *erasable) servertest.Login {
		l := p.byPage()
		p.begins(l)
		p.as("lead", "POST", "/blocks", `{"visitorId":"`+l.ID+`","reason":"`+p.word+` sells pills"}`)
		p.as("lead", "DELETE", "/blocks/visitor-"+l.ID, "")
		return l
	}},
	{"written down by agents", func(p *erasable) servertest.Login {
		l := p.byPage()
		id := p.begins(l)
		p.as("agent1", "POST", "/chats/"+id+"/join", "")
		p.says(l, id)
		p.as("agent1", "POST", "/chats/"+id+"/notes", `{"text":"`+p.word+` sells pills"}`)
		p.as("agent1", "POST", "/chats/"+id+"/tags", `{"add":["`+p.word+` sells"]}`)
		p.as("agent1", "POST", "/chats/"+id+"/tags", `{"add":["pills"],"remove":["`+p.word+` sells"]}`)
		require.Equal(p.t, 200, p.Rest("DELETE", "/chats/"+id, servertest.As(l), "").Status)
		p.as("agent1", "POST", "/chats/"+id+"/notes", `{"text":"`+p.word+` sells more"}`)
		p.as("agent1", "POST", "/chats/"+id+"/tags", `{"add":["`+p.word+`"]}`)
		return l
	}},
	{"waited for by a webhook", func(p *erasable) servertest.Login {
		p.gone.Status(503)
		l := p.byPage()
		p.says(l, p.begins(l))
		p.gone.Wait(chat.EventMessage, 1)
		return l
	}},
}

// By whatever way somebody came to be known: once they are erased, no file of the store has
// anything of them.
func TestErasureLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := storetest.Engine(t, dir)
	w := servertest.Hooked(t, e)
	gone := servertest.NewTarget(t)
	w.Hook(gone, chat.EventMessage)
	erasedByAllWays(t, w, gone, func(text string) int { return storetest.Occurrences(t, dir, text) })
}

// On a cluster none of the three copies has anything either, once all are current.
func TestErasureOnAClusterLeavesNothing(t *testing.T) {
	engines, streams := storetest.ClusterWithFiles(t)
	w := servertest.Hooked(t, engines[0])
	gone := servertest.NewTarget(t)
	w.Hook(gone, chat.EventMessage)
	erasedByAllWays(t, w, gone, func(text string) (n int) {
		for _, dir := range streams {
			n += storetest.Occurrences(t, dir, text)
		}
		return n
	})
}

func erasedByAllWays(t *testing.T, w *servertest.World, gone *servertest.Target, occurrences func(string) int) {
	t.Helper()
	_, secret := identityKey(t, w, "HS256")
	for n, way := range ways {
		p := &erasable{t: t, World: w, word: fmt.Sprintf("Zwetschge%02dmus", n), gone: gone}
		p.proofOf = func(claims jwt.MapClaims) string { return token(t, secret, p.word+"-proved", claims) }
		l := way.make(p)
		assert.Positive(t, occurrences(p.word), way.name)
		a := w.Rest("DELETE", "/users/"+l.ID, servertest.Secret(), "")
		require.Equal(t, 200, a.Status, a.Body)
		require.Equal(t, true, a.JSON["done"], a.Body)
		for _, text := range []string{
			" nick", "@example", "-7", "dorf", "-case", " before", " after", "-8", " proved", ".txt", " browser", " sells", "",
		} {
			if !assert.Eventually(t, func() bool { return occurrences(p.word+text) == 0 }, storetest.WaitFor, storetest.Tick, "%s: %q", way.name, p.word+text) {
				break
			}
		}
	}
}
