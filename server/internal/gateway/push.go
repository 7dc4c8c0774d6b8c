package gateway

import (
	"encoding/json"
	"strings"

	"github.com/nats-io/nats.go"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Subjects of pushes between nodes, followed by app and chat, or by app and user.
const (
	chatSubject = "parley.live."
	userSubject = "parley.user."
)

// Push is an ephemeral push as nodes publish it. It reaches the connections of every
// node, each once or not at all.
type Push struct {
	Except   string          `json:"except,omitempty"`  // id of a connection that does not get it
	Session  string          `json:"session,omitempty"` // for SessionEnded: digest of the session's token
	Kept     string          `json:"kept,omitempty"`    // for SessionEnded without Session: digest of that of the one session that has not
	Event    string          `json:"event"`
	Replaces string          `json:"replaces,omitempty"` // names what the push is about, if the latest of its name in a chat is all that counts
	Data     json.RawMessage `json:"data"`
	UpTo     uint64          `json:"upTo,omitempty"` // position of the chat that the sender had seen
}

// SessionEnded is the Event of a Push that is not sent to clients: it ends the user's
// connections of the Session, or, if Session is "", all but those that are Kept.
const SessionEnded = "session:ended"

// Reasons of bye when a session is closed, and when its user has other rights.
const (
	loggedOut      = "logged out"
	accountChanged = "the account was changed"
)

// PushToChat publishes a push for the connections on which the chat is live.
func (h *Hub) PushToChat(key ids.Key, p Push) { h.publish(chatSubject, key, p) }

// PushToUser publishes a push for the user's connections.
func (h *Hub) PushToUser(key ids.Key, p Push) { h.publish(userSubject, key, p) }

func (h *Hub) publish(subject string, key ids.Key, p Push) {
	data, err := json.Marshal(p)
	if err == nil {
		err = h.engine.NC.Publish(subject+key.App+"."+key.ID, data)
	}
	if err != nil {
		h.options.Logger.Warn("ephemeral push not sent", "event", p.Event, "error", err)
	}
}

// receivePushes subscribes to the pushes of all nodes, this one included.
func (h *Hub) receivePushes() error {
	err := h.receive(chatSubject, func(key ids.Key, p Push) {
		it := item{frame: p.frame(), chatID: key.ID, upTo: p.UpTo, replaces: p.Replaces}
		h.eachOfChat(key, func(c *Conn) { p.deliver(c, it) })
	})
	if err != nil {
		return err
	}
	err = h.receive(userSubject, func(key ids.Key, p Push) {
		it := item{frame: p.frame()}
		h.eachOfUser(key, func(c *Conn) { p.deliver(c, it) })
	})
	if err != nil {
		return err
	}
	return h.engine.NC.Flush()
}

// receive hands on the pushes under a subject.
func (h *Hub) receive(subject string, handle func(ids.Key, Push)) error {
	return h.subscribe(subject+">", func(msg *nats.Msg) {
		app, id, found := strings.Cut(strings.TrimPrefix(msg.Subject, subject), ".")
		var p Push
		if found && json.Unmarshal(msg.Data, &p) == nil {
			handle(ids.Key{App: app, ID: id}, p)
		}
	})
}

// subscribe hands on the messages of a subject until the server is closed; handle must
// not wait.
func (h *Hub) subscribe(subject string, handle func(*nats.Msg)) error {
	sub, err := h.engine.NC.Subscribe(subject, handle)
	if err != nil {
		return err
	}
	h.running.Go(func() {
		<-h.ctx.Done()
		_ = sub.Unsubscribe()
	})
	return nil
}

func (p Push) frame() wire.Frame {
	return wire.Frame{Event: p.Event, Data: wire.Raw(p.Data)}
}

// deliver hands the push to one connection, as an item to be written.
func (p Push) deliver(c *Conn, it item) {
	switch {
	case p.Event == SessionEnded:
		p.endSession(c)
	case c.ID != p.Except:
		c.pushEphemeral(it)
	}
}

func (p Push) endSession(c *Conn) {
	switch {
	case p.Session == "" && (p.Kept == "" || p.Kept != c.session):
		c.end(byeSession, accountChanged, 0)
	case p.Session == c.session && c.ID != p.Except:
		c.end(byeSession, loggedOut, 0)
	}
}
