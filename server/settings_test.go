package server_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

const surveyJSON = `{"id":"s1","title":"How was it?","questions":[{"id":"q1","text":"Rate us","type":"rating"}]}`

// What is given replaces, null goes back to the default, what is left out stays.
func TestSettingsAreMerged(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	var set servertest.Object
	for _, step := range []struct {
		method, body string
		path         []string
		want         any
	}{
		{"PUT", `{"queue":{"active":true},"chats":{"expireAfter":60}}`, []string{"queue", "active"}, true},
		{"PUT", `{"chats":{"visitorGrace":5}}`, []string{"chats", "expireAfter"}, 60.0},
		{"POST", `{"chats":{"expireAfter":null}}`, []string{"chats", "expireAfter"}, 3600.0},
		{"PUT", `{}`, []string{"chats", "visitorGrace"}, 5.0},
		{"PUT", `{"chats":null}`, []string{"chats", "visitorGrace"}, 60.0},
		{"PUT", `{"media":{"types":["pdf"]}}`, []string{"media", "types"}, []any{"pdf"}},
		{"PUT", `{"media":{"types":["png","gif"]}}`, []string{"media", "types"}, []any{"png", "gif"}},
		{"PUT", `{"window":{"fields":[{"name":"email","required":true}],"hours":"Mo,We-Fr 9:00-17:00; Sa 22:00-2:00;","timeZone":"Europe/Madrid"}}`,
			[]string{"window", "fields"}, []any{servertest.Obj("name", "email", "required", true)}},
		{"PUT", `{"window":{"fields":[],"consent":{"text":"I agree.","url":"https://example.com/privacy"}}}`, []string{"window", "fields"}, []any{}},
		{"PUT", `{"window":{"fields":null}}`, []string{"window", "fields"}, []any{servertest.Obj("name", "name")}},
		{"PUT", `{"window":{"away":"message"}}`, []string{"window", "timeZone"}, "Europe/Madrid"},
		{"PUT", `{"window":{"holidays":[{"date":"2026-12-24","hours":"10:00-14:00; 16:00-18:00"},{"date":"2026-12-25"}]}}`, []string{"window", "holidays"},
			[]any{servertest.Obj("date", "2026-12-24", "hours", "10:00-14:00; 16:00-18:00"), servertest.Obj("date", "2026-12-25")}},
		{"PUT", `{"window":{"words":[{"lang":"fr","welcome":"Bonjour"}]}}`, []string{"window", "words"}, []any{servertest.Obj("lang", "fr", "welcome", "Bonjour")}},
		{"PUT", `{"cannedReplies":[{"title":"Salut","text":"Bonjour","lang":"fr"}]}`, []string{"cannedReplies"},
			[]any{servertest.Obj("title", "Salut", "text", "Bonjour", "lang", "fr")}},
		{"PUT", `{"languages":["en","de"]}`, []string{"languages"}, []any{"en", "de"}},
		{"PUT", `{"languages":[]}`, []string{"languages"}, []any{}},
		{"PUT", `{"rooms":["1","2",3]}`, []string{"rooms"}, []any{"1", "2", "3"}},
		{"PUT", `{"rooms":null}`, []string{"rooms"}, []any{}},
		{"PUT", `{"surveys":[` + surveyJSON + `]}`, []string{"queue", "active"}, true},
	} {
		a := w.Rest(step.method, "/settings/", servertest.Secret(), step.body)
		require.Equal(t, 200, a.Status, a.Body)
		set = a.JSON["settings"].(servertest.Object)
		assert.Equal(t, step.want, servertest.Dig(set, step.path...), step.body)
	}
	assert.Equal(t, set, w.Rest("GET", "/settings", servertest.Secret(), "").JSON["settings"])
	assert.Empty(t, w.Rest("GET", "/apps/demo", servertest.Secret(), "").JSON["app"].(servertest.Object)["rooms"], "they are the app's")
}

