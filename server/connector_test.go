package server_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// messenger is the other side of the sample connector. It takes each message once, by its
// idempotency key, as messengers do.
type messenger struct {
	t    *testing.T
	http *httptest.Server

	mu    sync.Mutex
	seen  map[string]bool
	told  []string // texts, and names of files with their content
	posts int
	fails int // so many of the next posts are answered 500
}

func newMessenger(t *testing.T) *messenger {
	m := &messenger{t: t, seen: map[string]bool{}}
	m.http = httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(m.http.Close)
	return m
}

func (m *messenger) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/files/a.png" {
		_, _ = w.Write(servertest.PngBytes)
		return
	}
	said := ""
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		file, header, err := r.FormFile("file")
		if assert.NoError(m.t, err) {
			content, _ := io.ReadAll(file)
			said = header.Filename + " " + string(content)
		}
	} else {
		var body struct{ To, Text string }
		assert.NoError(m.t, json.NewDecoder(r.Body).Decode(&body))
		assert.Equal(m.t, "49-1", body.To)
		said = body.Text
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.posts++; m.fails > 0 {
		m.fails--
		w.WriteHeader(500)
		return
	}
	if key := r.Header.Get("Idempotency-Key"); assert.NotEmpty(m.t, key) && !m.seen[key] {
		m.seen[key] = true
		m.told = append(m.told, said)
	}
}

// wait waits until the customer has been told so many things, and gives them.
func (m *messenger) wait(count int) (told []string) {
	m.t.Helper()
	require.Eventually(m.t, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		told = m.told
		return len(told) >= count
	}, 2*storetest.WaitFor, storetest.Tick)
	return told
}

// runConnector runs the sample connector until stop is called or the test ends, and gives its address.
func runConnector(t *testing.T, w *servertest.World, m *messenger, port string) (address string, stop func()) {
	t.Helper()
	node, err := exec.LookPath("node")
	require.NoError(t, err, "the sample connector needs Node")
	run := exec.Command(node, "../docs/connector/connector.mjs")
	run.Env = append(os.Environ(), "PARLEY="+w.HTTP.URL, "APP=demo", "SECRET=demo-secret", "MESSENGER="+m.http.URL, "MESSENGER_SECRET=s", "PORT="+port)
	run.Stderr = os.Stderr
	out, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	stop = sync.OnceFunc(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
	})
	t.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the connector has ended")
	_, address, found := strings.Cut(strings.TrimSpace(line), "ready at ")
	require.True(t, found, line)
	return address, stop
}

// deliver posts an event of the messenger to the connector, and gives the status.
func (m *messenger) deliver(connector, secret string, event servertest.Object) int {
	m.t.Helper()
	body := servertest.JSON(event)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	r, err := http.NewRequest("POST", connector+"/messenger", bytes.NewReader(body))
	require.NoError(m.t, err)
	r.Header.Set("X-Signature", hex.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(r)
	require.NoError(m.t, err)
	require.NoError(m.t, answer.Body.Close())
	return answer.StatusCode
}

// The sample connector of docs/connector carries a whole conversation, whatever is
// delivered twice, and holds both sides' signatures.
func TestConnector(t *testing.T) {
	t.Parallel()
	w := servertest.Hooked(t, storetest.Engine(t, t.TempDir()))
	m := newMessenger(t)
	connector, stop := runConnector(t, w, m, "0")
	say := func(id, text string) servertest.Object {
		return servertest.Obj("id", id, "from", "49-1", "name", "Carla", "type", "message", "text", text)
	}
	open := func() []string {
		chats := servertest.Dig(done(w.Rest("GET", "/users?externalId=messenger-49-1", servertest.Secret(), ""))["users"].([]any)[0], "chats")
		var list []string
		for _, id := range chats.([]any) {
			list = append(list, id.(string))
		}
		return list
	}

	// Nobody is there: the customer hears it once, and the chat does not hang.
	require.Equal(t, 200, m.deliver(connector, "s", say("m1", "is anybody there?")))
	assert.Equal(t, []string{"Nobody is available now. Please write again later."}, m.wait(1))
	assert.Empty(t, open())

	// A conversation: text and a file each way, each delivered twice.
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	for range 2 {
		require.Equal(t, 200, m.deliver(connector, "s", say("m2", "1 < 2 & so on")))
	}
	id := open()[0]
	agent.Take(id)
	picture := servertest.Obj("id", "m3", "from", "49-1", "name", "Carla", "type", "message",
		"file", servertest.Obj("url", m.http.URL+"/files/a.png", "name", "a.png"))
	for range 2 {
		require.Equal(t, 200, m.deliver(connector, "s", picture))
	}
	assert.Equal(t, "media", servertest.Dig(agent.Next(chat.EventMessage), "message", "type"))
	m.mu.Lock()
	m.fails = 2 // Parley delivers it again
	m.mu.Unlock()
	agent.Say(id, "yes")
	assert.Equal(t, "yes", m.wait(2)[1])
	sent := done(w.Upload(servertest.As(agent.Login), servertest.File{
		Fields: map[string]string{"chatId": id}, Name: "b.txt", Kind: "text/plain", Content: strings.NewReader("price list"),
	}))
	require.NotEmpty(t, sent)
	assert.Equal(t, "b.txt price list", m.wait(3)[2])

	// What is not signed rightly is refused.
	assert.Equal(t, 401, m.deliver(connector, "guess", say("m4", "forged")))
	forged, err := http.Post(connector+"/hook", "application/json", strings.NewReader(`{"trigger":"messages:new","data":{"chatId":"`+id+`"}}`))
	require.NoError(t, err)
	require.NoError(t, forged.Body.Close())
	assert.Equal(t, 401, forged.StatusCode)

	// A restart loses nothing: what an agent writes meanwhile arrives, and a repeated message is known.
	stop()
	agent.Say(id, "one moment")
	_, port, _ := strings.Cut(strings.TrimPrefix(connector, "http://"), ":")
	connector, _ = runConnector(t, w, m, port)
	assert.Equal(t, "one moment", m.wait(4)[3])
	require.Equal(t, 200, m.deliver(connector, "s", say("m2", "1 < 2 & so on")))
	texts := []any{}
	for _, message := range done(w.Rest("GET", "/chats/"+id+"/messages", servertest.Secret(), ""))["messages"].([]any) {
		texts = append(texts, servertest.Dig(message, "type"), servertest.Dig(message, "message"))
	}
	assert.Equal(t, []any{"text", "1 < 2 & so on", "media", texts[3], "text", "yes", "media", texts[7], "text", "one moment"}, texts)

	// The agent closes, then the customer closes the next one.
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	assert.Equal(t, "The conversation has ended.", m.wait(5)[4])
	require.Equal(t, 200, m.deliver(connector, "s", say("m5", "one more thing")))
	agent.Take(open()[0])
	require.Equal(t, 200, m.deliver(connector, "s", servertest.Obj("id", "m6", "from", "49-1", "name", "Carla", "type", "close")))
	assert.Empty(t, open())
	assert.Len(t, m.wait(5), 5, "who closes is not told")
}
