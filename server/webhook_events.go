package server

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
)

// message is one thing that a hook is told.
type message struct {
	trigger string
	id      string // for the target to see that it has it already
	data    json.RawMessage
	at      time.Time
}

// body is the message as it is sent, the same at each attempt.
func (m message) body(app string) []byte {
	return wire.NewObject(nil).Str("trigger", m.trigger).Str("appId", app).Raw("data", wire.Raw(m.data)).Int("created_at", m.at.Unix()).Done()
}

// messages is what a hook is told of an entry: what agents are told of it, if the
// hook is for that; and the steps of an assignment, which they are not told.
func (w *webhooks) messages(ctx context.Context, h hook, msg jetstream.Msg, meta *jetstream.MsgMetadata) (list []message, err error) {
	e, err := chat.ParseEntry(meta.Sequence.Stream, msg.Data())
	if err != nil {
		w.logger.Error("webhook: an entry makes no sense", "seq", meta.Sequence.Stream, "error", err)
		return nil, nil
	}
	accepts := e.Event == chat.EventJoin && h.wants(eventAccept)
	if !accepts && !h.wants(e.Event) {
		return nil, nil
	}
	app, id, _ := strings.Cut(strings.TrimPrefix(msg.Subject(), logSubject), ".")
	_, now, err := w.log.View(ctx, chatKey{app, id}, e.Seq)
	if err != nil {
		return nil, err
	}
	m := message{trigger: e.Event, id: h.ID + "." + strconv.FormatUint(e.Seq, 10), data: json.RawMessage(e.Data), at: meta.Timestamp}
	if accepts && now.accepts(e) {
		accept := m
		accept.trigger, accept.id = eventAccept, m.id+".accept"
		accept.data = wire.NewObject(nil).Str("chatId", id).Str("userId", joining(e)).Done()
		list = append(list, accept)
	}
	switch {
	case !h.wants(e.Event):
	case e.Event == chat.EventAssign:
		return w.assigned(h, e, m)
	case now.shows(staff, e.Seq):
		list = append(list, m)
	}
	return list, nil
}

// checkEvents bounds the list of a hook's events.
func checkEvents(events []string) error {
	if len(events) == 0 {
		return wire.Errorf(wire.CodeBadRequest, "events: must be given; there are %s", strings.Join(hookEvents, ", "))
	}
	for _, event := range events {
		if !slices.Contains(hookEvents, event) {
			return wire.Errorf(wire.CodeBadRequest, "events: there is no %q; there are %s", event, strings.Join(hookEvents, ", "))
		}
	}
	return nil
}
