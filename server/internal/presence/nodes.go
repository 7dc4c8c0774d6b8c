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
	usersAsked      = 1000              // at most, in one question
	answersWithin   = 2 * time.Second   // from all nodes
	scanWithin      = time.Minute
)

// question asks the other nodes which of some users they answer for: those who are
// connected to them, and those whom they have lost later than the asking node did. Or it
// asks with which sessions one user is connected to them.
type question struct {
	Node     string             `json:"node"`
	Lost     map[string]float64 `json:"lost"`               // <app>.<user>: since when, unix seconds
	Sessions string             `json:"sessions,omitempty"` // <app>.<user>
}

type answer struct {
	Node     string   `json:"node"`
	Present  []string `json:"present"`            // <app>.<user>
	Sessions []string `json:"sessions,omitempty"` // digests of tokens
}

// AnswerNodes answers the questions of other nodes until ctx ends. It returns when it
// does so, or with an error.
func (u *Users) AnswerNodes(ctx context.Context) error {
	sub, err := u.engine.NC.Subscribe(presenceSubject, func(msg *nats.Msg) {
		var q question
		if json.Unmarshal(msg.Data, &q) != nil || q.Node == u.node {
			return
		}
		reply := answer{Node: u.node, Present: u.answersFor(q)}
		if q.Sessions != "" {
			reply.Sessions = u.hooks.Sessions(userOf(q.Sessions))
		}
		data, err := json.Marshal(reply)
		if err == nil {
			err = msg.Respond(data)
		}
		if err != nil {
			u.logger.Warn("presence: another node's question is not answered", "node", q.Node, "error", err)
		}
	})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = sub.Unsubscribe() })
	return u.engine.NC.Flush()
}

func (u *Users) answersFor(q question) []string {
	present := []string{}
	for name, since := range q.Lost {
		user := userOf(name)
		lostAt, lost := u.LostSince(user)
		if u.hooks.Connected(user) || lost && ids.Unix(lostAt) > since {
			present = append(present, name)
		}
	}
	return present
}

// userOf reads a name made by ids.Key.Name.
func userOf(name string) ids.Key {
	app, id, _ := strings.Cut(name, ".")
	return ids.Key{App: app, ID: id}
}

// onOtherNodes asks the other nodes and gives the users that one of them answers for.
// It is certain when every node that lives has answered.
func (u *Users) onOtherNodes(ctx context.Context, lost map[ids.Key]*absence) (found map[ids.Key]bool, certain bool) {
	found, certain = map[ids.Key]bool{}, true
	for some := range slices.Chunk(slices.Collect(maps.Keys(lost)), usersAsked) {
		q := question{Node: u.node, Lost: map[string]float64{}}
		for _, user := range some {
			q.Lost[user.Name()] = ids.Unix(lost[user].since)
		}
		err := u.ask(ctx, q, func(a answer) {
			for _, name := range a.Present {
				found[userOf(name)] = true
			}
		})
		if err != nil {
			certain = false
			u.logger.Warn("presence: a node has not answered, users that may be connected to it are not reported yet", "error", err)
		}
	}
	return found, certain
}

// Sessions gives the digests of the tokens with which a user is connected to any node. It
// fails when not all nodes answer within answersWithin.
func (u *Users) Sessions(ctx context.Context, user ids.Key) (digests []string, err error) {
	digests = u.hooks.Sessions(user)
	err = u.ask(ctx, question{Node: u.node, Sessions: user.Name()}, func(a answer) { digests = append(digests, a.Sessions...) })
	return digests, err
}

// ask puts a question to the other nodes, and hands on their answers. It fails when not
// all nodes answer within answersWithin.
func (u *Users) ask(ctx context.Context, q question, take func(answer)) error {
	missing := u.agents.otherNodes()
	if len(missing) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, answersWithin)
	defer stop()
	data, err := json.Marshal(q)
	if err != nil {
		return err
	}
	inbox := u.engine.NC.NewRespInbox()
	sub, err := u.engine.NC.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := u.engine.NC.PublishRequest(presenceSubject, inbox, data); err != nil {
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
		take(a)
	}
	return nil
}

// WatchNodes scans for missing users a beat after its start and whenever a node has
// died or ended, until ctx ends. Nobody else notices the users who were connected to
// that node. Of several nodes only the one with the lowest id scans.
func (u *Users) WatchNodes(ctx context.Context) {
	beat := time.NewTicker(u.beat)
	defer beat.Stop()
	before := map[string]store.Record[nodeRecord]{}
	pending := true // a scan is
	for {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		now := u.agents.otherNodes()
		pending = pending || !containsAll(now, before)
		before = now
		if !pending {
			continue
		}
		if u.isLowest(now) {
			if err := u.scan(ctx); err != nil {
				u.logger.Warn("presence: the users of open chats are not checked; will be tried again", "error", err)
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
func (u *Users) isLowest(others map[string]store.Record[nodeRecord]) bool {
	for node := range others {
		if node < u.node {
			return false
		}
	}
	return true
}

// scan notes the users in open chats who are not connected to this node; reportDue then
// asks the others.
func (u *Users) scan(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, scanWithin)
	defer stop()
	missing := map[ids.Key]*absence{}
	err := u.hooks.InChats(ctx, func(user ids.Key, isAgent bool, chatID string) {
		if u.hooks.Connected(user) {
			return
		}
		if missing[user] == nil {
			missing[user] = &absence{Absentee: Absentee{User: user, IsAgent: isAgent}, since: time.Now()}
		}
		missing[user].Chats = append(missing[user].Chats, chatID)
	})
	u.noteMissing(missing)
	u.wakeUp()
	return err
}
