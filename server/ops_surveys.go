package server

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/settings"
	"parley/server/internal/survey"
)

// Bounds of answers: the characters of a text, and how many are in one list without a
// limit and at most.
const (
	maxAnswerLength = 2000
	defaultAnswers  = 100
	maxAnswers      = 1000
)

// ticketID is the id of the ticket in a request for a survey.
func ticketID(c *op.Call) string {
	c.Params.RequiredText("sourceType")
	c.Params.OneOf("sourceType", "ticket")
	return c.Params.RequiredText("sourceId")
}

// getSurvey gives the address of the page with the survey. The link that belongs to the
// visitor is in the fragment, which browsers do not send.
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
	token, err := s.surveys.Seal(survey.Link{
		App: c.Key.App, Survey: form.ID, Ticket: ticket, Chat: c.Key.ID, User: c.State.Chat.Creator,
	})
	if err != nil {
		return op.Result{}, err
	}
	address := c.Base + "/survey/#" + strings.Join([]string{c.Key.App, url.PathEscape(form.ID), token}, "/")
	return op.Reply(func(o *wire.Object) { o.Raw("survey", wire.NewObject(nil).Str("url", address).Done()) }), nil
}

// surveyForm gives the survey with its questions, and whether it is answered already.
func (s *Server) surveyForm(ctx context.Context, c *op.Call) (op.Result, error) {
	form, err := s.survey(c.Link.App, c.Link.Survey)
	if err != nil {
		return op.Result{}, err
	}
	answered, err := s.surveys.Answered(ctx, c.Link)
	if err != nil {
		return op.Result{}, err
	}
	data, err := json.Marshal(form)
	return op.Reply(func(o *wire.Object) { o.Raw("survey", data).Bool("answered", answered) }), err
}

// answerSurvey stores the visitor's answers, once for each ticket.
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

// readAnswers reads the answers, an object by the ids of the questions. Each must fit its
// question. Questions that are not required may be left out, but not all of them.
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
			if err := ids.CheckText(q.ID, text, maxAnswerLength); err != nil && in.Err == nil {
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
		return nil, wire.Errorf(wire.BadArgument, "answers: %s", ids.AsError(in.Err).Message)
	case given == nil:
		return nil, wire.Errorf(wire.BadArgument, "answers: at least one question must be answered")
	}
	return given, nil
}

// listAnswers gives a page of the answers to a survey, oldest first. next is there if
// there are more; it is the after of the next page.
func (s *Server) listAnswers(ctx context.Context, c *op.Call) (op.Result, error) {
	id, after := c.Params.Word("surveyId"), c.Params.Cursor("after")
	limit := c.Params.Count("limit", 1, maxAnswers, defaultAnswers)
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	_, err := s.survey(c.Actor.App.ID, id)
	if ids.Check("", id) != nil {
		return op.Result{}, err
	}
	found, next, failed := s.surveys.List(ctx, c.Actor.App.ID, id, after, limit)
	if failed != nil {
		return op.Result{}, failed
	}
	if err != nil && after == 0 && len(found) == 0 { // neither a survey, nor answers to one that was removed
		return op.Result{}, err
	}
	return op.Page("answers", found, next), nil
}

// openLink checks the link that the call comes by, which must be to the file or the survey
// in the path, and sets whom and which chat it is about.
func (s *Server) openLink(operation *op.Operation, c *op.Call) error {
	if operation.IsDownload() {
		return s.openAddress(c)
	}
	token, surveyID := c.Params.Text("link"), c.Params.Word("surveyId")
	if c.Params.Err != nil {
		return c.Params.Err
	}
	if token == "" {
		return wire.Errorf(wire.BadLink, "link: must be given; it is the last part of the survey's address")
	}
	link, err := s.surveys.OpenLink(token)
	if err != nil {
		return err
	}
	if link.App != c.Actor.App.ID || link.Survey != surveyID {
		return wire.Errorf(wire.NotAllowed, "link: is for another survey")
	}
	c.Link, c.User, c.Key = link, identity.User{ID: link.User}, ids.Key{App: link.App, ID: link.Chat}
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
	return wire.Errorf(wire.UnknownTicket, "unknown ticket %q", id)
}

func errUnknownSurvey(id string) error {
	return wire.Errorf(wire.UnknownSurvey, "unknown survey %q", id)
}
