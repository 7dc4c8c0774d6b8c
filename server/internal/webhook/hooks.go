package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// HooksAtMost is the number of webhooks that an app may have.
const HooksAtMost = 20

// Triggers that are named here only.
const (
	EventAccept = "invitations:accept"
	EventQueue  = "queues:update"
)

// HookEvents are the triggers that a webhook may be for.
var HookEvents = []string{
	chat.EventCreate, chat.EventJoin, chat.EventLeave, chat.EventClose, chat.EventAssign, chat.EventIntervene, chat.EventTransfer,
	chat.EventAlone, EventAccept, chat.EventMessage, chat.EventRead, EventQueue, chat.EventInfo, chat.EventActivity,
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

// Hook is a Webhook as it is stored. Its secret signs what is sent, so that it is
// kept as it is; it leaves the bucket for nobody but the target.
type Hook struct {
	Webhook
	App    string `json:"app"`
	Secret string `json:"secret"`
	From   uint64 `json:"from"` // position of the log behind which it is told of everything
}

func (h Hook) Key() string { return h.App + "." + h.ID }

func (h Hook) wants(event string) bool { return slices.Contains(h.Events, event) }

// Queue names the consumer that holds what the hook has not been told yet.
func (h Hook) Queue() string { return queueName(h.ID, h.From) }

// Public is the hook as its owner may read it back.
func (h Hook) Public() wire.Raw {
	data, _ := json.Marshal(struct {
		Webhook
		HasSecret bool `json:"hasSecret"`
	}{h.Webhook, h.Secret != ""}) // texts and numbers only
	return data
}

// Hooks knows every app's webhooks, and tells them what happens.
type Hooks struct {
	engine  *store.Engine
	log     *chatlog.Log
	Options Options
	logger  *slog.Logger
	Records *store.Mirror[Hook] // <app>.<hook>
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

func Open(ctx context.Context, e *store.Engine, l *chatlog.Log, o Options, logger *slog.Logger) (*Hooks, error) {
	w := &Hooks{
		engine: e, log: l, Options: o, logger: logger, sender: newSender(o),
		ctx: ctx, started: make(chan struct{}), queues: map[string]*hookQueue{}, asked: map[string]map[string]struct{}{},
	}
	kv, err := store.Bucket(ctx, e, "parley_webhooks", "each app's webhooks, with the secrets that sign what they are told", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	old, err := w.QueueNames(ctx)
	if err != nil {
		return nil, err
	}
	if w.Records, err = store.OpenMirror(ctx, kv, ">", w.changed); err != nil {
		return nil, err
	}
	close(w.started)
	return w, w.tidy(ctx, old)
}

// List gives an app's webhooks, the oldest first.
func (w *Hooks) List(app string) (list []Hook) {
	for _, r := range w.Records.WithPrefix(app + ".") {
		if r.Value.ID != "" { // else another version of the server has written it
			list = append(list, r.Value)
		}
	}
	slices.SortFunc(list, func(a, b Hook) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID))
	})
	return list
}

// Get gives one; an unknown one is a 404.
func (w *Hooks) Get(ctx context.Context, app, id string) (Hook, error) {
	h, _, err := w.read(ctx, app, id)
	return h, err
}

func (w *Hooks) read(ctx context.Context, app, id string) (Hook, uint64, error) {
	if ids.Check("", id) != nil {
		return Hook{}, 0, errUnknown(id)
	}
	h, revision, found, err := store.Read[Hook](ctx, w.Records.KV, app+"."+id)
	if err == nil && !found {
		err = errUnknown(id)
	}
	return h, revision, err
}

func errUnknown(id string) error { return wire.Errorf(wire.CodeNotFound, "unknown webhook %q", id) }

// Add stores a new one, which is told what happens from now on.
func (w *Hooks) Add(ctx context.Context, h Hook) (Hook, error) {
	var err error
	if h.From, err = w.LogEnd(ctx); err != nil {
		return h, err
	}
	return h, w.Records.Put(ctx, h.Key(), h)
}

// Handshake has the target show that it wants what is sent to it, within half of
// the time of the operation that it is a part of.
func (w *Hooks) Handshake(ctx context.Context, h Hook) error {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin/2)
	defer stop()
	return w.sender.handshake(ctx, h)
}

// Remove forgets one, and what it has not been sent yet.
func (w *Hooks) Remove(ctx context.Context, h Hook) error { return w.Records.Remove(ctx, h.Key()) }

// Modify changes a webhook with store.Modify and gives the result. An unknown one is
// a 404.
func (w *Hooks) Modify(ctx context.Context, app, id string, change func(*Hook) error) (Hook, error) {
	if ids.Check("", id) != nil {
		return Hook{}, errUnknown(id)
	}
	return w.Records.Modify(ctx, app+"."+id, func(h *Hook, found bool) error {
		if !found {
			return errUnknown(id)
		}
		return change(h)
	})
}

// LogEnd is the log's end.
func (w *Hooks) LogEnd(ctx context.Context) (uint64, error) {
	stream, err := w.engine.JS.Stream(ctx, chatlog.Stream)
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.LastSeq, nil
}