func TestSettingsAreToldByWhoAsks(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	require.Equal(t, 200, w.Rest("PUT", "/settings", servertest.Secret(), `{"cannedReplies":[{"title":"Hi","text":"Hello"}],"surveys":[`+surveyJSON+`]}`).Status)
	names := func(a servertest.Answer) (list []string) {
		for name := range a.JSON["settings"].(servertest.Object) {
			list = append(list, name)
		}
		return list
	}
	public := []string{"queue", "media", "login", "window", "privacy", "languages", "limits"}
	assert.ElementsMatch(t, public, names(w.Rest("GET", "/settings", servertest.App(), "")))
	assert.ElementsMatch(t, public, names(w.Rest("GET", "/settings", servertest.As(w.Visitor("Vera")), "")))
	agent := w.Rest("GET", "/settings", servertest.As(w.Agent("agent1")), "")
	assert.Equal(t, servertest.Obj("ownChats", false), servertest.Dig(agent.JSON, "settings", "privacy"))
	assert.ElementsMatch(t, append(public, "cannedReplies", "tags", "rooms", "surveys"), names(agent))
	assert.Equal(t, []any{servertest.Obj("id", "s1", "title", "How was it?")}, servertest.Dig(agent.JSON, "settings", "surveys"))
	all := w.Rest("GET", "/settings", servertest.Secret(), "")
	assert.ElementsMatch(t, append(public, "cannedReplies", "tags", "rooms", "surveys", "assignment", "chats", "history", "quotas", "rates"), names(all))
	assert.Len(t, servertest.Dig(all.JSON, "settings", "surveys").([]any)[0].(servertest.Object)["questions"], 1)
}

// Two changes of different settings at the same time both take effect.
func TestSettingsOfTwoNodes(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	other := servertest.On(t, w.Engine, server.Limits{})
	for i := range 5 {
		n := strconv.Itoa(i + 1)
		require.Equal(t, 200, w.Rest("PUT", "/settings", servertest.Secret(), `{"chats":{"expireAfter":`+n+`}}`).Status)
		a := other.Rest("PUT", "/settings", servertest.Secret(), `{"chats":{"visitorGrace":`+n+`}}`)
		assert.Equal(t, []any{float64(i + 1), float64(i + 1)}, []any{
			servertest.Dig(a.JSON, "settings", "chats", "expireAfter"), servertest.Dig(a.JSON, "settings", "chats", "visitorGrace")})
	}
}

