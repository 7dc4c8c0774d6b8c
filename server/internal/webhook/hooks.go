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

	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// MaxHooks is the number of webhooks that an app may have.
const MaxHooks = 20

// Webhook is a URL that gets an app's events, as the app may read it back.
type Webhook struct {
	ID           string   `json:"id"`
	Events       []string `json:"events"`
	Target       string   `json:"target"`
	Active       bool     `json:"active"`
	Created      float64  `json:"created"`                // unix seconds
	FailingSince float64  `json:"failingSince,omitempty"` // unix seconds; no post has succeeded since
	Dropped      int      `json:"dropped,omitempty"`      // events dropped after the last attempt
	Reason       string   `json:"reason,omitempty"`       // why the server has deactivated it
}

// Hook is the record of a Webhook. The secret is stored as it is, since it signs each
// post; only the target gets it.
type Hook struct {
	Webhook
	App    string   `json:"app"`
	Secret string   `json:"secret"`
	From   []uint64 `json:"from"` // position of each stream of chats after which it gets all events
}

// key is the key of the record.
func (h Hook) key() string { return h.App + "." + h.ID }

func (h Hook) wants(event string) bool { return slices.Contains(h.Events, event) }

// queue names the durable consumer that holds what the webhook has not got yet of the n-th stream.
func (h Hook) queue(n int) string { return queueName(h.ID, h.From[n]) }

// Public is the JSON of the webhook for its owner, without the secret.
func (h Hook) Public() wire.Raw {
	data, _ := json.Marshal(struct {
		Webhook
		HasSecret bool `json:"hasSecret"`
	}{h.Webhook, h.Secret != ""}) // texts and numbers only
	return data
}

// Hooks holds the webhooks of all apps, and delivers to them from this node.
type Hooks struct {
	engine    *store.Engine
	log       *chatlog.Log
	Options   Options
	logger    *slog.Logger
	streams   []string            // of the chats
	records   *store.Mirror[Hook] // by <app>.<webhook>
	sender    *sender
	questions singleflight.Group // under way, by their ids

	ctx     context.Context // until the server is closed
	started chan struct{}   // closed when all of the above is set

	mu      sync.Mutex // guards what follows
	queues  map[string]*hookQueue
	asking  map[string]map[string]struct{} // by app, the chats about which a question is under way
	closed  bool
	running sync.WaitGroup
}

// Open opens the webhooks and starts to deliver. Deliveries end with ctx; Close waits
// for them.
func Open(ctx context.Context, e *store.Engine, l *chatlog.Log, o Options, logger *slog.Logger) (*Hooks, error) {
	w := &Hooks{
		engine: e, log: l, streams: l.Streams(), Options: o, logger: logger, sender: newSender(o),
		ctx: ctx, started: make(chan struct{}), queues: map[string]*hookQueue{}, asking: map[string]map[string]struct{}{},
	}
	kv, err := store.Bucket(ctx, e, "parley_webhooks", "webhooks of each app, with the secrets that sign their posts", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	queues := make([][]string, len(w.streams))
	for n := range queues {
		if queues[n], err = w.queueNames(ctx, n); err != nil {
			return nil, err
		}
	}
	if w.records, err = store.OpenMirror(ctx, kv, ">", w.recordChanged); err != nil {
		return nil, err
	}
	close(w.started)
	return w, w.removeUnused(ctx, queues)
}

// List gives the webhooks of an app, the oldest first.
func (w *Hooks) List(app string) (list []Hook) {
	for _, r := range w.records.WithPrefix(app + ".") {
		if r.Value.ID != "" { // else another version of the server has written it
			list = append(list, r.Value)
		}
	}
	slices.SortFunc(list, func(a, b Hook) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID))
	})
	return list
}

// Get gives a webhook as the store has it. An unknown one is a 404.
func (w *Hooks) Get(ctx context.Context, app, id string) (Hook, error) {
	if ids.Check("", id) != nil {
		return Hook{}, errUnknown(id)
	}
	r, err := w.records.Fetch(ctx, app+"."+id)
	if err == nil && r.Value.ID == "" {
		err = errUnknown(id)
	}
	return r.Value, err
}

func errUnknown(id string) error { return wire.Errorf(wire.UnknownWebhook, "unknown webhook %q", id) }

// Add stores a new webhook and gives it as stored: it gets what happens from now on.
func (w *Hooks) Add(ctx context.Context, h Hook) (Hook, error) {
	var err error
	if h.From, err = w.log.Ends(ctx); err != nil {
		return h, err
	}
	return h, w.records.Put(ctx, h.key(), h)
}

// Handshake has the target prove that it wants the posts, in half of the time of an
// operation. The error is a 422 that says what the target did instead.
func (w *Hooks) Handshake(ctx context.Context, h Hook) error {
	ctx, stop := context.WithTimeout(ctx, ids.OperationWithin/2)
	defer stop()
	return w.sender.handshake(ctx, h)
}

// Remove removes a webhook, with the events that it has not got yet.
func (w *Hooks) Remove(ctx context.Context, h Hook) error { return w.records.Remove(ctx, h.key()) }

// Modify changes a webhook with store.Modify and gives the result. An unknown one is
// a 404.
func (w *Hooks) Modify(ctx context.Context, app, id string, change func(*Hook) error) (Hook, error) {
	if ids.Check("", id) != nil {
		return Hook{}, errUnknown(id)
	}
	return w.records.Modify(ctx, app+"."+id, func(h *Hook, found bool) error {
		if !found {
			return errUnknown(id)
		}
		return change(h)
	})
}
