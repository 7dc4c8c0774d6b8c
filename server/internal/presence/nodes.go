package presence

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	presenceSubject = "parley.presence" // where nodes ask each other who is connected
	askedAtOnce     = 1000              // visitors in one question
	answersWithin   = 2 * time.Second   // of all nodes
)

// presenceQuestion asks who of some visitors is connected to another node, or is
// looked after by one that has lost him later.
type presenceQuestion struct {
	Node string             `json:"node"`
	Lost map[string]float64 `json:"lost"` // <app>.<visitor>: since when, unix seconds
}

type presenceAnswer struct {
	Node    string   `json:"node"`
	Present []string `json:"present"`
}

// Answer answers what other nodes ask, until ctx ends.
func (all *Visitors) Answer(ctx context.Context) error {
	sub, err := all.engine.NC.Subscribe(presenceSubject, func(msg *nats.Msg) {
		var q presenceQuestion
		if json.Unmarshal(msg.Data, &q) != nil || q.Node == all.node {
			return
		}
		a := presenceAnswer{Node: all.node, Present: []string{}}
		for name, since := range q.Lost {
			visitor := visitorOf(name)
			lost, here := all.Since(visitor)
			if all.hooks.Connected(visitor) || here && ids.Unix(lost) > since {
				a.Present = append(a.Present, name)
			}
		}
		data, err := json.Marshal(a)
		if err == nil {
			err = msg.Respond(data)
		}
		if err != nil {
			all.logger.Warn("presence: not answered", "error", err)
		}
	})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = sub.Unsubscribe() })
	return all.engine.NC.Flush()
}

func visitorOf(name string) ids.Key {
	app, id, _ := strings.Cut(name, ".")
	return ids.Key{App: app, ID: id}
}

// elsewhere tells which of the visitors are looked after by other nodes. It is
// certain when each node that lives has answered.
func (all *Visitors) elsewhere(ctx context.Context, lost map[ids.Key]*absence) (found map[ids.Key]bool, certain bool) {
	found, certain = map[ids.Key]bool{}, true
	for some := range slices.Chunk(slices.Collect(maps.Keys(lost)), askedAtOnce) {
		q := presenceQuestion{Node: all.node, Lost: map[string]float64{}}
		for _, visitor := range some {
			q.Lost[visitor.Name()] = ids.Unix(lost[visitor].since)
		}
		if err := all.ask(ctx, q, found); err != nil {
			certain = false
			all.logger.Warn("presence: asking the other nodes", "error", err)
		}
	}
	return found, certain
}

func (all *Visitors) ask(ctx context.Context, q presenceQuestion, found map[ids.Key]bool) error {
	missing := all.duty.OtherNodes()
	if len(missing) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, answersWithin)
	defer stop()
	data, err := json.Marshal(q)
	if err != nil {
		return err
	}
	inbox := all.engine.NC.NewRespInbox()
	sub, err := all.engine.NC.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := all.engine.NC.PublishRequest(presenceSubject, inbox, data); err != nil {
		return err
	}
	for len(missing) > 0 {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return err
		}
		var a presenceAnswer
		if err := json.Unmarshal(msg.Data, &a); err != nil {
			return err
		}
		delete(missing, a.Node)
		for _, name := range a.Present {
			found[visitorOf(name)] = true
		}
	}
	return nil
}

// WatchNodes sweeps a beat after the start, and whenever a node has died or gone:
// visitors may have been lost with it, and nobody has noticed. Of several nodes one
// does it, the first by id.
func (all *Visitors) WatchNodes(ctx context.Context) {
	beat := time.NewTicker(all.beat)
	defer beat.Stop()
	var before map[string]store.Record[presenceRecord]
	pending := true
	for {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		now, first := all.duty.OtherNodes(), true
		for node := range before {
			_, lives := now[node]
			pending = pending || !lives
		}
		for node := range now {
			first = first && all.node < node
		}
		before = now
		if !pending {
			continue
		}
		if !first { // the node with the lowest id sweeps
			pending = false
			continue
		}
		if err := all.sweep(ctx); err != nil {
			all.logger.Warn("presence: looking through the visitors, will be tried again", "error", err)
			continue
		}
		pending = false
	}
}

// sweep finds the visitors in open chats who are not connected here.
func (all *Visitors) sweep(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	err := all.hooks.InChats(ctx, func(visitor ids.Key, chatID string) {
		if !all.hooks.Connected(visitor) {
			all.missed(visitor, chatID)
		}
	})
	all.look()
	return err
}
