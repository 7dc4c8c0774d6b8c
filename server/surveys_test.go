package server_test

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
	"parley/server"
	"parley/server/internal/storetest"
	"parley/server/internal/survey"
	"parley/server/servertest"
)

func ofTicket(survey, ticket string) string {
	return "/surveys/" + survey + "?sourceType=ticket&sourceId=" + url.QueryEscape(ticket)
}

// linked is the link in the answer to a survey's request.
func linked(t *testing.T, a servertest.Answer) (address, token string) {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	address, fragment, found := strings.Cut(a.Text("survey", "url"), "#")
	require.True(t, found, "nothing secret may stand before the fragment")
	parts := strings.Split(fragment, "/")
	require.Len(t, parts, 3)
	require.Equal(t, "demo", parts[0])
	return address, parts[2]
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	require.NoError(t, w.Server.SeedDemoSettings(t.Context()))
	visitor, agent, id, ticket := w.ClosedChat(t)
	path := ofTicket("1", ticket)

	address, token := linked(t, w.Rest("GET", path, servertest.As(visitor.Login), ""))
	assert.Equal(t, w.HTTP.URL+"/survey/", address)
	_, own := linked(t, w.Rest("GET", path, servertest.Secret(), ""))
	assert.NotEqual(t, token, own)
	behind := servertest.As(visitor.Login)
	behind.Set("X-Forwarded-Proto", "https")
	behind.Set("X-Forwarded-Prefix", "/chat")
	address, _ = linked(t, w.Rest("GET", path, behind, ""))
	assert.Equal(t, strings.Replace(w.HTTP.URL, "http:", "https:", 1)+"/chat/survey/", address)

	form := w.Rest("POST", "/surveys/1/form", servertest.App(), string(servertest.JSON(servertest.Obj("link", token))))
	require.Equal(t, 200, form.Status, form.Body)
	assert.Equal(t, "How was our chat?", form.Text("survey", "title"))
	assert.Len(t, servertest.Dig(form.JSON, "survey", "questions"), 3)
	assert.Equal(t, false, form.JSON["answered"])

	given := servertest.Obj("rating", 4, "solved", "Partly", "comment", " <b>fine</b> ")
	w.Rest("POST", "/surveys/1/answers", servertest.App(), string(servertest.JSON(servertest.Obj("link", token, "answers", given)))).RequireDone()
	w.Rest("POST", "/surveys/1/answers", servertest.App(), string(servertest.JSON(servertest.Obj("link", own, "answers", given)))).RequireRefused(409, "answered for this chat already")
	assert.Equal(t, true, w.Rest("POST", "/surveys/1/form", servertest.App(), string(servertest.JSON(servertest.Obj("link", own)))).JSON["answered"])

	list := w.Rest("GET", "/surveys/1/answers", servertest.Secret(), "")
	require.Len(t, list.JSON["answers"], 1)
	first := list.JSON["answers"].([]any)[0]
	assert.Equal(t, ticket, servertest.Dig(first, "ticketId"))
	assert.Equal(t, id, servertest.Dig(first, "chatId"))
	assert.Equal(t, visitor.Login.ID, servertest.Dig(first, "userId"))
	assert.Equal(t, []any{
		servertest.Obj("id", "rating", "text", server.DemoSurvey.Questions[0].Text, "type", "rating", "answer", 4.0),
		servertest.Obj("id", "solved", "text", server.DemoSurvey.Questions[1].Text, "type", "choice", "answer", "Partly"),
		servertest.Obj("id", "comment", "text", server.DemoSurvey.Questions[2].Text, "type", "text", "answer", "<b>fine</b>"),
	}, servertest.Dig(first, "answers"))
	assert.Nil(t, list.JSON["next"])

	for _, tc := range []struct {
		name, method, path string
		as                 servertest.Login
		code               int
		about              string
	}{
		{"unknown survey", "GET", ofTicket("2", ticket), visitor.Login, 404, `unknown survey "2"`},
		{"a survey that has no possible id", "GET", ofTicket("a%20b.*", ticket), visitor.Login, 404, "unknown survey"},
		{"unknown ticket", "GET", ofTicket("1", "x"), visitor.Login, 404, `unknown ticket "x"`},
		{"another ticket of the chat", "GET", ofTicket("1", id+"-x"), visitor.Login, 404, "unknown ticket"},
		{"ticket of an unknown chat", "GET", ofTicket("1", "x-y"), visitor.Login, 404, `unknown chat "x"`},
		{"another source", "GET", "/surveys/1?sourceType=chat&sourceId=" + id, visitor.Login, 400, "sourceType"},
		{"no source", "GET", "/surveys/1", visitor.Login, 400, "sourceType: must be given"},
		{"the agent", "GET", path, agent.Login, 403, "only the visitor"},
		{"another visitor", "GET", path, w.Visitor("Paul"), 403, "only the visitor"},
		{"nobody", "GET", path, servertest.Login{}, 401, "needs a session"},
		{"the answers for a visitor", "GET", "/surveys/1/answers", visitor.Login, 403, "secret"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			who := servertest.App()
			if tc.as.Token != "" {
				who = servertest.As(tc.as)
			}
			w.Rest(tc.method, tc.path, who, "").RequireRefused(tc.code, tc.about)
		})
	}
	w.Rest("GET", "/surveys/2/answers", servertest.Secret(), "").RequireRefused(404, `unknown survey "2"`)
	w.Rest("GET", "/surveys/a.*/answers", servertest.Secret(), "").RequireRefused(404, "unknown survey")

	require.NoError(t, roomsOf(w).Settings.Put(t.Context(), "demo", wire.Raw(`{}`)))
	assert.Len(t, w.Rest("GET", "/surveys/1/answers", servertest.Secret(), "").JSON["answers"], 1, "of a survey that was taken away")
	w.Rest("POST", "/surveys/1/form", servertest.App(), string(servertest.JSON(servertest.Obj("link", token)))).RequireRefused(404, "unknown survey")
}