func TestSettingsRefusals(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{FrameBytes: 1 << 20})
	many := func(item string, n int) string {
		return `[` + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + `]`
	}
	before := w.Rest("GET", "/settings", servertest.Secret(), "").JSON
	for _, tc := range []struct {
		name, body string
		status     int
		about      string
	}{
		{"unknown section", `{"quue":{}}`, 400, "quue: there is no such setting"},
		{"unknown member", `{"queue":{"actve":true}}`, 400, "queue.actve: there is no such setting"},
		{"other spelling", `{"Queue":{"active":true}}`, 400, "Queue"},
		{"limits", `{"limits":{"message":5}}`, 400, "limits"},
		{"section of the wrong type", `{"queue":true}`, 400, "queue: must be an object"},
		{"flag of the wrong type", `{"queue":{"active":"yes"}}`, 400, "queue.active: must be true or false"},
		{"number of the wrong type", `{"chats":{"expireAfter":"1"}}`, 400, "chats.expireAfter: must be a number"},
		{"half a number", `{"assignment":{"maxAttempts":1.5}}`, 400, "assignment.maxAttempts: must be a whole number"},
		{"text of the wrong type", `{"assignment":{"algorithm":1}}`, 400, "assignment.algorithm: must be a string"},
		{"list of the wrong type", `{"languages":"en"}`, 400, "languages: must be a list"},
		{"item of the wrong type", `{"languages":["en",1]}`, 400, "languages.1: must be a string"},
		{"unknown algorithm", `{"assignment":{"algorithm":"dice"}}`, 400, "assignment.algorithm: there is no \"dice\""},
		{"no time to answer", `{"assignment":{"timeout":0}}`, 400, "assignment.timeout"},
		{"unknown rate", `{"rates":{"chats/all":{"perSecond":1,"burst":1}}}`, 400, "there is no rate \"chats/all\""},
		{"no rate", `{"rates":{"chats/visitor":{"perSecond":0,"burst":1}}}`, 400, "rates.chats/visitor: the rate must be from"},
		{"no burst", `{"rates":{"chats/visitor":{"perSecond":1}}}`, 400, "rates.chats/visitor: the burst must be from 1"},
		{"rate of an address", `{"rates":{"chats/address":{"perSecond":1,"burst":1}}}`, 400, "only the server has rates of addresses"},
		{"negative time", `{"chats":{"expireAfter":-1}}`, 400, "chats.expireAfter"},
		{"huge time", `{"chats":{"visitorGrace":1e300}}`, 400, "chats.visitorGrace"},
		{"no bytes", `{"media":{"maxBytes":0}}`, 400, "media.maxBytes"},
		{"extension with a dot", `{"media":{"types":[".pdf"]}}`, 400, "media.types"},
		{"extension twice", `{"media":{"types":["pdf","pdf"]}}`, 400, "media.types"},
		{"language in words", `{"languages":["English"]}`, 400, "languages"},
		{"reply without a text", `{"cannedReplies":[{"title":"x"}]}`, 400, "cannedReplies.0.text"},
		{"reply with more", `{"cannedReplies":[{"title":"x","text":"y","z":1}]}`, 400, "cannedReplies.0.z"},
		{"too many replies", `{"cannedReplies":` + many(`{"title":"x","text":"y"}`, 1001) + `}`, 400, "cannedReplies"},
		{"too much", `{"cannedReplies":` + many(`{"title":"x","text":"`+strings.Repeat("y", 9000)+`"}`, 60) + `}`, 413, "settings"},
		{"survey without questions", `{"surveys":[{"id":"a","title":"x"}]}`, 400, "surveys.0.questions"},
		{"survey twice", `{"surveys":[` + surveyJSON + `,` + surveyJSON + `]}`, 400, "surveys.1.id"},
		{"survey id that is none", `{"surveys":[` + strings.Replace(surveyJSON, "s1", "a.b", 1) + `]}`, 400, "surveys.0.id"},
		{"unknown question", `{"surveys":[` + strings.Replace(surveyJSON, "rating", "quiz", 1) + `]}`, 400, "surveys.0.questions.0.type"},
		{"choice of nothing", `{"surveys":[` + strings.Replace(surveyJSON, "rating", "choice", 1) + `]}`, 400, "surveys.0.questions.0.options"},
		{"too many fields", `{"window":{"fields":` + many(`{"name":"x"}`, 21) + `}}`, 400, "window.fields: 21 fields, at most 20"},
		{"field without a name", `{"window":{"fields":[{"label":"x"}]}}`, 400, "window.fields.0.name"},
		{"field twice", `{"window":{"fields":[{"name":"x"},{"name":"x"}]}}`, 400, "window.fields.1.name: \"x\" is used twice"},
		{"field of no type", `{"window":{"fields":[{"name":"x","type":"password"}]}}`, 400, "window.fields.0.type: must be text, email, tel or textarea"},
		{"consent to a script", `{"window":{"consent":{"text":"x","url":"javascript:alert(1)"}}}`, 400, "window.consent.url: must begin with https://"},
		{"hours in words", `{"window":{"hours":"Mo-Fr 09:00-17:00; whenever"}}`, 400, "window.hours: \" whenever\" must be days and times"},
		{"hours past the day", `{"window":{"hours":"Mo 09:00-24:30"}}`, 400, "window.hours"},
		{"holiday that is no day", `{"window":{"holidays":[{"date":"2026-02-29"}]}}`, 400, "window.holidays.0.date: must be a day of the calendar"},
		{"holiday twice", `{"window":{"holidays":[{"date":"2026-12-24"},{"date":"2026-12-24"}]}}`, 400, "window.holidays.1.date: \"2026-12-24\" is used twice"},
		{"holiday with days", `{"window":{"holidays":[{"date":"2026-12-24","hours":"Mo 10:00-14:00"}]}}`, 400, "window.holidays.0.hours: \"Mo 10:00-14:00\" must be times"},
		{"too many holidays", `{"window":{"holidays":` + many(`{"date":"2026-12-24"}`, 101) + `}}`, 400, "window.holidays: 101 days, at most 100"},
		{"no time zone", `{"window":{"timeZone":"Mars/Olympus"}}`, 400, "window.timeZone: must be the IANA name"},
		{"time zone of the server", `{"window":{"timeZone":"Local"}}`, 400, "window.timeZone"},
		{"away on holiday", `{"window":{"away":"holiday"}}`, 400, "window.away: must be chat or message"},
		{"reply in a language in words", `{"cannedReplies":[{"title":"x","text":"y","lang":"French"}]}`, 400, "cannedReplies.0.lang: \"French\" is not"},
		{"words of no language", `{"window":{"words":[{"lang":"fr-FR"}]}}`, 400, "window.words.0.lang"},
		{"words twice", `{"window":{"words":[{"lang":""},{"lang":""}]}}`, 400, "window.words.1.lang: \"\" is used twice"},
		{"too long a greeting", `{"window":{"words":[{"lang":"fr","greeting":"` + strings.Repeat("x", 2001) + `"}]}}`, 400, "window.words.0.greeting"},
		{"too many languages", `{"window":{"words":` + many(`{"lang":"fr"}`, 51) + `}}`, 400, "window.words: 51 languages"},
		{"room twice", `{"rooms":["a","a"]}`, 400, "rooms"},
		{"rooms of the wrong type", `{"rooms":{}}`, 400, "rooms"},
		{"a good one beside a bad one", `{"queue":{"active":true},"languages":["x"]}`, 400, "languages"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Rest("PUT", "/settings", servertest.Secret(), tc.body)
			a.T = t
			a.RequireRefused(tc.status, tc.about)
		})
	}
	assert.Equal(t, before, w.Rest("GET", "/settings", servertest.Secret(), "").JSON, "what is refused changes nothing")
}

