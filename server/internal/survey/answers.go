package survey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/store"
)

const (
	answersStream  = "PARLEY_ANSWERS"
	answersSubject = "parley.answers."
)

// Store keeps what visitors answer after chats: one message of a stream for
// each survey and ticket, of which there can be only one.
type Store struct {
	engine *store.Engine
	stream jetstream.Stream
	Links  *links
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

type Answer struct {
	ID     string `json:"id"`   // of the question
	Text   string `json:"text"` // likewise
	Type   string `json:"type"`
	Answer any    `json:"answer"` // 1 to 5 of a rating, else a text
}

func Open(ctx context.Context, e *store.Engine, linkLife time.Duration) (*Store, error) {
	stream, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: answersStream, Description: "answers to surveys", Subjects: []string{answersSubject + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", answersStream, err)
	}
	links, err := OpenLinks(ctx, e, linkLife)
	return &Store{e, stream, links}, err
}

func answersTo(app, survey, ticket string) string {
	return answersSubject + app + "." + survey + "." + ticket
}

var errAnswered = wire.Errorf(wire.CodeConflict, "the survey has been answered for this chat already")

// Put stores the answers; 409 when there are some already.
func (s *Store) Put(ctx context.Context, app string, a Answers) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	msg := nats.NewMsg(answersTo(app, a.SurveyID, a.TicketID))
	msg.Data = data
	_, err = s.engine.JS.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(0))
	if store.IsConflict(err) {
		return errAnswered
	}
	return err
}

// Answered tells whether there are answers for the ticket.
func (s *Store) Answered(ctx context.Context, k Link) (bool, error) {
	_, err := s.stream.GetLastMsgForSubject(ctx, answersTo(k.App, k.Survey, k.Ticket))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	return err == nil, err
}

// List gives a survey's answers after a position, oldest first, and the position
// of the last; more tells that there are others after it.
func (s *Store) List(ctx context.Context, app, survey string, after uint64, limit int) (found []wire.Raw, last uint64, more bool, err error) {
	last = after
	for {
		msg, err := s.stream.GetMsg(ctx, last+1, jetstream.WithGetMsgSubject(answersTo(app, survey, "*")))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return found, last, false, nil
		}
		if err != nil {
			return nil, 0, false, err
		}
		if len(found) == limit {
			return found, last, true, nil
		}
		found, last = append(found, wire.Raw(msg.Data)), msg.Sequence
	}
}
