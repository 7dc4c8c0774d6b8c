package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// priorityAtMost bounds how far a chat can go before others, or behind.
const priorityAtMost = 1e6

// createChat makes the creator's one open chat. Its id follows from who asks
// with which request, so that a repeated request finds the same chat.
func (s *Server) createChat(ctx context.Context, c *call) (result, error) {
	p := c.params
	room, lang, source := p.word("room"), p.text("lang"), p.word("source")
	externalID := p.text("externalId")
	priority := p.number("priority", -priorityAtMost, priorityAtMost, 0)
	inside := p.inside("config")
	config := chatConfig{
		HistoryWatch:      p.flag("historyWatch"),
		AssignMaxAttempts: inside.count("assignMaxAttempts", 1, 1000, 0),
		AssignTimeout:     inside.number("assignTimeout", 0.05, 86400, 0),
		Socket:            c.connID != "",
	}
	err := cmp.Or(p.err, inside.err)
	if err == nil {
		err = checkRoom(c.actor.App, room)
	}
	if err == nil && c.user.ID == chat.System {
		err = wire.Errorf(wire.CodeBadRequest, "creator: must be given")
	}
	if err == nil {
		err = cmp.Or(checkText("lang", lang, 128), checkText("externalId", externalID, 256))
	}
	if err != nil {
		return result{}, err
	}
	c.key = chatKey{c.actor.App.ID, stableID(c)}
	history, err := s.importable(c)
	if err != nil {
		return result{}, err
	}
	if err := s.claimChat(ctx, c); err != nil {
		return result{}, err
	}
	data := func(*folded) (wire.Raw, error) {
		user := wire.Raw(c.user.Public())
		o := wire.NewObject(nil).Str("id", c.key.id).Str("status", chat.Waiting.String()).Bool("closed", false).
			Str("creator", c.user.ID).Str("room", room).Str("lang", lang).Raw("source", sourceJSON(source)).
			Float("created", unixSeconds(time.Now())).StrIf("externalId", externalID).Bool("inQueue", s.settings.of(c.key.app).Queue.Active)
		if priority != 0 {
			o.Float("priority", priority)
		}
		settings, err := json.Marshal(config)
		if err != nil {
			return nil, err
		}
		o.Raw("users", wire.AppendArray(nil, []wire.Raw{user}))
		entry := wire.NewObject(nil).Str("chatId", c.key.id).Raw("chat", o.Done()).Raw("user", user).Raw("config", settings)
		if len(history) > 0 {
			entry.Raw("history", importedJSON(c.key.id, 0, history))
		}
		return entry.Done(), nil
	}
	o, err := s.log.Append(ctx, c.key, act{c.user.ID, c.eventID, chat.EventCreate}, data)
	if err != nil {
		return result{}, err
	}
	r := resultOf(o, c.key, func(to audience) *wire.Object {
		return wire.NewObject(nil).Raw("chat", o.state.json(to, allRelated).Done())
	})
	r.upTo = o.state.seq // the snapshot holds all of it
	return r, nil
}

// claimChat holds that a user has one open chat. Whether this very chat exists
// already is asked first: then the request was carried out before.
func (s *Server) claimChat(ctx context.Context, c *call) error {
	look := func(id string) (exists, isOpen bool, err error) {
		_, now, err := s.log.View(ctx, chatKey{c.key.app, id}, 0)
		if isCode(err, wire.CodeNotFound) {
			return false, false, nil
		}
		return err == nil, err == nil && now.chat.Status != chat.Closed && now.includes(c.user.ID), err
	}
	if exists, _, err := look(c.key.id); exists || err != nil {
		return err
	}
	if err := s.members.claim(ctx, c.key.app, c.user.ID, c.key.id, look); err != nil {
		return err
	}
	if err := s.board.announce(ctx, c.key); err != nil {
		return err
	}
	return s.members.add(ctx, c.key, c.user.IsAgent(), c.user.ID, presenceOf(c))
}

// stableID is the same for a request that is repeated, and new for one that has
// no id.
func stableID(c *call) string {
	if c.eventID == "" {
		return NewID()
	}
	sum := sha256.Sum256([]byte(c.actor.App.ID + "\x00" + c.user.ID + "\x00" + c.eventID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}

func checkRoom(app App, room string) error {
	if room == "" {
		return wire.Errorf(wire.CodeBadRequest, "room: must be given and must not be empty")
	}
	if len(app.Rooms) > 0 && !slices.Contains(app.Rooms, room) {
		return wire.Errorf(wire.CodeBadRequest, "room: there is no room %q in app %q", room, app.ID)
	}
	return nil
}

// sourceJSON gives a source that is a number as one, whichever way it came.
func sourceJSON(source string) wire.Raw {
	if n, err := strconv.ParseUint(source, 10, 32); err == nil {
		return strconv.AppendUint(nil, n, 10)
	}
	return wire.AppendString(nil, source)
}

// presenceOf the caller in the chat that is created or joined.
func presenceOf(c *call) presence {
	if c.connID != "" && !c.user.IsAgent() {
		return connects
	}
	return takesPart
}
