// Package audit keeps who did what to an app: log-ins, and changes of what matters.
//
// Floor 2: it imports ids, store and wire. All nodes share one stream, which keeps its
// order. An entry has no secret and no text that people have written, and names people by
// their ids alone: without the record of a user their id leads to nobody. The network of a
// client is sealed for the user by the caller.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	stream  = "PARLEY_AUDIT"
	subject = "parley.audit." // <app>.<whose>, and of agents and access keys their ids
)

// OfServer stands for the app in acts that are about none, or outlive it. No app can have this id.
const OfServer = "$server"

// Options says how much is kept. The zero value has all defaults.
type Options struct {
	Age     time.Duration // of an entry. Defaults to a year
	Entries int           // of an app: as many log-ins, as many acts of visitors, and as many of each who does more. Defaults to 100,000
	Log     bool          // whether each entry is written to the log as well
}

// WithDefaults gives the options with the defaults of those that are not set.
func (o Options) WithDefaults() Options {
	ids.Default(&o.Age, 365*24*time.Hour)
	ids.Default(&o.Entries, 100_000)
	return o
}

// Entry is one act.
type Entry struct {
	At        float64           `json:"at"`                  // unix seconds
	Act       string            `json:"act"`                 // such as settings.change
	By        string            `json:"by"`                  // done with: user, key, secret, admin; operator: the store itself; nobody: a failed log-in
	User      string            `json:"userId,omitempty"`    // who did it, or tried to; the id of an access key
	About     map[string]string `json:"about,omitempty"`     // ids and names of what it was done to
	Reason    string            `json:"reason,omitempty"`    // of an error, if it failed
	RequestID string            `json:"requestId,omitempty"` // in the log
	Sealed    []byte            `json:"sealed,omitempty"`    // network of the client, sealed for the user
	Network   string            `json:"network,omitempty"`   // that, for who reads it; never stored
}

// Log is the audit log of all apps.
type Log struct {
	engine *store.Engine
	stream jetstream.Stream
}

// Open opens the log, and makes what is missing.
func Open(ctx context.Context, e *store.Engine, o Options) (*Log, error) {
	s, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: stream, Description: "who did what to an app", Subjects: []string{subject + ">"},
		MaxAge: o.Age, MaxMsgsPerSubject: int64(o.Entries), Discard: jetstream.DiscardOld,
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", stream, err)
	}
	return &Log{e, s}, nil
}

// Who does something, as far as entries are counted apart: nobody pushes out what others did.
const (
	Visitors = "visitor" // all together, as they cost nothing to make
	logins   = "login"   // which anybody can fail
)

// Add adds an act to an app's log. whose is Visitors, or who did it by what right: an id, or
// two with a dot between them.
func (l *Log) Add(ctx context.Context, app, whose string, e Entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if strings.HasPrefix(e.Act, logins) {
		whose = logins
	}
	_, err = l.engine.PublishOnce(ctx, stream, &nats.Msg{Subject: subject + app + "." + whose, Data: data})
	return err
}

// Filter says which entries are wanted. What is zero does not matter.
type Filter struct {
	Act   string  // the act, or its beginning up to a dot
	User  string  // who did it
	About string  // an id or name among what it was done to
	Since float64 // unix seconds
}

func (f Filter) wants(e Entry) bool {
	if f.Act != "" && e.Act != f.Act && !strings.HasPrefix(e.Act, f.Act+".") || f.User != "" && e.User != f.User || e.At < f.Since {
		return false
	}
	for _, value := range e.About {
		if value == f.About {
			return true
		}
	}
	return f.About == ""
}

// Page gives entries of an app that are wanted, the oldest first: at most limit after a
// position, 0 for the start. next is the after of the next page, 0 if there are no more. A
// page may have fewer, as much is passed over.
func (l *Log) Page(ctx context.Context, app string, f Filter, after uint64, limit int) (found []Entry, next uint64, err error) {
	next, err = store.Page(ctx, l.stream, subject+app+".>", after, limit, func(msg *jetstream.RawStreamMsg) (bool, error) {
		var e Entry
		if err := json.Unmarshal(msg.Data, &e); err != nil || !f.wants(e) {
			return false, err
		}
		found = append(found, e)
		return true, nil
	})
	return found, next, err
}

// apart is how far the clocks of nodes may be apart, in seconds, so that entries stand in
// another order than that of their times.
const apart = 60

// latestReads is the number of entries, of whatever app, that Latest reads for one page at most.
const latestReads = 1000

// Latest gives entries of an app that are wanted, the newest first: at most limit from a
// position down, 0 for the end. next is the position of the next page, 0 if there are no
// more. A page may have fewer, as much is passed over.
func (l *Log) Latest(ctx context.Context, app string, f Filter, from uint64, limit int) (found []Entry, next uint64, err error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("stream %s: %w", stream, err)
	}
	at := info.State.LastSeq
	if from != 0 {
		at = min(from, at)
	}
	for reads := 0; at > 0 && at >= info.State.FirstSeq; at-- {
		if reads == latestReads || len(found) == limit {
			return found, at, nil
		}
		reads++
		msg, err := l.stream.GetMsg(ctx, at)
		if errors.Is(err, jetstream.ErrMsgNotFound) { // its app was erased
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s %d: %w", stream, at, err)
		}
		if !strings.HasPrefix(msg.Subject, subject+app+".") {
			continue
		}
		var e Entry
		if err := json.Unmarshal(msg.Data, &e); err != nil {
			return nil, 0, fmt.Errorf("%s %d: %w", stream, at, err)
		}
		if e.At < f.Since-apart {
			return found, 0, nil // so are all before it
		}
		if f.wants(e) {
			found = append(found, e)
		}
	}
	return found, 0, nil
}

// EraseApp removes the log of an app.
func (l *Log) EraseApp(ctx context.Context, app string) error {
	_, err := store.Erase(ctx, l.engine, stream, subject+app+".>", 0)
	return err
}
