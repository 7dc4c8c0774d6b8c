package server

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/settings"
	"parley/server/internal/survey"
)

// Bounds of surveys and of lists of what was answered.
const (
	answerLength  = 2000 // characters of a text
	answersListed = 100  // unless limit says otherwise
	answersAtMost = 1000 // whatever limit says
)

// ticketID is the ticket that a survey is asked for.
func ticketID(c *op.Call) string {
	c.Params.RequiredText("sourceType")
	c.Params.OneOf("sourceType", "ticket")
	return c.Params.RequiredText("sourceId")
}

// getSurvey gives the address of the page with the survey. What makes it the
// visitor's stands in the fragment, which browsers send to nobody.
func (s *Server) getSurvey(_ context.Context, c *op.Call) (op.Result, error) {
	ticket, id := ticketID(c), c.Params.Word("surveyId")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	if c.State.Ticket != ticket {
		return op.Result{}, errUnknownTicket(ticket)
	}
	form, err := s.survey(c.Key.App, id)
	if err != nil {
		return op.Result{}, err
	}
	token, err := s.surveys.Links.Seal(survey.Link{
		App: c.Key.App, Survey: form.ID, Ticket: ticket, Chat: c.Key.ID, User: c.State.Chat.Creator,
	})
	if err != nil {
		return op.Result{}, err
	}
	address := c.Base + "/survey/#" + strings.Join([]string{c.Key.App, url.PathEscape(form.ID), token}, "/")
	return op.Reply(func(o *wire.Object) { o.Raw("survey", wire.NewObject(nil).Str("url", address).Done()) }), nil
}

// surveyForm gives the questions, and whether they are answered already.
func (s *Server) surveyForm(ctx context.Context, c *op.Call) (op.Result, error) {
	survey, err := s.survey(c.Link.App, c.Link.Survey)
	if err != nil {
		return op.Result{}, err
	}
	answered, err := s.surveys.Answered(ctx, c.Link)
	if err != nil {
		return op.Result{}, err
	}
	form, err := json.Marshal(survey)
	return op.Reply(func(o *wire.Object) { o.Raw("survey", form).Bool("answered", answered) }), err
}

// answerSurvey stores what the visitor answers, once for the ticket.
func (s *Server) answerSurvey(ctx context.Context, c *op.Call) (op.Result, error) {
	form, err := s.survey(c.Link.App, c.Link.Survey)
	if err != nil {
		return op.Result{}, err
	}
	given, err := readAnswers(form, c.Params)
	if err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.surveys.Put(ctx, c.Link.App, survey.Answers{
		SurveyID: form.ID, TicketID: c.Link.Ticket, ChatID: c.Link.Chat, UserID: c.Link.User,
		Created: ids.Unix(time.Now()), Answers: given,
	})
}

// readAnswers reads the object of answers by the ids of the questions. Each must
// fit its question; those that are not required may be left out.
func readAnswers(form settings.Survey, p *op.Params) (given []survey.Answer, err error) {
	in := p.Nested("answers")
	for _, q := range form.Questions {
		var value any
		switch {
		case !in.Has(q.ID):
		case q.Type == "rating":
			value = in.Count(q.ID, 1, 5, 0)
		case q.Type == "choice":
			value = in.OneOf(q.ID, q.Options...)
		default:
			text := strings.TrimSpace(in.Text(q.ID))
			if err := ids.CheckText(q.ID, text, answerLength); err != nil && in.Err == nil {
				in.Err = err
			}
			value = text
		}
		switch {
		case value != nil && value != "":
			given = append(given, survey.Answer{ID: q.ID, Text: q.Text, Type: q.Type, Answer: value})
		case q.Required:
			in.Fail("%s: must be answered", q.ID)
		}
	}
	for id := range in.Values {
		if !slices.ContainsFunc(form.Questions, func(q settings.SurveyQuestion) bool { return q.ID == id }) {
			in.Fail("%s: there is no such question", id)
		}
	}
	switch {
	case p.Err != nil:
		return nil, p.Err
	case in.Err != nil:
		return nil, wire.Errorf(wire.CodeBadRequest, "answers: %s", ids.AsError(in.Err).Message)
	case given == nil:
		return nil, wire.Errorf(wire.CodeBadRequest, "answers: at least one question must be answered")
	}
	return given, nil
}

// listAnswers gives a page of what was answered, oldest first. next is there when
// there is more; it is the after of the next page.
func (s *Server) listAnswers(ctx context.Context, c *op.Call) (op.Result, error) {
	id, after := c.Params.Word("surveyId"), c.Params.Cursor("after")
	limit := c.Params.Count("limit", 1, answersAtMost, answersListed)
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	_, err := s.survey(c.Actor.App.ID, id)
	if ids.Check("", id) != nil {
		return op.Result{}, err
	}
	found, last, more, failed := s.surveys.List(ctx, c.Actor.App.ID, id, after, limit)
	if failed != nil {
		return op.Result{}, failed
	}
	if err != nil && last == 0 { // no survey of now, nor one that was taken away
		return op.Result{}, err
	}
	return op.Reply(func(o *wire.Object) {
		o.Raw("answers", wire.AppendArray(nil, found))
		if more {
			o.Str("next", strconv.FormatUint(last, 10))
		}
	}), nil
}

// openLink sets the link that the call comes by, which must be to the survey in the path.
func (s *Server) openLink(c *op.Call) error {
	token, survey := c.Params.Text("link"), c.Params.Word("surveyId")
	if c.Params.Err != nil {
		return c.Params.Err
	}
	if token == "" {
		return wire.Errorf(wire.CodeUnauthorized, "link: must be given: it is the end of the survey's address")
	}
	k, err := s.surveys.Links.Open(token)
	if err != nil {
		return err
	}
	if k.App != c.Actor.App.ID || k.Survey != survey {
		return wire.Errorf(wire.CodeForbidden, "link: is to another survey")
	}
	c.Link, c.User, c.Key = k, identity.User{ID: k.User}, ids.Key{App: k.App, ID: k.Chat}
	return nil
}

// survey finds a survey in the app's settings.
func (s *Server) survey(app, id string) (settings.Survey, error) {
	for _, v := range s.settings.Of(app).Surveys {
		if v.ID == id && ids.Check("", id) == nil {
			return v, nil
		}
	}
	return settings.Survey{}, errUnknownSurvey(id)
}

func errUnknownTicket(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown ticket %q", id)
}

func errUnknownSurvey(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown survey %q", id)
}
