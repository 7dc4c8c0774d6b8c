package server_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// Table d.2: routes about chats, messages and files.
func TestConformanceOfChats(t *testing.T) {
	t.Parallel()
	whole := t // clients stay connected from one row to the next
	w := servertest.New(t, server.Limits{})
	secret := servertest.Secret()
	vera, agent := w.Visitor("Vera"), w.Open(t, w.Agent("agent1"))
	var id string
	path := func(rest string) string { return "/chats/" + id + rest }

	t.Run("d.2 POST /chats: {chat}; room and source may be numbers, and an absent external id is null", func(t *testing.T) {
		created := done(w.Rest("POST", "/chats", secret, `{"creator":"`+vera.ID+`","room":1,"source":3,"lang":""}`))["chat"].(servertest.Object)
		id = created["id"].(string)
		for name, want := range servertest.Obj("status", "waiting", "closed", false, "inQueue", false, "creator", vera.ID, "room", "1",
			"lang", "", "source", 3.0, "externalId", nil) {
			require.Contains(t, created, name)
			assert.Equal(t, want, created[name], name)
		}
	})

	t.Run("d.3 User already has a chat: 409 with these words", func(t *testing.T) {
		w.Rest("POST", "/chats", secret, `{"creator":"`+vera.ID+`","room":"1"}`).RequireRefused(409, "User already has a chat")
	})

	t.Run("d.2 GET /chats: {chats}, filtered by status and room", func(t *testing.T) {
		assert.Equal(t, []string{id}, servertest.IDs(done(w.Rest("GET", "/chats?status=waiting&room=1", secret, ""))["chats"]))
		assert.Empty(t, done(w.Rest("GET", "/chats?room=2", secret, ""))["chats"])
	})

	t.Run("d.2 GET /chats/{id}: {chat}, with the related lists that fields names", func(t *testing.T) {
		all := servertest.Dig(done(w.Rest("GET", path(""), secret, "")), "chat")
		assert.Contains(t, all, "history")
		assert.Contains(t, all, "externalId")
		some := servertest.Dig(done(w.Rest("GET", path("?fields=users"), secret, "")), "chat")
		assert.Contains(t, some, "users")
		assert.NotContains(t, some, "history")
	})

	t.Run("d.2 PUT /chats/{id}: {chat} with the change", func(t *testing.T) {
		assert.Equal(t, "x-1", servertest.Dig(done(w.Rest("PUT", path(""), secret, `{"externalId":"x-1"}`)), "chat", "externalId"))
	})

	t.Run("d.2 GET /chats/{id}/assign: {error} for the secret when there is nobody, else {agent}", func(t *testing.T) {
		assert.Equal(t, 404.0, servertest.Dig(done(w.Rest("GET", path("/assign"), secret, "")), "error", "code"))
		agent.OnDuty()
		invited := done(w.Rest("GET", path("/assign?algorithm=leastBusy"), secret, ""))["agent"].(servertest.Object)
		assert.Equal(t, servertest.Obj("id", agent.Login.ID, "name", invited["name"], "nickname", invited["nickname"],
			"providerId", agent.Login.ID), invited)
	})

	t.Run("d.2 POST /invitations/reject: with the secret for the agent", func(t *testing.T) {
		done(w.Rest("POST", "/invitations/reject", secret, `{"chatId":"`+id+`","userId":"`+agent.Login.ID+`"}`))
	})

	t.Run("d.2 POST /invitations: invites the agent with this id", func(t *testing.T) {
		done(w.Rest("POST", "/invitations", secret, `{"chatId":"`+id+`","userId":"`+agent.Login.ID+`"}`))
	})

	t.Run("d.2 POST /invitations/accept: with the secret for the agent", func(t *testing.T) {
		done(w.Rest("POST", "/invitations/accept", secret, `{"chatId":"`+id+`","userId":"`+agent.Login.ID+`"}`))
	})

	t.Run("d.2 GET /chats/{id}/users: {users}", func(t *testing.T) {
		assert.Equal(t, []string{vera.ID, agent.Login.ID}, servertest.IDs(done(w.Rest("GET", path("/users"), secret, ""))["users"]))
	})

	t.Run("d.2 POST /chats/{id}/messages: {message} with chat, sender, type, message and created", func(t *testing.T) {
		sent := done(w.Rest("POST", path("/messages"), secret, `{"chatId":"`+id+`","sender":"`+vera.ID+`","message":"<b>hi</b>"}`))
		message := sent["message"].(servertest.Object)
		assert.Equal(t, servertest.Obj("id", id+".1", "chat", id, "sender", vera.ID, "type", "text", "message", "<b>hi</b>",
			"created", message["created"]), message)
	})

	t.Run("d.2 POST /chats/{id}/messages with an eventId: once, however often it is sent", func(t *testing.T) {
		again := `{"sender":"` + vera.ID + `","message":"once","eventId":"e-1"}`
		assert.Equal(t, done(w.Rest("POST", path("/messages"), secret, again)), done(w.Rest("POST", path("/messages"), secret, again)))
		w.Rest("POST", path("/messages"), secret, `{"sender":"`+vera.ID+`","message":"x","eventId":"ä"}`).RequireRefused(400, "eventId")
	})

	t.Run("d.2 GET /chats/{id}/messages: {messages}", func(t *testing.T) {
		assert.Equal(t, []string{id + ".1", id + ".2"}, servertest.IDs(done(w.Rest("GET", path("/messages"), secret, ""))["messages"]))
	})

	t.Run("d.2 PUT /messages/{id}/read: {message, userId}", func(t *testing.T) {
		read := done(w.Rest("PUT", "/messages/"+id+".1/read", secret, `{"userId":"`+agent.Login.ID+`"}`))
		assert.Equal(t, agent.Login.ID, read["userId"])
		assert.Equal(t, id+".1", servertest.Dig(read, "message", "id"))
	})

	t.Run("d.2 GET /chats/{id}/history: {history}; with format .json or .csv a file", func(t *testing.T) {
		assert.Len(t, done(w.Rest("GET", path("/history"), secret, ""))["history"], 2)
		for format, kind := range map[string]string{".json": "application/json", "json": "application/json", ".csv": "text/csv", "csv": "text/csv"} {
			status, header, body := w.Download(path("/history?format="+format), secret)
			assert.Equal(t, 200, status, format)
			assert.Contains(t, header.Get("Content-Type"), kind, format)
			assert.Contains(t, string(body), "hi", format)
		}
	})

	t.Run("d.2 POST /chats/{id}/history: {history}, the whole of it", func(t *testing.T) {
		imported := `{"history":[{"sender":"assistant","message":"before","created":1700000000}]}`
		assert.Len(t, done(w.Rest("POST", path("/history"), secret, imported))["history"], 3)
	})

	var file string
	t.Run("d.2 POST /media: {media: {id, name, size, senderId}}; a nameless file is what its content is", func(t *testing.T) {
		in := map[string]string{"chatId": id, "senderId": vera.ID}
		for _, f := range []servertest.File{
			{Fields: in, Name: "", Kind: "", Content: bytes.NewReader(servertest.PngBytes)},
			{Fields: in, Name: "", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)},
			{Fields: in, Name: "file.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes)},
		} {
			sent := done(w.Upload(secret, f))["media"].(servertest.Object)
			assert.Equal(t, "file.png", sent["name"])
			assert.Equal(t, vera.ID, sent["senderId"])
			assert.Equal(t, float64(len(servertest.PngBytes)), sent["size"])
			file = sent["id"].(string)
		}
		text := done(w.Upload(secret, servertest.File{Fields: in, Name: "file.plain", Kind: "text/plain", Content: strings.NewReader("hello")}))
		assert.Equal(t, "file.txt", servertest.Dig(text, "media", "name"))
	})

	t.Run("d.3 File type is not allowed: 403 with these words", func(t *testing.T) {
		in := map[string]string{"chatId": id, "senderId": vera.ID}
		w.Upload(secret, servertest.File{Fields: in, Name: "a.exe", Content: strings.NewReader("MZ")}).RequireRefused(403, "File type is not allowed")
	})

	t.Run("d.2 GET /media/{id}: the bytes, with the credentials in the header, or by a signed address", func(t *testing.T) {
		signed, _ := strings.CutPrefix(w.Rest("GET", "/media/"+file+"/address", secret, "").Text("url"), w.HTTP.URL+"/v1")
		for _, get := range []struct {
			path   string
			header http.Header
		}{
			{"/media/" + file, secret},
			{"/media?id=" + file, secret},
			{signed, http.Header{}},
		} {
			status, header, body := w.Download(get.path, get.header)
			assert.Equal(t, 200, status, get.path)
			assert.Equal(t, "image/png", header.Get("Content-Type"))
			assert.Equal(t, servertest.PngBytes, body)
		}
	})

	t.Run("d.2 GET /media: without an id the app's files, by chat and type, page by page", func(t *testing.T) {
		other := w.Visitor("Paul")
		otherID := done(w.Rest("POST", "/chats", secret, `{"creator":"`+other.ID+`","room":"1"}`))["chat"].(servertest.Object)["id"].(string)
		done(w.Upload(secret, servertest.File{
			Fields: map[string]string{"chatId": otherID, "senderId": other.ID}, Name: "b.png", Content: bytes.NewReader(servertest.PngBytes),
		}))
		assert.Len(t, done(w.Rest("GET", "/media", secret, ""))["media"], 5)
		assert.Len(t, done(w.Rest("GET", "/media?chatId="+id, secret, ""))["media"], 4)
		texts := done(w.Rest("GET", "/media?type=text/plain", secret, ""))["media"].([]any)
		require.Len(t, texts, 1)
		assert.Equal(t, vera.ID, servertest.Dig(texts[0], "senderId"))
		assert.Equal(t, id, servertest.Dig(texts[0], "chatId"))
		first := done(w.Rest("GET", "/media?limit=4", secret, ""))
		assert.Len(t, first["media"], 4)
		last := done(w.Rest("GET", "/media?after="+first["next"].(string), secret, ""))
		assert.Len(t, last["media"], 1)
		assert.NotContains(t, last, "next")
		w.Rest("GET", "/media", servertest.As(vera), "").RequireRefused(403, "secret")
		done(w.Rest("DELETE", "/chats/"+otherID, secret, ""))
	})

	colleague := agent
	t.Run("d.2 POST /chats/{id}/toinbox: the new agent", func(t *testing.T) {
		colleague = w.Open(whole, w.Agent("agent2")).OnDuty()
		back := done(w.Rest("POST", path("/toinbox"), secret, ""))
		assert.Equal(t, colleague.Login.ID, servertest.Dig(back, "agent", "id"))
		colleague.Take(id)
	})

	lead := w.Agent("lead")
	t.Run("d.2 POST /chats/{id}/join: with the secret for the agent", func(t *testing.T) {
		done(w.Rest("POST", path("/join"), secret, `{"userId":"`+lead.ID+`","assist":true}`))
		assert.Contains(t, servertest.IDs(done(w.Rest("GET", path("/users"), secret, ""))["users"]), lead.ID)
	})

	t.Run("d.2 PUT /chats/{id}/leave: with the secret for the agent", func(t *testing.T) {
		done(w.Rest("PUT", path("/leave"), secret, `{"userId":"`+lead.ID+`"}`))
		assert.NotContains(t, servertest.IDs(done(w.Rest("GET", path("/users"), secret, ""))["users"]), lead.ID)
	})

	t.Run("d.2 GET /queues/status: all rooms", func(t *testing.T) {
		assert.Equal(t, 0.0, servertest.Dig(done(w.Rest("GET", "/queues/status", secret, "")), "rooms", "1", "waiting"))
	})

	t.Run("d.2 GET /queues/update/{chatId}: {chatId, userId, data: {queuePosition, waitingTime}}", func(t *testing.T) {
		assert.Equal(t, servertest.Obj("chatId", id, "userId", vera.ID, "data", servertest.Obj("queuePosition", 0.0, "waitingTime", 0.0)),
			done(w.Rest("GET", "/queues/update/"+id, secret, "")))
	})

	t.Run("d.2 DELETE /chats/{id}: closed by the system if the secret names no user", func(t *testing.T) {
		done(w.Rest("DELETE", path(""), secret, ""))
		assert.Equal(t, chat.System, colleague.Next(chat.EventClose)["userId"])
	})
}
