package server

import (
	"bufio"
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

// maxPriority is the highest priority of a chat in a queue; the lowest is its negative.
const maxPriority = 1e6

// newChat is what a request says of the chat that it makes.
type newChat struct {
	room, lang, source, externalID string
	priority                       float64
	config                         chatstate.Config
	history                        []chatstate.Imported
}

// createChat makes the creator's one open chat. Its id follows from the caller and
// the request's id, so that a repeated request finds the same chat.
func (s *Server) createChat(ctx context.Context, c *op.Call) (op.Result, error) {
	n, err := s.readNewChat(c)
	if err != nil {
		return op.Result{}, err
	}
	c.Key = ids.Key{App: c.Actor.App.ID, ID: stableID(c)}
	if err := s.claimChat(ctx, c); err != nil {
		return op.Result{}, err
	}
	act := chatlog.Act{By: c.User.ID, ID: c.EventID, Event: chat.EventCreate}
	o, err := s.log.Append(ctx, c.Key, act, func(*chatstate.Folded) (wire.Raw, error) {
		data, err := s.createData(c, n)
		if err == nil {
			err = s.takeEntry(c, chat.EventCreate, len(data))
		}
		return data, err
	})
	if err != nil {
		return op.Result{}, err
	}
	s.noteCaller(ctx, c)
	r := op.ResultOf(o, c.Key, nil)
	r.UpTo = o.State.Seq // the reply is a snapshot, which has all entries up to there
	if c.ConnID != "" {
		return c.WithChat(r, &o.State, chatstate.Everything), nil
	}
	c.State = o.State // of a request that is repeated the chat may be long
	r.Body = func(to chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("chat", o.State.JSONToFill(to, chatstate.Everything))
	}
	return s.streamed(c, len(o.State.Messages), jsonType, func(out *bufio.Writer) {
		chatstate.WriteList(out, r.Data(op.AudienceOf(c.Actor)), o.State.Conversation())
	}), nil
}

func (s *Server) readNewChat(c *op.Call) (n newChat, err error) {
	p := c.Params
	config := p.Nested("config")
	n = newChat{
		room: p.Word("room"), lang: p.Text("lang"), source: p.Word("source"), externalID: p.Text("externalId"),
		priority: p.Number("priority", -maxPriority, maxPriority, 0),
		config: chatstate.Config{
			HistoryWatch:      p.Flag("historyWatch"),
			AssignMaxAttempts: config.Count("assignMaxAttempts", 1, 1000, 0),
			AssignTimeout:     config.Number("assignTimeout", 0.05, 86400, 0),
			Socket:            c.ConnID != "",
		},
	}
	if err := cmp.Or(p.Err, config.Err); err != nil {
		return n, err
	}
	n.config.AssignTimeout, n.config.AssignMaxAttempts = s.clampTerms(c, n.config.AssignTimeout, n.config.AssignMaxAttempts)
	if err := checkRoom(c.Actor.App, n.room); err != nil {
		return n, err
	}
	if c.User.ID == chat.System {
		return n, wire.Errorf(wire.BadArgument, "creator: must be given")
	}
	if err := cmp.Or(ids.CheckText("lang", n.lang, 128), ids.CheckText("externalId", n.externalID, 256)); err != nil {
		return n, err
	}
	if !c.Proven() {
		n.priority = c.User.Priority // from a proof: else every page would be the first in the queue
	}
	n.history, err = s.readHistory(c)
	return n, err
}

// createData is the data of the chat's first entry.
func (s *Server) createData(c *op.Call, n newChat) (wire.Raw, error) {
	user, now := wire.Raw(c.User.Public()), time.Now()
	config, err := json.Marshal(n.config)
	if err != nil {
		return nil, err
	}
	o := wire.NewObject(nil).Str("id", c.Key.ID).Str("status", chat.Waiting.String()).Bool("closed", false).
		Str("creator", c.User.ID).Str("room", n.room).Str("lang", n.lang).Raw("source", sourceJSON(n.source)).
		Float("created", ids.Unix(now)).Raw("externalId", chatstate.TextOrNull(n.externalID)).
		Bool("inQueue", s.settings.Of(c.Key.App).Queue.Active)
	if n.priority != 0 {
		o.Float("priority", n.priority)
	}
	o.Raw("users", wire.AppendArray(nil, []wire.Raw{user}))
	entry := wire.NewObject(nil).Str("chatId", c.Key.ID).Raw("chat", o.Done()).Raw("user", user).Raw("config", config)
	if len(n.history) > 0 {
		entry.Raw("history", chatstate.ImportedJSON(c.Key.ID, 0, n.history, ids.Unix(now)))
	}
	return entry.Done(), nil
}

// claimChat makes the chat the user's one open chat, or refuses it because they have
// another. Its visitor is silent no longer. It claims nothing if the chat exists: then
// the request is a repeated one.
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
	if err := s.chats.Add(ctx, c.Key); err != nil {
		return err
	}
	if err := s.board.Announce(ctx, c.Key); err != nil {
		return err
	}
	if err := s.members.Add(ctx, c.Key, c.User.IsAgent(), c.User.ID, attendanceOf(c)); err != nil {
		return err
	}
	return s.identity.Keep(ctx, ids.Key{App: c.Key.App, ID: c.User.ID}) // last: who makes them silent again looks for chats after that
}

// stableID is the id of the chat that a request makes: the same when the request is
// repeated, a random one if the request has no id.
func stableID(c *op.Call) string {
	if c.EventID == "" {
		return ids.New()
	}
	sum := sha256.Sum256([]byte(c.Actor.App.ID + "\x00" + c.User.ID + "\x00" + c.EventID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}

// checkRoom refuses a room that the app does not have. An app without a list of rooms
// accepts any.
func checkRoom(app identity.App, room string) error {
	if room == "" {
		return wire.Errorf(wire.BadArgument, "room: must be given and must not be empty")
	}
	if len(app.Rooms) > 0 && !slices.Contains(app.Rooms, room) {
		return wire.Errorf(wire.BadArgument, "room: there is no room %q in app %q", room, app.ID)
	}
	return nil
}

// sourceJSON gives a source that is a whole number as a number, also if it came as text.
func sourceJSON(source string) wire.Raw {
	if n, err := strconv.ParseUint(source, 10, 32); err == nil {
		return strconv.AppendUint(nil, n, 10)
	}
	return wire.AppendString(nil, source)
}

// attendanceOf says how the caller is in the chat that they make or join.
func attendanceOf(c *op.Call) index.Attendance {
	if c.ConnID != "" {
		return index.Connects
	}
	return index.TakesPart
}
