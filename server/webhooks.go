package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"parley/core/chat"
	"parley/core/wire"
)

// hooksAtMost is the number of webhooks that an app may have.
const hooksAtMost = 20

// Triggers that are named here only.
const (
	eventAccept = "invitations:accept"
	eventQueue  = "queues:update"
)

// hookEvents are the triggers that a webhook may be for.
var hookEvents = []string{
	chat.EventCreate, chat.EventJoin, chat.EventLeave, chat.EventClose, chat.EventAssign, chat.EventIntervene, chat.EventTransfer,
	chat.EventAlone, eventAccept, chat.EventMessage, chat.EventRead, eventQueue, chat.EventInfo, chat.EventActivity,
}

// Webhook is a URL that is told of an app's events.
type Webhook struct {
	ID           string   `json:"id"`
	Events       []string `json:"events"`
	Target       string   `json:"target"`
	Active       bool     `json:"active"`
	Created      float64  `json:"created"`                // unix seconds
	FailingSince float64  `json:"failingSince,omitempty"` // unix seconds; no delivery has succeeded since
	Dropped      int      `json:"dropped,omitempty"`      // events given up after the last attempt
	Reason       string   `json:"reason,omitempty"`       // why the server has deactivated it
}

// hook is a Webhook as it is stored. Its secret signs what is sent, so that it is
// kept as it is; it leaves the bucket for nobody but the target.
type hook struct {
	Webhook
	App    string `json:"app"`
	Secret string `json:"secret"`
	From   uint64 `json:"from"` // position of the log behind which it is told of everything
}

func (h hook) key() string { return h.App + "." + h.ID }

func (h hook) wants(event string) bool { return slices.Contains(h.Events, event) }

// queue names the consumer that holds what the hook has not been told yet.
func (h hook) queue() string { return queueName(h.ID, h.From) }

// public is the hook as its owner may read it back.
func (h hook) public() wire.Raw {
	data, _ := json.Marshal(struct {
		Webhook
		HasSecret bool `json:"hasSecret"`
	}{h.Webhook, h.Secret != ""}) // texts and numbers only
	return data
}

// webhooks knows every app's webhooks, and tells them what happens.
type webhooks struct {
	engine  *Engine
	log     *Log
	options WebhookOptions
	logger  *slog.Logger
	records *mirror // <app>.<hook>: hook
	sender  *sender
	asking  singleflight.Group // questions under way, by their ids

	ctx     context.Context // until the server is closed
	started chan struct{}   // closed when all of the above is there

	mu      sync.Mutex // guards what follows
	queues  map[string]*hookQueue
	asked   map[string]map[string]struct{} // chats by app about which a question is under way
	closed  bool
	running sync.WaitGroup
}

func openWebhooks(ctx context.Context, e *Engine, l *Log, o WebhookOptions, logger *slog.Logger) (*webhooks, error) {
	w := &webhooks{
		engine: e, log: l, options: o, logger: logger, sender: newSender(o),
		ctx: ctx, started: make(chan struct{}), queues: map[string]*hookQueue{}, asked: map[string]map[string]struct{}{},
	}
	kv, err := bucket(ctx, e, "parley_webhooks", "each app's webhooks, with the secrets that sign what they are told", markerLife)
	if err != nil {
		return nil, err
	}
	old, err := w.queueNames(ctx)
	if err != nil {
		return nil, err
	}
	if w.records, err = openMirror(ctx, kv, ">", w.changed); err != nil {
		return nil, err
	}
	close(w.started)
	return w, w.tidy(ctx, old)
}

// list gives an app's webhooks, the oldest first.
func (w *webhooks) list(app string) (list []hook) {
	for _, m := range w.records.under(app + ".") {
		var h hook
		if json.Unmarshal(m.value, &h) == nil {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, func(a, b hook) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID))
	})
	return list
}

// get gives one; an unknown one is a 404.
func (w *webhooks) get(ctx context.Context, app, id string) (hook, error) {
	h, _, err := w.read(ctx, app, id)
	return h, err
}

func (w *webhooks) read(ctx context.Context, app, id string) (hook, uint64, error) {
	unknown := wire.Errorf(wire.CodeNotFound, "unknown webhook %q", id)
	if CheckID("", id) != nil {
		return hook{}, 0, unknown
	}
	h, revision, found, err := read[hook](ctx, w.records.kv, app+"."+id)
	if err == nil && !found {
		err = unknown
	}
	return h, revision, err
}

// add stores a new one, which is told what happens from now on.
func (w *webhooks) add(ctx context.Context, h hook) (hook, error) {
	var err error
	if h.From, err = w.now(ctx); err != nil {
		return h, err
	}
	data, err := json.Marshal(h)
	if err != nil {
		return h, err
	}
	return h, w.records.put(ctx, h.key(), data)
}

// handshake has the target show that it wants what is sent to it, within half of
// the time of the operation that it is a part of.
func (w *webhooks) handshake(ctx context.Context, h hook) error {
	ctx, stop := context.WithTimeout(ctx, operationWithin/2)
	defer stop()
	return w.sender.handshake(ctx, h)
}

// remove forgets one, and what it has not been sent yet.
func (w *webhooks) remove(ctx context.Context, h hook) error { return w.records.remove(ctx, h.key()) }

// modify changes one, whoever else does at the same time; errNothing from change
// leaves it as it is.
func (w *webhooks) modify(ctx context.Context, app, id string, change func(*hook) error) (hook, error) {
	for range 10 {
		h, revision, err := w.read(ctx, app, id)
		if err != nil {
			return hook{}, err
		}
		if err = change(&h); errors.Is(err, errNothing) {
			return h, nil
		}
		if err != nil {
			return hook{}, err
		}
		data, err := json.Marshal(h)
		if err != nil {
			return hook{}, err
		}
		done, err := w.records.replace(ctx, h.key(), data, revision)
		if done || err != nil {
			return h, err
		}
	}
	return hook{}, errConcurrent
}

// now is the log's end.
func (w *webhooks) now(ctx context.Context) (uint64, error) {
	stream, err := w.engine.JS.Stream(ctx, logStream)
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.LastSeq, nil
}
