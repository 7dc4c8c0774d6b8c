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
)

// Bounds of surveys and of lists of what was answered.
const (
	answerLength  = 2000 // characters of a text
	answersListed = 100  // unless limit says otherwise
	answersAtMost = 1000 // whatever limit says
)

// ticketID is the ticket that a survey is asked for.
func ticketID(c *call) string {
	c.params.need("sourceType")
	c.params.oneOf("sourceType", "ticket")
	return c.params.need("sourceId")
}

// getSurvey gives the address of the page with the survey. What makes it the
// visitor's stands in the fragment, which browsers send to nobody.
func (s *Server) getSurvey(_ context.Context, c *call) (result, error) {
	ticket, id := ticketID(c), c.params.word("surveyId")
	if c.params.err != nil {
		return result{}, c.params.err
	}
	if c.state.ticket != ticket {
		return result{}, errUnknownTicket(ticket)
	}
	survey, err := s.survey(c.key.app, id)
	if err != nil {
		return result{}, err
	}
	token, err := s.surveys.links.seal(link{
		App: c.key.app, Survey: survey.ID, Ticket: ticket, Chat: c.key.id, User: c.state.chat.Creator,
	})
	if err != nil {
		return result{}, err
	}
	address := c.base + "/survey/#" + strings.Join([]string{c.key.app, url.PathEscape(survey.ID), token}, "/")
	return answer(func(o *wire.Object) { o.Raw("survey", wire.NewObject(nil).Str("url", address).Done()) }), nil
}

// surveyForm gives the questions, and whether they are answered already.
func (s *Server) surveyForm(ctx context.Context, c *call) (result, error) {
	survey, err := s.survey(c.link.App, c.link.Survey)
	if err != nil {
		return result{}, err
	}
	answered, err := s.surveys.answered(ctx, c.link)
	if err != nil {
		return result{}, err
	}
	form, err := json.Marshal(survey)
	return answer(func(o *wire.Object) { o.Raw("survey", form).Bool("answered", answered) }), err
}

// answerSurvey stores what the visitor answers, once for the ticket.
func (s *Server) answerSurvey(ctx context.Context, c *call) (result, error) {
	survey, err := s.survey(c.link.App, c.link.Survey)
	if err != nil {
		return result{}, err
	}
	given, err := readAnswers(survey, c.params)
	if err != nil {
		return result{}, err
	}
	return result{}, s.surveys.put(ctx, c.link.App, answers{
		SurveyID: survey.ID, TicketID: c.link.Ticket, ChatID: c.link.Chat, UserID: c.link.User,
		Created: unixSeconds(time.Now()), Answers: given,
	})
}

// readAnswers reads the object of answers by the ids of the questions. Each must
// fit its question; those that are not required may be left out.
func readAnswers(survey Survey, p *params) (given []questionAnswer, err error) {
	in := p.inside("answers")
	for _, q := range survey.Questions {
		var value any
		switch {
		case !in.has(q.ID):
		case q.Type == "rating":
			value = in.count(q.ID, 1, 5, 0)
		case q.Type == "choice":
			value = in.oneOf(q.ID, q.Options...)
		default:
			text := strings.TrimSpace(in.text(q.ID))
			if err := checkText(q.ID, text, answerLength); err != nil && in.err == nil {
				in.err = err
			}
			value = text
		}
		switch {
		case value != nil && value != "":
			given = append(given, questionAnswer{q.ID, q.Text, q.Type, value})
		case q.Required:
			in.fail("%s: must be answered", q.ID)
		}
	}
	for id := range in.values {
		if !slices.ContainsFunc(survey.Questions, func(q SurveyQuestion) bool { return q.ID == id }) {
			in.fail("%s: there is no such question", id)
		}
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case in.err != nil:
		return nil, wire.Errorf(wire.CodeBadRequest, "answers: %s", asError(in.err).Message)
	case given == nil:
		return nil, wire.Errorf(wire.CodeBadRequest, "answers: at least one question must be answered")
	}
	return given, nil
}

// listAnswers gives a page of what was answered, oldest first. next is there when
// there is more; it is the after of the next page.
func (s *Server) listAnswers(ctx context.Context, c *call) (result, error) {
	id, after := c.params.word("surveyId"), c.params.position("after")
	limit := c.params.count("limit", 1, answersAtMost, answersListed)
	if c.params.err != nil {
		return result{}, c.params.err
	}
	_, err := s.survey(c.actor.App.ID, id)
	if CheckID("", id) != nil {
		return result{}, err
	}
	found, last, more, failed := s.surveys.list(ctx, c.actor.App.ID, id, after, limit)
	if failed != nil {
		return result{}, failed
	}
	if err != nil && last == 0 { // no survey of now, nor one that was taken away
		return result{}, err
	}
	return answer(func(o *wire.Object) {
		o.Raw("answers", wire.AppendArray(nil, found))
		if more {
			o.Str("next", strconv.FormatUint(last, 10))
		}
	}), nil
}

// linkOf finds the link that the call comes by; it must be to this very survey.
func (s *Server) linkOf(c *call) error {
	token, survey := c.params.text("link"), c.params.word("surveyId")
	if c.params.err != nil {
		return c.params.err
	}
	if token == "" {
		return wire.Errorf(wire.CodeUnauthorized, "link: must be given: it is the end of the survey's address")
	}
	k, err := s.surveys.links.open(token)
	if err != nil {
		return err
	}
	if k.App != c.actor.App.ID || k.Survey != survey {
		return wire.Errorf(wire.CodeForbidden, "link: is to another survey")
	}
	c.link, c.user, c.key = k, User{ID: k.User}, chatKey{k.App, k.Chat}
	return nil
}

// survey finds a survey in the app's settings.
func (s *Server) survey(app, id string) (Survey, error) {
	for _, v := range s.settings.of(app).Surveys {
		if v.ID == id && CheckID("", id) == nil {
			return v, nil
		}
	}
	return Survey{}, errUnknownSurvey(id)
}

func errUnknownTicket(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown ticket %q", id)
}

func errUnknownSurvey(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown survey %q", id)
}
