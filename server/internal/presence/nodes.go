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
	visitorsAsked   = 1000              // at most, in one question
	answersWithin   = 2 * time.Second   // from all nodes
	scanWithin      = time.Minute
)

// question asks the other nodes which of some visitors they answer for: those who are
// connected to them, and those whom they have lost later than the asking node did.
type question struct {
	Node string             `json:"node"`
	Lost map[string]float64 `json:"lost"` // <app>.<visitor>: since when, unix seconds
}

type answer struct {
	Node    string   `json:"node"`
	Present []string `json:"present"` // <app>.<visitor>
}

// AnswerNodes answers the questions of other nodes until ctx ends. It returns when it
// does so, or with an error.
func (v *Visitors) AnswerNodes(ctx context.Context) error {
	sub, err := v.engine.NC.Subscribe(presenceSubject, func(msg *nats.Msg) {
		var q question
		if json.Unmarshal(msg.Data, &q) != nil || q.Node == v.node {
			return
		}
		data, err := json.Marshal(answer{Node: v.node, Present: v.answersFor(q)})
		if err == nil {
			err = msg.Respond(data)
		}
		if err != nil {
			v.logger.Warn("presence: another node's question is not answered", "node", q.Node, "error", err)
		}
	})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = sub.Unsubscribe() })
	return v.engine.NC.Flush()
}

func (v *Visitors) answersFor(q question) []string {
	present := []string{}
	for name, since := range q.Lost {
		visitor := visitorOf(name)
		lostAt, lost := v.LostSince(visitor)
		if v.hooks.Connected(visitor) || lost && ids.Unix(lostAt) > since {
			present = append(present, name)
		}
	}
	return present
}

// visitorOf reads a name made by ids.Key.Name.
func visitorOf(name string) ids.Key {
	app, id, _ := strings.Cut(name, ".")
	return ids.Key{App: app, ID: id}
}

// onOtherNodes asks the other nodes and gives the visitors that one of them answers for.
// It is certain when every node that lives has answered.
func (v *Visitors) onOtherNodes(ctx context.Context, lost map[ids.Key]*absence) (found map[ids.Key]bool, certain bool) {
	found, certain = map[ids.Key]bool{}, true
	for some := range slices.Chunk(slices.Collect(maps.Keys(lost)), visitorsAsked) {
		q := question{Node: v.node, Lost: map[string]float64{}}
		for _, visitor := range some {
			q.Lost[visitor.Name()] = ids.Unix(lost[visitor].since)
		}
		if err := v.ask(ctx, q, found); err != nil {
			certain = false
			v.logger.Warn("presence: a node has not answered, visitors that may be connected to it are not reported yet", "error", err)
		}
	}
	return found, certain
}

// ask adds the visitors that other nodes answer for to found. It fails when not all nodes
// answer within answersWithin.
func (v *Visitors) ask(ctx context.Context, q question, found map[ids.Key]bool) error {
	missing := v.agents.otherNodes()
	if len(missing) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, answersWithin)
	defer stop()
	data, err := json.Marshal(q)
	if err != nil {
		return err
	}
	inbox := v.engine.NC.NewRespInbox()
	sub, err := v.engine.NC.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := v.engine.NC.PublishRequest(presenceSubject, inbox, data); err != nil {
		return err
	}
	for len(missing) > 0 {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return err
		}
		var a answer
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

// WatchNodes scans for missing visitors a beat after its start and whenever a node has
// died or ended, until ctx ends. Nobody else notices the visitors who were connected to
// that node. Of several nodes only the one with the lowest id scans.
func (v *Visitors) WatchNodes(ctx context.Context) {
	beat := time.NewTicker(v.beat)
	defer beat.Stop()
	before := map[string]store.Record[nodeRecord]{}
	pending := true // a scan is
	for {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		now := v.agents.otherNodes()
		pending = pending || !containsAll(now, before)
		before = now
		if !pending {
			continue
		}
		if v.isLowest(now) {
			if err := v.scan(ctx); err != nil {
				v.logger.Warn("presence: the visitors of open chats are not checked; will be tried again", "error", err)
				continue
			}
		}
		pending = false
	}
}

func containsAll[V any](all, some map[string]V) bool {
	for key := range some {
		if _, there := all[key]; !there {
			return false
		}
	}
	return true
}

// isLowest tells whether this node's id is below those of the others.
func (v *Visitors) isLowest(others map[string]store.Record[nodeRecord]) bool {
	for node := range others {
		if node < v.node {
			return false
		}
	}
	return true
}

// scan notes the visitors in open chats who are not connected to this node; reportDue then
// asks the others.
func (v *Visitors) scan(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, scanWithin)
	defer stop()
	err := v.hooks.InChats(ctx, func(visitor ids.Key, chatID string) {
		if !v.hooks.Connected(visitor) {
			v.noteMissing(visitor, chatID)
		}
	})
	v.wakeUp()
	return err
}
