package server_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/op"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// disk is a disk of 100 GB as an engine measures it.
type disk struct{ free atomic.Int64 }

func (d *disk) space() store.Space {
	return store.Space{Free: d.free.Load(), Total: 100 << 30, Known: true}
}

// onDisk gives a World on an engine whose disk has 50 GB free.
func onDisk(t *testing.T) (*servertest.World, *disk) {
	d := &disk{}
	d.free.Store(50 << 30)
	e, err := store.Start(t.Context(), store.Options{Dir: t.TempDir(), Space: d.space})
	require.NoError(t, err)
	t.Cleanup(func() { storetest.Close(t, e) })
	return servertest.On(t, e, server.Limits{}), d
}

// On a disk that is full but for the reserve, agents log in, write and close, and
// visitors read, leave and close. All else that visitors would write is a 507.
func TestFullDiskIsLeftToAgents(t *testing.T) {
	t.Parallel()
	w, d := onDisk(t)
	visitor, agent, id := w.Conversation(t)
	other, otherID := w.ChatIn(t)
	third, thirdID := w.ChatIn(t)
	without := w.Visitor("Nora")
	d.free.Store(4 << 30)

	hello := servertest.Obj("chatId", id, "message", "hello")
	visitor.PostAs("hello", chat.EventMessage, hello)
	require.EqualValues(t, wire.CodeNoSpace, visitor.Reply("hello").Error.Code)
	visitor.Refused(chat.EventAssign, servertest.Obj("chatId", id), wire.CodeNoSpace, "full")
	for path, body := range map[string]string{
		"/users": `{"name":"New"}`, "/chats": `{"room":"1"}`, "/chats/" + id + "/messages": `{"message":"hello"}`,
	} {
		h := servertest.As(visitor.Login)
		if path != "/chats/"+id+"/messages" {
			h = servertest.As(without)
		}
		w.Rest("POST", path, h, body).RequireRefused(wire.CodeNoSpace, "full")
	}
	w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"message":"hello","sender":"`+visitor.Login.ID+`"}`).
		RequireRefused(wire.CodeNoSpace, "full")
	file := servertest.File{Fields: map[string]string{"chatId": id}, Name: "a.txt", Kind: "text/plain"}
	file.Content = bytes.NewReader([]byte("some text"))
	w.Upload(servertest.As(visitor.Login), file).RequireRefused(wire.CodeNoSpace, "full")

	visitor.Ask("chats:get", servertest.Obj("chatId", id))
	other.Ask(chat.EventLeave, servertest.Obj("chatId", otherID))
	third.Ask(chat.EventClose, servertest.Obj("chatId", thirdID))
	agent.Say(id, "we go on")
	second := w.Open(t, w.Agent("lead")).OnDuty()
	second.Ask(chat.EventJoin, servertest.Obj("chatId", id, "mode", "watch"))
	file.Content = bytes.NewReader([]byte("some text"))
	w.Upload(servertest.As(agent.Login), file).RequireRefused(wire.CodeNoSpace, "full")
	w.Set(`{"chats":{"visitorGrace":30}}`)
	w.Rest("POST", "/chats/"+id+"/messages", servertest.Secret(), `{"message":"from the system"}`)

	d.free.Store(50 << 30)
	visitor.PostAs("hello", chat.EventMessage, hello)
	for said := ""; said != "hello"; { // the message that was refused is taken now
		said, _ = servertest.Dig(agent.Next(chat.EventMessage), "message", "message").(string)
	}
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
}

// An upload that is under way when the disk becomes full ends, and leaves nothing.
func TestUploadEndsWhenTheDiskIsFull(t *testing.T) {
	t.Parallel()
	w, d := onDisk(t)
	visitor, id := w.ChatIn(t)
	content, send := io.Pipe()
	done := make(chan servertest.Answer)
	go func() {
		done <- w.Upload(servertest.As(visitor.Login), servertest.File{
			Fields: map[string]string{"chatId": id}, Name: "a.txt", Kind: "text/plain", Content: content})
	}()
	part := bytes.Repeat([]byte("text "), 100_000)
	_, err := send.Write(part)
	require.NoError(t, err)
	d.free.Store(1 << 30)
	_, err = send.Write(part)
	require.NoError(t, err)
	require.NoError(t, send.Close())
	(<-done).RequireRefused(wire.CodeNoSpace, "full")
	assert.Zero(t, storedFiles(w))
}

// Of the reserve, an agent and an app have a share: whoever has got hold of an agent's session
// could else fill it in seconds, and keep the agents of all apps out.
func TestTheReserveIsShared(t *testing.T) {
	t.Parallel()
	w, d := onDisk(t)
	_, agent, id := w.Conversation(t)
	d.free.Store(4 << 30)
	say := func() servertest.Answer {
		return w.Rest("POST", "/chats/"+id+"/messages", servertest.As(agent.Login), `{"message":"`+strings.Repeat("x", 9000)+`"}`)
	}
	said := 0
	for answer := say(); answer.Status == 200; answer = say() {
		said++
		require.Less(t, said, 300)
	}
	assert.Greater(t, said, 100)
	say().RequireRefused(429, "reserve/agent")
	require.Equal(t, 200, w.Rest("DELETE", "/chats/"+id, servertest.As(agent.Login), "").Status)
	lead := w.Agent("lead")
	require.Equal(t, 200, w.Rest("POST", "/blocks", servertest.As(lead), `{"address":"192.0.2.9"}`).Status)
	d.free.Store(50 << 30)
	_, other, otherID := w.Conversation(t)
	require.Equal(t, 200, w.Rest("POST", "/chats/"+otherID+"/messages", servertest.As(other.Login), `{"message":"hello"}`).Status)
}

// What lets in or out, or removes something, may use the reserve; nothing else that visitors
// may call does.
func TestWhatMayUseTheReserve(t *testing.T) {
	others := map[string]bool{}
	for _, operation := range server.Operations().List {
		name := operation.Method + " " + operation.Path
		switch {
		case operation.Method == http.MethodDelete:
			assert.True(t, operation.Reserve, name)
		case operation.Reserve && slices.Contains([]op.Access{op.AnyApp, op.AnySession, op.ChatMember}, operation.Access):
			others[name] = true
		}
	}
	assert.Equal(t, map[string]bool{
		"POST /agents/login": true, "POST /agents/login/totp": true,
		"POST /agents/login/oidc": true, "POST /agents/login/oidc/finish": true,
		"POST /agents/login/passkey": true, "POST /agents/login/passkey/confirm": true,
		"POST /users/logout": true, "PUT /chats/{chatId}/leave": true,
	}, others)
}
