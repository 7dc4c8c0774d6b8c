package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
	"parley/server/internal/survey"
)

func ofTicket(survey, ticket string) string {
	return "/surveys/" + survey + "?sourceType=ticket&sourceId=" + url.QueryEscape(ticket)
}

// linked is the link in the answer to a survey's request.
func linked(t *testing.T, a httpAnswer) (address, token string) {
	t.Helper()
	require.Equal(t, 200, a.status, a.body)
	address, fragment, found := strings.Cut(a.text("survey", "url"), "#")
	require.True(t, found, "nothing secret may stand before the fragment")
	parts := strings.Split(fragment, "/")
	require.Len(t, parts, 3)
	require.Equal(t, "demo", parts[0])
	return address, parts[2]
}

func TestSurvey(t *testing.T) {
	w := newWorld(t, Limits{})
	require.NoError(t, w.server.SeedDemoSettings(t.Context()))
	visitor, agent, id, ticket := w.closedChat(t)
	path := ofTicket("1", ticket)

	address, token := linked(t, w.rest("GET", path, as(visitor.l), ""))
	assert.Equal(t, w.http.URL+"/survey/", address)
	_, own := linked(t, w.rest("GET", path, secret(), ""))
	assert.NotEqual(t, token, own)
	behind := as(visitor.l)
	behind.Set("X-Forwarded-Proto", "https")
	address, _ = linked(t, w.rest("GET", path, behind, ""))
	assert.Equal(t, strings.Replace(w.http.URL, "http:", "https:", 1)+"/survey/", address)

	form := w.rest("POST", "/surveys/1/form", app(), string(data(obj("link", token))))
	require.Equal(t, 200, form.status, form.body)
	assert.Equal(t, "How was our chat?", form.text("survey", "title"))
	assert.Len(t, dig(form.json, "survey", "questions"), 3)
	assert.Equal(t, false, form.json["answered"])

	given := obj("rating", 4, "solved", "Partly", "comment", " <b>fine</b> ")
	w.rest("POST", "/surveys/1/answers", app(), string(data(obj("link", token, "answers", given)))).requireDone()
	w.rest("POST", "/surveys/1/answers", app(), string(data(obj("link", own, "answers", given)))).requireRefused(409, "answered for this chat already")
	assert.Equal(t, true, w.rest("POST", "/surveys/1/form", app(), string(data(obj("link", own)))).json["answered"])

	list := w.rest("GET", "/surveys/1/answers", secret(), "")
	require.Len(t, list.json["answers"], 1)
	first := list.json["answers"].([]any)[0]
	assert.Equal(t, ticket, dig(first, "ticketId"))
	assert.Equal(t, id, dig(first, "chatId"))
	assert.Equal(t, visitor.l.id, dig(first, "userId"))
	assert.Equal(t, []any{
		obj("id", "rating", "text", DemoSurvey.Questions[0].Text, "type", "rating", "answer", 4.0),
		obj("id", "solved", "text", DemoSurvey.Questions[1].Text, "type", "choice", "answer", "Partly"),
		obj("id", "comment", "text", DemoSurvey.Questions[2].Text, "type", "text", "answer", "<b>fine</b>"),
	}, dig(first, "answers"))
	assert.Nil(t, list.json["next"])

	for _, tc := range []struct {
		name, method, path string
		as                 login
		code               int
		about              string
	}{
		{"unknown survey", "GET", ofTicket("2", ticket), visitor.l, 404, `unknown survey "2"`},
		{"a survey that has no possible id", "GET", ofTicket("a%20b.*", ticket), visitor.l, 404, "unknown survey"},
		{"unknown ticket", "GET", ofTicket("1", "x"), visitor.l, 404, `unknown ticket "x"`},
		{"another ticket of the chat", "GET", ofTicket("1", id+"-x"), visitor.l, 404, "unknown ticket"},
		{"ticket of an unknown chat", "GET", ofTicket("1", "x-y"), visitor.l, 404, `unknown chat "x"`},
		{"another source", "GET", "/surveys/1?sourceType=chat&sourceId=" + id, visitor.l, 400, "sourceType"},
		{"no source", "GET", "/surveys/1", visitor.l, 400, "sourceType: must be given"},
		{"the agent", "GET", path, agent.l, 403, "is for the visitor"},
		{"another visitor", "GET", path, w.visitor("Paul"), 403, "is for the visitor"},
		{"nobody", "GET", path, login{}, 401, "needs a session"},
		{"the answers for a visitor", "GET", "/surveys/1/answers", visitor.l, 403, "secret"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			who := app()
			if tc.as.token != "" {
				who = as(tc.as)
			}
			w.rest(tc.method, tc.path, who, "").requireRefused(tc.code, tc.about)
		})
	}
	w.rest("GET", "/surveys/2/answers", secret(), "").requireRefused(404, `unknown survey "2"`)
	w.rest("GET", "/surveys/a.*/answers", secret(), "").requireRefused(404, "unknown survey")

	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{}`)))
	assert.Len(t, w.rest("GET", "/surveys/1/answers", secret(), "").json["answers"], 1, "of a survey that was taken away")
	w.rest("POST", "/surveys/1/form", app(), string(data(obj("link", token)))).requireRefused(404, "unknown survey")
}

func TestSurveyLinks(t *testing.T) {
	w := newWorld(t, Limits{})
	k := survey.Link{App: "demo", Survey: "1", Ticket: "c-t", Chat: "c", User: "u"}
	links := roomsOf(w).Surveys.Links
	token, err := links.Seal(k)
	require.NoError(t, err)
	assert.NotContains(t, token, "demo")
	opened, err := links.Open(token)
	require.NoError(t, err)
	assert.Equal(t, "u", opened.User)

	t.Run("every node takes it, also after a restart", func(t *testing.T) {
		other, err := survey.OpenLinks(t.Context(), w.engine, time.Hour)
		require.NoError(t, err)
		_, err = other.Open(token)
		require.NoError(t, err)
	})
	for _, bad := range []string{"x", "!", token[:len(token)-1], token[:20] + "A" + token[21:] + "A", token + token} {
		w.rest("POST", "/surveys/1/form", app(), string(data(obj("link", bad)))).requireRefused(401, "link: is not one to a survey")
	}
	w.rest("POST", "/surveys/1/form", app(), "").requireRefused(401, "link: must be given")
	w.newApp("mine")
	w.rest("POST", "/surveys/1/form", http.Header{"X-Hyper-Appid": {"mine"}}, string(data(obj("link", token)))).requireRefused(403, "link: is to another survey")
	w.rest("POST", "/surveys/2/form", app(), string(data(obj("link", token)))).requireRefused(403, "link: is to another survey")
	links.Life = -time.Second
	late, err := links.Seal(k)
	require.NoError(t, err)
	w.rest("POST", "/surveys/1/answers", app(), string(data(obj("link", late, "answers", obj("rating", 1))))).requireRefused(410, "link: has expired")

	for _, path := range []string{"/chats", "/users/u"} { // it is no session
		h := app()
		h.Set("x-hyper-token", token)
		w.rest("GET", path, h, "").requireRefused(401, "token")
	}
}

// Two who answer at the same time for one ticket: the first counts.
func TestSurveyIsAnsweredOnce(t *testing.T) {
	w := newWorld(t, Limits{})
	ended := make(chan error, 8)
	for n := range cap(ended) {
		go func() {
			ended <- roomsOf(w).Surveys.Put(t.Context(), "demo", survey.Answers{SurveyID: "1", TicketID: "c-t", UserID: fmt.Sprint(n)})
		}()
	}
	done := 0
	for range cap(ended) {
		if err := <-ended; err == nil {
			done++
		} else {
			storetest.RequireCode(t, wire.CodeConflict, err)
		}
	}
	assert.Equal(t, 1, done)
}

func TestSurveyAnswersComeInPages(t *testing.T) {
	w := newWorld(t, Limits{})
	for n := range 5 {
		require.NoError(t, roomsOf(w).Surveys.Put(t.Context(), "demo", survey.Answers{SurveyID: "1", TicketID: fmt.Sprintf("c-%d", n), Answers: []survey.Answer{}}))
		require.NoError(t, roomsOf(w).Surveys.Put(t.Context(), "demo", survey.Answers{SurveyID: "2", TicketID: fmt.Sprintf("c-%d", n)}))
	}
	var tickets []any
	after, pages := "", 0
	for next := any(""); next != nil; pages++ {
		a := w.rest("GET", "/surveys/1/answers?limit=2&after="+after, secret(), "")
		require.Equal(t, 200, a.status, a.body)
		for _, v := range a.json["answers"].([]any) {
			tickets = append(tickets, dig(v, "ticketId"))
		}
		next = a.json["next"]
		after, _ = next.(string)
	}
	assert.Equal(t, []any{"c-0", "c-1", "c-2", "c-3", "c-4"}, tickets)
	assert.Equal(t, 3, pages)
	w.rest("GET", "/surveys/1/answers?after=x", secret(), "").requireRefused(400, "after: must be what next was")
	w.rest("GET", "/surveys/1/answers?limit=0", secret(), "").requireRefused(400, "limit")
}