// Each refusal says for programs what is wrong, and with which setting.
func TestSettingsRefusedByReason(t *testing.T) {
	w := servertest.New(t, server.Limits{FrameBytes: 1 << 20})
	for body, want := range map[string]string{
		`{"quue":{}}`: "bad-argument quue",
		`{"assignment":{"maxChatsPerAgent":1001}}`:                            "out-of-range assignment.maxChatsPerAgent",
		`{"assignment":{"algorithm":"dice"}}`:                                 "value-malformed assignment.algorithm",
		`{"quotas":{"chatFiles":0}}`:                                          "out-of-range quotas.chatFiles",
		`{"languages":["English"]}`:                                           "value-malformed languages",
		`{"languages":["en",1]}`:                                              "value-malformed languages.1",
		`{"tags":["a","a"]}`:                                                  "value-twice tags",
		`{"rooms":["a",""]}`:                                                  "value-missing rooms",
		`{"rooms":["a","a"]}`:                                                 "value-twice rooms",
		`{"cannedReplies":[{"title":"x"}]}`:                                   "value-missing cannedReplies.0.text",
		`{"surveys":[{"id":"a.b"}]}`:                                          "value-malformed surveys.0.id",
		`{"surveys":[{"id":"a","title":"x"}]}`:                                "value-missing surveys.0.questions",
		`{"window":{"timeZone":"Mars/Olympus"}}`:                              "value-malformed window.timeZone",
		`{"window":{"fields":[{"name":"x"},{"name":"x"}]}}`:                   "value-twice window.fields.1.name",
		`{"window":{"fields":[{"name":"` + strings.Repeat("x", 61) + `"}]}}`:  "value-too-long window.fields.0.name",
		`{"window":{"words":[` + strings.Repeat(`{"lang":""},`, 50) + `{}]}}`: "too-many-values window.words",
	} {
		a := w.Rest("PUT", "/settings", servertest.Secret(), body)
		a.RequireRefused(400, "")
		assert.Equal(t, want, a.Text("error", "reason")+" "+a.Text("error", "field"), body)
		assert.True(t, strings.HasPrefix(a.Text("error", "message"), a.Text("error", "field")+": "), a.Body)
	}
}
