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

// message is one event as it is posted to a webhook.
type message struct {
	trigger string // name of the event
	id      string // by which the target recognises a repeated post
	data    json.RawMessage
	at      time.Time
}

// body is the body of the post; it is the same at each attempt.
func (m message) body(app string) []byte {
	return wire.NewObject(nil).Str("trigger", m.trigger).Str("appId", app).Raw("data", wire.Raw(m.data)).
		Int("created_at", m.at.Unix()).Done()
}

// messages gives what a webhook gets of an entry of the log: the event with another
// name that it stands for, the entry if agents may see it, and the steps of an
// assignment; each if the webhook is for it.
func (w *Hooks) messages(ctx context.Context, h Hook, msg jetstream.Msg, meta *jetstream.MsgMetadata) (list []message, err error) {
	e, err := chat.ParseEntry(meta.Sequence.Stream, msg.Data())
	if err != nil {
		w.logger.Error("webhook: an entry of the log is skipped, it cannot be read", "seq", meta.Sequence.Stream, "error", err)
		return nil, nil
	}
	e = chatstate.Published(e)
	wanted := h.wants(e.Event)
	if !wanted && !slices.ContainsFunc(derivable[e.Event], h.wants) {
		return nil, nil
	}
	key, _ := chatlog.KeyOf(msg.Subject()) // the filter lets nothing else through
	now, err := w.log.Follows(ctx, key, e.Seq)
	if ids.IsCode(err, wire.CodeNotFound) { // the app was removed
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := message{trigger: e.Event, id: h.ID + "." + strconv.FormatUint(w.log.NumberOf(key, e.Seq), 10), data: json.RawMessage(now.Shown(e)), at: meta.Timestamp}
	if event, data := derived(e, key.ID, &now); h.wants(event) {
		_, kind, _ := strings.Cut(event, ":")
		list = append(list, message{trigger: event, id: m.id + "." + kind, data: json.RawMessage(data), at: m.at})
	}
	switch {
	case !wanted:
	case e.Event == chat.EventAssign:
		list = append(list, h.assignment(e, m)...)
	case e.Event == chatstate.EventReject:
		list = append(list, m)
	case chatstate.FoundNobody(e):
		m.data = wire.NewObject(nil).Str("chatId", key.ID).Done()
		list = append(list, m)
	case now.ShowsEntry(chatstate.Staff, e.Seq):
		list = append(list, m)
	}
	return list, nil
}

// assignment gives what a webhook gets of an invitation: nothing if it was asked
// about it and answered, else the invitation; under the question's id if it was asked.
func (h Hook) assignment(e chat.Entry, m message) []message {
	var inv chatstate.Invitation
	if err := json.Unmarshal(e.Data, &inv); err != nil {
		return nil // the fold has logged it
	}
	if inv.Asked != nil && inv.Asked.Hook == h.ID {
		if inv.Asked.Answered {
			return nil
		}
		m.id = inv.Asked.ID
	}
	m.data = inv.JSON().Float("expiresAt", inv.ExpiresAt).Done()
	return []message{m}
}
