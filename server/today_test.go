package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// What was answered today is counted while it is open and once it is closed, once each, by
// every node, and by one that has just started.
func TestAnsweredToday(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	lead := servertest.As(w.Agent("lead"))
	today := func(w *servertest.World) servertest.Object { return w.Rest("GET", "/queues/today", lead, "").JSON }
	assert.Equal(t, "UTC", today(w)["timeZone"])
	zoneName := "Etc/GMT-6" // where no day ends while the test runs
	if hour := time.Now().UTC().Hour(); hour == 17 || hour == 18 {
		zoneName = "UTC"
	}
	w.Set(`{"window":{"timeZone":"` + zoneName + `"}}`)
	got := today(w)
	assert.Equal(t, []any{0.0, 0.0, 0.0, true, zoneName}, []any{got["answered"], got["median"], got["ninety"], got["complete"], got["timeZone"]})

	_, agent, open := w.Conversation(t)
	visitor, _ := w.ChatIn(t)
	require.NotNil(t, visitor, "who waits is not answered")
	_, _, _, _ = w.ClosedChat(t)
	require.Eventually(t, func() bool { return today(w)["answered"] == 2.0 }, 10*time.Second, 10*time.Millisecond)
	agent.Ask("chats:close", servertest.Obj("chatId", open))
	require.Eventually(t, func() bool {
		w.Rest("GET", "/chats?status=closed", servertest.Secret(), "")
		return len(w.Rest("GET", "/chats?status=closed", servertest.Secret(), "").JSON["chats"].([]any)) == 2
	}, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 2.0, today(w)["answered"])
	assert.Equal(t, 2.0, today(w)["answered"], "what was read of the archive is not read again")
	other := servertest.On(t, w.Engine, server.Limits{})
	require.Eventually(t, func() bool { return today(other)["answered"] == 2.0 }, 10*time.Second, 10*time.Millisecond)
	got = today(other)
	assert.LessOrEqual(t, got["median"], got["ninety"])

	require.Equal(t, 200, w.Rest("PUT", "/settings", servertest.Secret(), `{"window":{"timeZone":"Pacific/Kiritimati"}}`).Status)
	got = today(w)
	zone, err := time.LoadLocation("Pacific/Kiritimati")
	require.NoError(t, err)
	began := time.Unix(int64(got["since"].(float64)), 0).In(zone)
	assert.Equal(t, "00:00:00", began.Format(time.TimeOnly), "the day is that of the app's time zone")
	w.Rest("GET", "/queues/today", servertest.As(w.Agent("agent1")), "").RequireRefused(403, "supervisors")
}
