package server

import (
	"encoding/json"
	"strings"

	"github.com/nats-io/nats.go"

	"parley/core/wire"
)

// Subjects of what is in no log: for who has a chat open, and for a user.
const (
	liveSubject = "parley.live."
	userSubject = "parley.user."
)

// whisper is a push that is in no log. It reaches the connections of every node,
// once or not at all.
type whisper struct {
	Except  string          `json:"except,omitempty"` // connection that does not get it
	Session string          `json:"session,omitempty"`
	Event   string          `json:"event"`
	Data    json.RawMessage `json:"data"`
	UpTo    uint64          `json:"upTo,omitempty"` // position of the chat that its sender was at
}

// sessionEnded is no push: it ends the connections of the Session it names, or of
// all of the user's if it names none.
const sessionEnded = "session:ended"

// loggedOut is the reason that is given to them.
const loggedOut = "logged out"

func (h *hub) whisperToChat(key chatKey, w whisper) { h.send(liveSubject, key, w) }
func (h *hub) whisperToUser(key chatKey, w whisper) { h.send(userSubject, key, w) }

func (h *hub) send(subject string, key chatKey, w whisper) {
	data, err := json.Marshal(w)
	if err == nil {
		err = h.engine.NC.Publish(subject+key.app+"."+key.id, data)
	}
	if err != nil {
		h.options.Logger.Warn("whisper not sent", "event", w.Event, "error", err)
	}
}

// listen hands whispers to this node's connections.
func (h *hub) listen() error {
	for _, subject := range []string{liveSubject, userSubject} {
		sub, err := h.engine.NC.Subscribe(subject+">", func(msg *nats.Msg) {
			app, id, found := strings.Cut(strings.TrimPrefix(msg.Subject, subject), ".")
			var w whisper
			if !found || json.Unmarshal(msg.Data, &w) != nil {
				return
			}
			if subject == liveSubject {
				it := item{frame: w.frame(), chatID: id, upTo: w.UpTo}
				h.chatConns(chatKey{app, id}, func(c *conn) { w.hand(c, it) })
			} else {
				h.userConns(chatKey{app, id}, func(c *conn) { w.hand(c, item{frame: w.frame()}) })
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

func (w whisper) frame() wire.Frame {
	return wire.Frame{Event: w.Event, Data: wire.Raw(w.Data)}
}

func (w whisper) hand(c *conn, it item) {
	switch {
	case w.Event == sessionEnded:
		switch {
		case w.Session == "":
			c.end(byeSession, "the account was changed", 0)
		case w.Session == c.session && c.id != w.Except:
			c.end(byeSession, loggedOut, 0)
		}
	case c.id != w.Except:
		c.whisper(it)
	}
}
