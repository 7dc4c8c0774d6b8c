package survey

import (
	"context"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

const (
	answersStream  = "PARLEY_ANSWERS"
	answersSubject = "parley.answers." // <app>.<survey>.<ticket>
)

// Store stores what visitors answer after chats, and makes and opens the links to surveys.
type Store struct {
	engine   *store.Engine
	stream   jetstream.Stream // one message for each survey and ticket
	key      cipher.AEAD      // of links
	linkLife time.Duration
}

// Answers is what a visitor has answered, with the questions as they were then.
type Answers struct {
	SurveyID string   `json:"surveyId"`
	TicketID string   `json:"ticketId"`
	ChatID   string   `json:"chatId"`
	UserID   string   `json:"userId"`
	Created  float64  `json:"created"` // unix seconds
	Answers  []Answer `json:"answers"`
}

// Answer is one question with its answer.
type Answer struct {
	ID     string `json:"id"`     // of the question
	Text   string `json:"text"`   // of the question
	Type   string `json:"type"`   // of the question
	Answer any    `json:"answer"` // a number from 1 to 5 for a rating, otherwise a string
}

// Open opens the stream of answers and the key of links, and makes what is missing.
// linkLife is how long a link is valid.
func Open(ctx context.Context, e *store.Engine, linkLife time.Duration) (*Store, error) {
	stream, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: answersStream, Description: "answers to surveys", Subjects: []string{answersSubject + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", answersStream, err)
	}
	key, err := openKey(ctx, e)
	return &Store{e, stream, key, linkLife}, err
}

func answersSubjectOf(app, survey, ticket string) string {
	return answersSubject + app + "." + survey + "." + ticket
}

// Put stores the answers; if there are some for the survey and ticket already, it is a 409.
func (s *Store) Put(ctx context.Context, app string, a Answers) (err error) {
	ctx, span := tracing.Step(ctx, "survey store")
	defer func() { span.End(err) }()
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	msg := nats.NewMsg(answersSubjectOf(app, a.SurveyID, a.TicketID))
	msg.Data = data
	_, err = s.engine.PublishOnce(ctx, answersStream, msg, jetstream.WithExpectLastSequencePerSubject(0))
	if store.IsConflict(err) {
		return wire.Errorf(wire.SurveyAnswered, "the survey has been answered for this chat already")
	}
	return err
}

// Answered tells whether there are answers for the survey and ticket of a link.
func (s *Store) Answered(ctx context.Context, link Link) (bool, error) {
	ctx, span := tracing.Step(ctx, "survey read")
	defer span.End(nil)
	_, err := s.stream.GetLastMsgForSubject(ctx, answersSubjectOf(link.App, link.Survey, link.Ticket))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Of gives the answers for a ticket, to all surveys.
func (s *Store) Of(ctx context.Context, app, ticket string) (found []wire.Raw, err error) {
	if ticket == "" { // the chat has none yet
		return nil, nil
	}
	_, err = store.Page(ctx, s.stream, answersSubjectOf(app, "*", ticket), 0, 1000, func(msg *jetstream.RawStreamMsg) (bool, error) {
		found = append(found, wire.Raw(msg.Data))
		return true, nil
	})
	return found, err
}

// List gives a survey's answers after a position, 0 for all, oldest first and at most
// limit of them. next is the after of the next page, 0 if there are no more.
func (s *Store) List(ctx context.Context, app, survey string, after uint64, limit int) (found []wire.Raw, next uint64, err error) {
	subject := answersSubjectOf(app, survey, "*")
	next, err = store.Page(ctx, s.stream, subject, after, limit, func(msg *jetstream.RawStreamMsg) (bool, error) {
		found = append(found, wire.Raw(msg.Data))
		return true, nil
	})
	return found, next, err
}