func TestSurveyLinks(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	link := survey.Link{App: "demo", Survey: "1", Ticket: "c-t", Chat: "c", User: "u"}
	token, err := roomsOf(w).Surveys.Seal(link)
	require.NoError(t, err)
	for _, bad := range []string{"x", "!", token[:len(token)-1], token[:20] + "A" + token[21:] + "A", token + token} {
		w.Rest("POST", "/surveys/1/form", servertest.App(), string(servertest.JSON(servertest.Obj("link", bad)))).RequireRefused(401, "link: is not a link to a survey")
	}
	w.Rest("POST", "/surveys/1/form", servertest.App(), "").RequireRefused(401, "link: must be given")
	w.NewApp("mine")
	w.Rest("POST", "/surveys/1/form", http.Header{"X-Hyper-Appid": {"mine"}}, string(servertest.JSON(servertest.Obj("link", token)))).RequireRefused(403, "link: is for another survey")
	w.Rest("POST", "/surveys/2/form", servertest.App(), string(servertest.JSON(servertest.Obj("link", token)))).RequireRefused(403, "link: is for another survey")
	expired, err := survey.Open(t.Context(), w.Engine, -time.Second)
	require.NoError(t, err)
	late, err := expired.Seal(link)
	require.NoError(t, err)
	w.Rest("POST", "/surveys/1/answers", servertest.App(), string(servertest.JSON(servertest.Obj("link", late, "answers", servertest.Obj("rating", 1))))).RequireRefused(410, "link: has expired")

	for _, path := range []string{"/chats", "/users/u"} { // it is no session
		h := servertest.App()
		h.Set("x-hyper-token", token)
		w.Rest("GET", path, h, "").RequireRefused(401, "token")
	}
}

// Of two answers for one ticket at the same time the first counts.
func TestSurveyIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
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
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	for n := range 5 {
		require.NoError(t, roomsOf(w).Surveys.Put(t.Context(), "demo", survey.Answers{SurveyID: "1", TicketID: fmt.Sprintf("c-%d", n), Answers: []survey.Answer{}}))
		require.NoError(t, roomsOf(w).Surveys.Put(t.Context(), "demo", survey.Answers{SurveyID: "2", TicketID: fmt.Sprintf("c-%d", n)}))
	}
	var tickets []any
	after, pages := "", 0
	for next := any(""); next != nil; pages++ {
		a := w.Rest("GET", "/surveys/1/answers?limit=2&after="+after, servertest.Secret(), "")
		require.Equal(t, 200, a.Status, a.Body)
		for _, v := range a.JSON["answers"].([]any) {
			tickets = append(tickets, servertest.Dig(v, "ticketId"))
		}
		next = a.JSON["next"]
		after, _ = next.(string)
	}
	assert.Equal(t, []any{"c-0", "c-1", "c-2", "c-3", "c-4"}, tickets)
	assert.Equal(t, 3, pages)
	w.Rest("GET", "/surveys/1/answers?after=x", servertest.Secret(), "").RequireRefused(400, "after: must be what next was")
	w.Rest("GET", "/surveys/1/answers?limit=0", servertest.Secret(), "").RequireRefused(400, "limit")
}
