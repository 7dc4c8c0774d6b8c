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
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/op"
)

// priorityAtMost bounds how far a chat can go before others, or behind.
const priorityAtMost = 1e6

// createChat makes the creator's one open chat. Its id follows from who asks
// with which request, so that a repeated request finds the same chat.
func (s *Server) createChat(ctx context.Context, c *op.Call) (op.Result, error) {
	p := c.Params
	room, lang, source := p.Word("room"), p.Text("lang"), p.Word("source")
	externalID := p.Text("externalId")
	priority := p.Number("priority", -priorityAtMost, priorityAtMost, 0)
	inside := p.Nested("config")
	config := chatstate.Config{
		HistoryWatch:      p.Flag("historyWatch"),
		AssignMaxAttempts: inside.Count("assignMaxAttempts", 1, 1000, 0),
		AssignTimeout:     inside.Number("assignTimeout", 0.05, 86400, 0),
		Socket:            c.ConnID != "",
	}
	err := cmp.Or(p.Err, inside.Err)
	if err == nil {
		err = checkRoom(c.Actor.App, room)
	}
	if err == nil && c.User.ID == chat.System {
		err = wire.Errorf(wire.CodeBadRequest, "creator: must be given")
	}
	if err == nil {
		err = cmp.Or(ids.CheckText("lang", lang, 128), ids.CheckText("externalId", externalID, 256))
	}
	if err != nil {
		return op.Result{}, err
	}
	c.Key = ids.Key{App: c.Actor.App.ID, ID: stableID(c)}
	history, err := s.importable(c)
	if err != nil {
		return op.Result{}, err
	}
	if err := s.claimChat(ctx, c); err != nil {
		return op.Result{}, err
	}
	data := func(*chatstate.Folded) (wire.Raw, error) {
		user := wire.Raw(c.User.Public())
		o := wire.NewObject(nil).Str("id", c.Key.ID).Str("status", chat.Waiting.String()).Bool("closed", false).
			Str("creator", c.User.ID).Str("room", room).Str("lang", lang).Raw("source", sourceJSON(source)).
			Float("created", ids.Unix(time.Now())).StrIf("externalId", externalID).Bool("inQueue", s.settings.Of(c.Key.App).Queue.Active)
		if priority != 0 {
			o.Float("priority", priority)
		}
		settings, err := json.Marshal(config)
		if err != nil {
			return nil, err
		}
		o.Raw("users", wire.AppendArray(nil, []wire.Raw{user}))
		entry := wire.NewObject(nil).Str("chatId", c.Key.ID).Raw("chat", o.Done()).Raw("user", user).Raw("config", settings)
		if len(history) > 0 {
			entry.Raw("history", importedJSON(c.Key.ID, 0, history))
		}
		return entry.Done(), nil
	}
	o, err := s.log.Append(ctx, c.Key, chatlog.Act{By: c.User.ID, ID: c.EventID, Event: chat.EventCreate}, data)
	if err != nil {
		return op.Result{}, err
	}
	r := op.ResultOf(o, c.Key, func(to chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("chat", o.State.JSON(to, chatstate.Everything).Done())
	})
	r.UpTo = o.State.Seq // the snapshot holds all of it
	return r, nil
}

// claimChat holds that a user has one open chat. Whether this very chat exists
// already is asked first: then the request was carried out before.
func (s *Server) claimChat(ctx context.Context, c *op.Call) error {
	look := func(id string) (exists, isOpen bool, err error) {
		_, now, err := s.log.View(ctx, ids.Key{App: c.Key.App, ID: id}, 0)
		if ids.IsCode(err, wire.CodeNotFound) {
			return false, false, nil
		}
		return err == nil, err == nil && now.Chat.Status != chat.Closed && now.HasMember(c.User.ID), err
	}
	if exists, _, err := look(c.Key.ID); exists || err != nil {
		return err
	}
	if err := s.members.Claim(ctx, c.Key.App, c.User.ID, c.Key.ID, look); err != nil {
		return err
	}
	if err := s.board.Announce(ctx, c.Key); err != nil {
		return err
	}
	return s.members.Add(ctx, c.Key, c.User.IsAgent(), c.User.ID, presenceOf(c))
}

// stableID is the same for a request that is repeated, and new for one that has
// no id.
func stableID(c *op.Call) string {
	if c.EventID == "" {
		return ids.New()
	}
	sum := sha256.Sum256([]byte(c.Actor.App.ID + "\x00" + c.User.ID + "\x00" + c.EventID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}

func checkRoom(app identity.App, room string) error {
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
func presenceOf(c *op.Call) index.Attendance {
	if c.ConnID != "" && !c.User.IsAgent() {
		return index.Connects
	}
	return index.TakesPart
}
