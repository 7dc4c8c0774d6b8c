package gateway

import (
	"encoding/json"
	"strings"

	"github.com/nats-io/nats.go"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Subjects of what is in no log: for who has a chat open, and for a user.
const (
	liveSubject = "parley.live."
	userSubject = "parley.user."
)

// Push is a push that is in no log. It reaches the connections of every node,
// once or not at all.
type Push struct {
	Except  string          `json:"except,omitempty"` // connection that does not get it
	Session string          `json:"session,omitempty"`
	Event   string          `json:"event"`
	Data    json.RawMessage `json:"data"`
	UpTo    uint64          `json:"upTo,omitempty"` // position of the chat that its sender was at
}

// SessionEnded is no push: it ends the connections of the Session it names, or of
// all of the user's if it names none.
const SessionEnded = "session:ended"

// loggedOut is the reason that is given to them.
const loggedOut = "logged out"

func (h *Hub) PushToChat(key ids.Key, w Push) { h.publish(liveSubject, key, w) }
func (h *Hub) PushToUser(key ids.Key, w Push) { h.publish(userSubject, key, w) }

func (h *Hub) publish(subject string, key ids.Key, w Push) {
	data, err := json.Marshal(w)
	if err == nil {
		err = h.engine.NC.Publish(subject+key.App+"."+key.ID, data)
	}
	if err != nil {
		h.options.Logger.Warn("whisper not sent", "event", w.Event, "error", err)
	}
}

// listen hands whispers to this node's connections.
func (h *Hub) listen() error {
	for _, subject := range []string{liveSubject, userSubject} {
		sub, err := h.engine.NC.Subscribe(subject+">", func(msg *nats.Msg) {
			app, id, found := strings.Cut(strings.TrimPrefix(msg.Subject, subject), ".")
			var w Push
			if !found || json.Unmarshal(msg.Data, &w) != nil {
				return
			}
			if subject == liveSubject {
				it := item{frame: w.frame(), chatID: id, upTo: w.UpTo}
				h.chatConns(ids.Key{App: app, ID: id}, func(c *Conn) { w.deliver(c, it) })
			} else {
				h.userConns(ids.Key{App: app, ID: id}, func(c *Conn) { w.deliver(c, item{frame: w.frame()}) })
			}
		})
		if err != nil {
			return err
		}
		h.running.Add(1)
		go func() {
			defer h.running.Done()
			<-h.ctx.Done()
			_ = sub.Unsubscribe()
		}()
	}
	return h.engine.NC.Flush()
}

func (w Push) frame() wire.Frame {
	return wire.Frame{Event: w.Event, Data: wire.Raw(w.Data)}
}

func (w Push) deliver(c *Conn, it item) {
	switch {
	case w.Event == SessionEnded:
		switch {
		case w.Session == "":
			c.end(ByeSession, "the account was changed", 0)
		case w.Session == c.session && c.ID != w.Except:
			c.end(ByeSession, loggedOut, 0)
		}
	case c.ID != w.Except:
		c.pushEphemeral(it)
	}
}
