package servertest

import (
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/identity"
	"parley/server/internal/webhook"
)

// NewAgent makes one more agent of the demo app and logs them in. Their name is also
// their username; langs are the languages they speak.
func (w *World) NewAgent(name string, langs ...string) Login {
	w.T.Helper()
	_, err := w.Identity.CreateAgent(w.T.Context(), "demo", identity.NewAgent{Username: name, Password: "long enough", Name: name, Langs: langs})
	require.NoError(w.T, err)
	return w.Session(w.Rest("POST", "/agents/login", App(), `{"username":"`+name+`","password":"long enough"}`))
}

// ChatIn makes a new visitor and their chat in room 1. The names and values in more are
// added to the request, as in Obj.
func (w *World) ChatIn(t testing.TB, more ...any) (visitor *Peer, id string) {
	t.Helper()
	visitor = w.Open(t, w.Visitor("Vera"))
	created := visitor.Ask(chat.EventCreate, Obj(append([]any{"room", "1"}, more...)...))
	return visitor, Dig(created, "chat", "id").(string)
}

// Available asks how many agents are available for room 1; more is added to the query.
// It gives nil if the answer has no number.
func (w *World) Available(more string) any {
	w.T.Helper()
	return Dig(w.Rest("GET", "/agents/available?roomId=1"+more, App(), "").JSON, "agents", "1")
}

// Conversation gives a visitor and agent1 who are in a chat together: the agent was
// invited and has accepted.
func (w *World) Conversation(t testing.TB) (visitor, agent *Peer, chatID string) {
	t.Helper()
	visitor, agent = w.Open(t, w.Visitor("Vera")), w.Open(t, w.Agent("agent1")).OnDuty()
	chatID = visitor.NewChat()
	visitor.Ask(chat.EventAssign, Obj("chatId", chatID))
	require.Equal(t, chatID, agent.Next("invitations:new")["chatId"])
	agent.Ask("invitations:accept", Obj("chatId", chatID))
	visitor.Next(chat.EventJoin)
	return visitor, agent, chatID
}

// File is a form with a file, as browsers send it.
type File struct {
	Fields  map[string]string
	Name    string
	Kind    string
	Content io.Reader
}

// PngBytes is a file of about 5 kB that starts as a PNG does. Only its type can be
// recognized; it is no complete picture.
var PngBytes = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"), make([]byte, 5000)...)

// Upload posts a form with a file to /media, with the headers of a user or the secret,
// and gives the answer whatever its status. An answer that is not JSON ends the test.
func (w *World) Upload(l http.Header, f File) Answer {
	w.T.Helper()
	body, into := io.Pipe()
	form := multipart.NewWriter(into)
	go func() {
		for name, value := range f.Fields {
			_ = form.WriteField(name, value)
		}
		if f.Content != nil {
			part, _ := form.CreatePart(textproto.MIMEHeader{
				"Content-Disposition": {`form-data; name="media"; filename="` + f.Name + `"`}, "Content-Type": {f.Kind},
			})
			_, _ = io.Copy(part, f.Content)
		}
		_ = form.Close()
		_ = into.Close()
	}()
	r, err := http.NewRequest("POST", w.HTTP.URL+"/v1/media", body)
	require.NoError(w.T, err)
	r.Header = l.Clone()
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := w.Client.Do(r)
	require.NoError(w.T, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.T, err)
	a := Answer{T: w.T, Status: answer.StatusCode, Header: answer.Header, Body: string(b)}
	require.NoError(w.T, json.Unmarshal(b, &a.JSON), a.Body)
	return a
}

// Download gets a path below /v1, and gives the status, the headers and the body, which
// need not be JSON. Only a failed transfer ends the test.
func (w *World) Download(path string, h http.Header) (int, http.Header, []byte) {
	w.T.Helper()
	r, err := http.NewRequest("GET", w.HTTP.URL+"/v1"+path, nil)
	require.NoError(w.T, err)
	r.Header = h.Clone()
	answer, err := w.Client.Do(r)
	require.NoError(w.T, err)
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	require.NoError(w.T, err)
	return answer.StatusCode, answer.Header, b
}

// Listed gives the ids of the chats that a user's query lists, in order. An answer
// other than 200 ends the test.
func (w *World) Listed(l Login, query string) []string {
	w.T.Helper()
	a := w.Rest("GET", "/chats?"+query, As(l), "")
	require.Equal(w.T, 200, a.Status, a.Body)
	return IDs(a.JSON["chats"])
}

