package server_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// Supervisors change what daily work is about, and read that and its version; nothing else.
func TestSupervisorsChangeDailySettings(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	lead := servertest.As(w.Agent("lead"))
	version := func() string { return w.Rest("GET", "/settings", lead, "").Text("version") }
	for _, body := range []string{
		`"window":{"hours":"Mo-Fr 09:00-17:00","timeZone":"Europe/Madrid"}`, `"window":null`, `"cannedReplies":[{"title":"Hi","text":"Hello"}]`,
		`"tags":["refund"]`, `"tags":null`, `"languages":["en"]`, `"queue":{"active":true}`, `"surveys":[` + surveyJSON + `]`,
		`"assignment":{"maxChatsPerAgent":3}`, `"rooms":["1","2"]`,
	} {
		a := w.Rest("PUT", "/settings", lead, `{"version":"`+version()+`",`+body+`}`)
		assert.Equal(t, 200, a.Status, "%s: %s", body, a.Body)
		assert.Equal(t, version(), a.Text("version"), "the answer has the new version")
	}
	mine := w.Rest("GET", "/settings", lead, "").JSON["settings"].(servertest.Object)
	assert.Equal(t, 3.0, servertest.Dig(mine, "assignment", "maxChatsPerAgent"))
	assert.Len(t, servertest.Dig(mine, "surveys").([]any)[0].(servertest.Object)["questions"], 1)
	assert.NotContains(t, mine, "quotas")
	before := w.Rest("GET", "/settings", servertest.Secret(), "").JSON
	for _, body := range []string{
		`"login":{"password":true}`, `"privacy":{"keepChats":1}`, `"quotas":{"chatFiles":1}`, `"rates":{}`, `"media":{"active":false}`,
		`"history":{"senders":["bot"]}`, `"chats":{"expireAfter":1}`, `"login":null`, `"assignment":null`, `"assignment":{"bounds":{"maxAttempts":1000}}`,
		`"tags":[],"privacy":{"keepChats":1}`, `"whatever":1`,
	} {
		a := w.Rest("PUT", "/settings", lead, `{"version":"`+version()+`",`+body+`}`)
		assert.Equal(t, 403, a.Status, "%s: %s", body, a.Body)
		assert.Contains(t, string(a.Body), "needs the app's secret", body)
	}
	assert.Equal(t, before, w.Rest("GET", "/settings", servertest.Secret(), "").JSON)
	noted := w.Rest("GET", "/audit?act=settings&newest=true", lead, "").JSON["entries"].([]any)[0].(servertest.Object)
	assert.Equal(t, servertest.Obj("changed", "rooms"), noted["about"], "what was changed, without the version")
	assert.Equal(t, "user", noted["by"])
	agent := servertest.As(w.Agent("agent1"))
	assert.Empty(t, w.Rest("GET", "/settings", agent, "").JSON["version"])
	assert.Equal(t, 403, w.Rest("PUT", "/settings", agent, `{"version":"`+version()+`","tags":[]}`).Status)
}

// A change is made from what its author has seen, or refused: whoever makes it.
func TestSettingsOfAnotherVersion(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	lead := servertest.As(w.Agent("lead"))
	other := servertest.On(t, w.Engine, server.Limits{})
	old := w.Rest("GET", "/settings", lead, "").Text("version")
	change := func(with, body string, want int) servertest.Answer {
		t.Helper()
		a := w.Rest("PUT", "/settings", lead, `{"version":"`+with+`",`+body+`}`)
		require.Equal(t, want, a.Status, a.Body)
		return a
	}
	changed := change(old, `"tags":["refund"]`, 200).Text("version")
	assert.NotEqual(t, old, changed)
	refused := change(old, `"tags":["other"]`, 409)
	assert.Equal(t, "changed", refused.Text("error", "reason"))
	assert.Contains(t, refused.Text("error", "message"), "version: the settings have been changed by somebody else")
	asSecret := other.Rest("PUT", "/settings", servertest.Secret(), `{"version":"`+old+`","privacy":{"keepChats":1}}`)
	assert.Equal(t, 409, asSecret.Status, "a program that names a version is held to it, at another node too")
	assert.Equal(t, []any{"refund"}, servertest.Dig(w.Rest("GET", "/settings", lead, "").JSON, "settings", "tags"))

	rooms := change(changed, `"rooms":["1"]`, 200).Text("version")
	change(changed, `"rooms":["2"]`, 409)
	change(changed, `"tags":[]`, 200) // the rooms have their own half
	change(rooms, `"tags":["late"]`, 409)
	change(rooms, `"rooms":["1","2"]`, 200)

	for body, about := range map[string]string{
		`{"tags":[]}`:                                "version: must be given",
		`{"version":"x","tags":[]}`:                  "version: must be as GET /settings gives it",
		`{"version":"x.","rooms":[]}`:                "version: must be as GET /settings gives it",
		`{"version":"x.y","rooms":[],"tags":[]}`:     "rooms: must be changed apart",
		`{"version":1,"tags":[]}`:                    "version",
		`{"version":"x.y","window":{"away":"gone"}}`: "", // stale comes first
	} {
		a := w.Rest("PUT", "/settings", lead, body)
		assert.Contains(t, []int{400, 409}, a.Status, body)
		assert.Contains(t, a.Text("error", "message"), about, body)
	}
}
