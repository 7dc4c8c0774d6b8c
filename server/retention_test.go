package server_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/privacy"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// Files go after their days, chats after theirs, and nothing that is on hold.
func TestRetention(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := servertest.On(t, storetest.Engine(t, dir), server.Limits{})
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	visitor, agent, id, file := closedChatOf(t, w)
	after := func(days int) {
		t.Helper()
		require.NoError(t, server.Sweep(t.Context(), w.Server, time.Now().AddDate(0, 0, days).Add(time.Minute)))
	}
	after(10_000)
	require.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, word, "by default all is kept")

	w.Set(`{"privacy":{"keepChats":30,"keepFiles":7}}`)
	w.Rest("PUT", "/chats/"+id+"/hold", servertest.As(agent.Login), `{"reason":"lawsuit 7"}`).RequireRefused(403, "secret")
	w.Rest("PUT", "/chats/"+id+"/hold", servertest.Secret(), `{"reason":"lawsuit 7"}`).RequireDone()
	after(31)
	w.Rest("DELETE", "/chats/"+id+"/data", servertest.Secret(), "").RequireRefused(423, "lawsuit 7")
	w.Rest("DELETE", "/media/"+file, servertest.Secret(), "").RequireRefused(423, "lawsuit 7")
	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "").RequireRefused(423, "lawsuit 7")
	w.Rest("DELETE", "/chats/"+id+"/hold", servertest.Secret(), "").RequireDone()
	w.Rest("PUT", "/users/"+visitor.Login.ID+"/hold", servertest.Secret(), `{"reason":"lawsuit 8"}`).RequireDone()
	after(31)
	w.Rest("DELETE", "/users/"+visitor.Login.ID, servertest.Secret(), "").RequireRefused(423, "lawsuit 8")
	status, _, content := w.Download("/media/"+file, servertest.Secret())
	require.Equal(t, 200, status)
	require.True(t, bytes.Contains(content, []byte(word)))
	w.Rest("DELETE", "/users/"+visitor.Login.ID+"/hold", servertest.Secret(), "").RequireDone()

	after(6)
	status, _, _ = w.Download("/media/"+file, servertest.Secret())
	require.Equal(t, 200, status)
	after(7)
	w.Rest("GET", "/media/"+file, servertest.Secret(), "").RequireRefused(404, "unknown file")
	assert.Contains(t, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Body, "I am "+word)
	after(29)
	require.Equal(t, 200, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Status)
	after(30)
	w.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "unknown chat")
	assert.Zero(t, storetest.Occurrences(t, dir, "I am "+word))
	assert.NotContains(t, w.Rest("GET", "/chats?status=closed", servertest.As(agent.Login), "").Body, id)
	after(10_000)
}

// A sweep of files passes chats on hold, and reads none twice that it has done; the files
// that were held go when the hold has ended, but not before the app lets them.
func TestSweepPassesHolds(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	visitor := w.Visitor("Vera")
	records := server.RoomsOf(w.Server).Privacy
	const many = 4
	var chats, files []string
	for range many {
		id := w.Rest("POST", "/chats", servertest.As(visitor), `{"room":"1"}`).Text("chat", "id")
		file := w.Upload(servertest.As(visitor), servertest.File{
			Fields: map[string]string{"chatId": id}, Name: "a.png", Kind: "image/png", Content: bytes.NewReader(servertest.PngBytes),
		}).Text("media", "id")
		w.Rest("DELETE", "/chats/"+id, servertest.As(visitor), "").RequireDone()
		chats, files = append(chats, id), append(files, file)
	}
	hold := func(n int) {
		w.Rest("PUT", "/chats/"+chats[n]+"/hold", servertest.Secret(), `{"reason":"lawsuit 9"}`).RequireDone()
	}
	release := func(n int) { w.Rest("DELETE", "/chats/"+chats[n]+"/hold", servertest.Secret(), "").RequireDone() }
	left := func() (there []int) {
		for n, file := range files {
			if status, _, _ := w.Download("/media/"+file, servertest.Secret()); status == 200 {
				there = append(there, n)
			}
		}
		return there
	}
	sweep := func(days int) (done uint64, passed []string) {
		require.NoError(t, server.Sweep(t.Context(), w.Server, time.Now().AddDate(0, 0, days).Add(time.Minute)))
		done, err := records.Done(t.Context(), privacy.OldFiles, "demo")
		require.NoError(t, err)
		list, err := records.PassedOver(t.Context(), "demo")
		require.NoError(t, err)
		for _, p := range list {
			passed = append(passed, p.ID)
		}
		return done, passed
	}
	w.Set(`{"privacy":{"keepFiles":7}}`)
	hold(0)
	hold(2)
	for range 2 {
		done, passed := sweep(8)
		assert.Greater(t, done, uint64(many-1), "it has come to the end of the list")
		assert.ElementsMatch(t, []string{chats[0], chats[2]}, passed)
		assert.Equal(t, []int{0, 2}, left())
	}
	release(0)
	w.Set(`{"privacy":{"keepFiles":30}}`)
	sweep(8)
	assert.Equal(t, []int{0, 2}, left(), "the app keeps them longer now")
	_, passed := sweep(31)
	assert.Equal(t, []string{chats[2]}, passed)
	assert.Equal(t, []int{2}, left())
	release(2)
	require.Equal(t, 200, w.Rest("DELETE", "/chats/"+chats[2]+"/data", servertest.Secret(), "").Status)
	_, passed = sweep(31)
	assert.Empty(t, passed, "also of a chat that is gone")
}

// A chat whose removal was interrupted after it had left the lists is removed in the end.
func TestRetentionInterrupted(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	w := servertest.On(t, e, server.Limits{})
	visitor, _, id := w.Conversation(t)
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	w.Set(`{"privacy":{"keepChats":30}}`)
	require.NoError(t, e.JS.DeleteKeyValue(t.Context(), "parley_past"))
	require.Error(t, server.Sweep(t.Context(), w.Server, time.Now().AddDate(0, 0, 31)))
	require.Equal(t, 200, w.Rest("GET", "/chats/"+id, servertest.Secret(), "").Status)
	require.Empty(t, w.Listed(w.Agent("agent1"), "status=closed"))

	w.Close()
	w = servertest.On(t, e, server.Limits{})
	require.NoError(t, server.TakeUpErasures(t.Context(), w.Server))
	w.Rest("GET", "/chats/"+id, servertest.Secret(), "").RequireRefused(404, "unknown chat")
	left, err := server.RoomsOf(w.Server).Privacy.Unfinished(t.Context(), 0)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// Of several nodes one sweeps, and none again before it is time.
func TestOneNodeSweeps(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	one, other := server.RoomsOf(servertest.On(t, e, server.Limits{}).Server).Privacy, server.RoomsOf(servertest.On(t, e, server.Limits{}).Server).Privacy
	claims := 0
	for range 3 {
		for _, node := range []*privacy.Store{one, other} {
			mine, err := node.Claim(t.Context(), time.Hour)
			require.NoError(t, err)
			if mine {
				claims++
			}
		}
	}
	assert.LessOrEqual(t, claims, 1, "the servers have claimed it at their start")
}
