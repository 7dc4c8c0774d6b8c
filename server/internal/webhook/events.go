package webhook

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
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
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
func (w *Hooks) messages(ctx context.Context, h Hook, msg jetstream.Msg, meta *jetstream.MsgMetadata) (list []message, err error) {
	e, err := chat.ParseEntry(meta.Sequence.Stream, msg.Data())
	if err != nil {
		w.logger.Error("webhook: an entry makes no sense", "seq", meta.Sequence.Stream, "error", err)
		return nil, nil
	}
	accepts := e.Event == chat.EventJoin && h.wants(EventAccept)
	if !accepts && !h.wants(e.Event) {
		return nil, nil
	}
	app, id, _ := strings.Cut(strings.TrimPrefix(msg.Subject(), chatlog.SubjectPrefix), ".")
	_, now, err := w.log.View(ctx, ids.Key{App: app, ID: id}, e.Seq)
	if err != nil {
		return nil, err
	}
	m := message{trigger: e.Event, id: h.ID + "." + strconv.FormatUint(e.Seq, 10), data: json.RawMessage(e.Data), at: meta.Timestamp}
	if accepts && now.IsAcceptance(e) {
		accept := m
		accept.trigger, accept.id = EventAccept, m.id+".accept"
		accept.data = wire.NewObject(nil).Str("chatId", id).Str("userId", chatstate.JoiningUser(e)).Done()
		list = append(list, accept)
	}
	switch {
	case !h.wants(e.Event):
	case e.Event == chat.EventAssign:
		return w.assigned(h, e, m)
	case now.ShowsEntry(chatstate.Staff, e.Seq):
		list = append(list, m)
	}
	return list, nil
}

// CheckEvents bounds the list of a hook's events.
func CheckEvents(events []string) error {
	if len(events) == 0 {
		return wire.Errorf(wire.CodeBadRequest, "events: must be given; there are %s", strings.Join(HookEvents, ", "))
	}
	for _, event := range events {
		if !slices.Contains(HookEvents, event) {
			return wire.Errorf(wire.CodeBadRequest, "events: there is no %q; there are %s", event, strings.Join(HookEvents, ", "))
		}
	}
	return nil
}