// NewApp makes an app with rooms 1 and 2 beside the demo app. It gives the headers with
// the new app's secret, and those with the admin's.
func (w *World) NewApp(id string) (mine, admin http.Header) {
	w.T.Helper()
	adminSecret, err := w.Identity.EnsureAdmin(w.T.Context())
	require.NoError(w.T, err)
	admin = http.Header{"X-Hyper-Secret": {adminSecret}}
	a := w.Rest("POST", "/apps", admin, `{"id":"`+id+`","rooms":["1","2"]}`)
	require.Equal(w.T, 200, a.Status, a.Body)
	return http.Header{"X-Hyper-Appid": {id}, "X-Hyper-Secret": {a.Text("secret")}}, admin
}

// ClosedChat gives a Conversation that the agent has closed, and the id of its ticket.
func (w *World) ClosedChat(t *testing.T) (visitor, agent *Peer, id, ticket string) {
	t.Helper()
	visitor, agent, id = w.Conversation(t)
	agent.Ask(chat.EventClose, Obj("chatId", id))
	ticket = Dig(visitor.Next(chat.EventInfo), "data", "ticketId").(string)
	return visitor, agent, id, ticket
}

// Colleague connects agent2, who takes chats of no room: they come by transfer only.
func (w *World) Colleague(t testing.TB) *Peer {
	t.Helper()
	p := w.Open(t, w.Agent("agent2"))
	p.Ask("agents:available", Obj("available", true, "rooms", []string{}))
	return p
}

// Zeros is a reader of zeros without end.
type Zeros struct{}

// Read fills b with zeros. It never fails.
func (Zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// NewChat makes a chat in room 1 and gives its id.
func (p *Peer) NewChat() string {
	p.T.Helper()
	return Dig(p.Ask(chat.EventCreate, Obj("room", "1", "lang", "en", "source", "3")), "chat", "id").(string)
}

// OnDuty makes the agent available in all their rooms, and gives the same Peer.
func (p *Peer) OnDuty() *Peer {
	p.T.Helper()
	p.Ask("agents:available", Obj("available", true))
	return p
}

// Say sends a text message and gives the reply.
func (p *Peer) Say(chatID, text string) Object {
	p.T.Helper()
	return p.Ask(chat.EventMessage, Obj("chatId", chatID, "message", text))
}

// Activity waits until the user's activity of this kind comes, and passes others. The
// test ends if it does not come in time.
func (p *Peer) Activity(userID, kind string) {
	p.T.Helper()
	for {
		if a := p.Next(chat.EventActivity); a["userId"] == userID && a["type"] == kind {
			return
		}
	}
}

// Invitations counts the invitations that came so far, and those that have expired.
func (p *Peer) Invitations() (news, ends int) {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	for _, f := range p.Frames {
		switch {
		case f.Event == "invitations:new":
			news++
		case f.Event == "invitations:end" && Dig(Parsed(f.Data), "reason") == "expired":
			ends++
		}
	}
	return news, ends
}

// Texts lists the texts of the chat's messages that came so far, as pushes and as
// replies. The caller holds p.Mu.
func (p *Peer) Texts(chatID string) (list []any) {
	for _, f := range p.Frames {
		_, acted := p.sent[f.ID]
		d := Parsed(f.Data)
		if (f.Event == chat.EventMessage || acted && f.IsReply()) && Dig(d, "message", "chat") == chatID {
			list = append(list, Dig(d, "message", "message"))
		}
	}
	return list
}

// HowMany counts the pushes with this name that came, after it has waited as Events does.
func (p *Peer) HowMany(event string) (n int) {
	for _, name := range p.Events() {
		if name == event {
			n++
		}
	}
	return n
}

// Place waits until the visitor is at this place in the queue, and passes other places.
// The test ends if a push is about another chat, or this place does not come in time.
func (p *Peer) Place(chatID string, position int) {
	p.T.Helper()
	for {
		push := p.Next(webhook.EventQueue)
		require.Equal(p.T, chatID, push["chatId"])
		require.GreaterOrEqual(p.T, Dig(push, "data", "waitingTime"), 0.0)
		if Dig(push, "data", "queuePosition") == float64(position) {
			return
		}
	}
}

// Places lists the places in the queue that the visitor got, in order.
func (p *Peer) Places() (list []int) {
	p.Ask("user:focus", nil)
	p.Mu.Lock()
	defer p.Mu.Unlock()
	for _, f := range p.Frames {
		if f.Event == webhook.EventQueue {
			list = append(list, int(Dig(Parsed(f.Data), "data", "queuePosition").(float64)))
		}
	}
	return list
}

// Take waits for the next invitation and accepts it. The test ends if it is to another
// chat.
func (p *Peer) Take(id string) {
	p.T.Helper()
	require.Equal(p.T, id, p.Next("invitations:new")["chatId"])
	p.Ask("invitations:accept", Obj("chatId", id))
}

// Watch has a supervisor join the chat to read along, and gives the same Peer.
func (p *Peer) Watch(chatID string) *Peer {
	p.T.Helper()
	p.Ask(chat.EventJoin, Obj("chatId", chatID, "mode", "watch"))
	return p
}
