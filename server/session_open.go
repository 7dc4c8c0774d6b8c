package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// Open carries out session:open: it finds out who connects, and in which chats they
// are. These are live from then on, each from the position that the client has seen.
func (s service) Open(ctx context.Context, c *gateway.Conn, p *op.Params) (op.Result, error) {
	appID, token := p.RequiredText("appId"), p.RequiredText("token")
	seen, err := lastSeen(p.Object("chats"))
	inParts := p.Flag("inParts")
	if err = errors.Join(p.Err, err); err != nil {
		return op.Result{}, ids.AsError(err)
	}
	actor, first, err := s.startSession(ctx, c, appID, token)
	if err != nil {
		return op.Result{}, err
	}
	ctx = chatlog.ReadBy(ctx, c.Reader())
	chatIDs, err := s.members.Chats(ctx, appID, actor.User.IsAgent(), actor.User.ID)
	if err != nil {
		return op.Result{}, err
	}
	chatIDs = slices.AppendSeq(chatIDs, maps.Keys(seen))
	slices.Sort(chatIDs)
	o := opening{inParts: inParts, replies: map[string]func(chatstate.Audience) wire.Raw{}}
	for _, id := range slices.Compact(chatIDs) {
		key := ids.Key{App: appID, ID: id}
		r, err := s.resume(ctx, &op.Call{Actor: actor, User: actor.User, Client: c.Client, Key: key}, seen[id], inParts)
		if err != nil {
			return op.Result{}, err
		}
		if _, named := seen[id]; named && r.reply == nil {
			if err := s.takeUnknown(actor, c.Sender); err != nil {
				return op.Result{}, err
			}
		}
		o.add(id, &r)
		if r.asVisitor() {
			s.dispatcher.SendPosition(c, key)
		}
		if first && r.takesPart() { // the others were told that the user had lost the connection
			s.dispatcher.PushActivity(r.now, key, actor.User.ID, "not-writing", c.ID)
		}
	}
	if o.Memory > op.WholeFrame*wholeHistories && !inParts {
		return op.Result{}, wire.Errorf(wire.BadArgument, "inParts: must be true for conversations of more than %d bytes", wholeHistories)
	}
	s.dispatcher.SendInvitations(ctx, c)
	s.options.Metrics.SessionOpened(len(seen) > 0)
	o.Opens = true
	o.Body = func(to chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("user", wire.Raw(actor.User.Own())).Raw("chats", o.chats(to)).
			Raw("limits", s.limits().Raw("media", s.mediaRules(appID)).Done()).Int("now", time.Now().UnixMilli())
	}
	return o.Result, nil
}

// opening is the reply to session:open as it grows.
type opening struct {
	op.Result
	inParts bool
	replies map[string]func(chatstate.Audience) wire.Raw // by chat
}

func (o *opening) add(id string, r *resumption) {
	if r.live {
		o.Live = append(o.Live, op.LiveFrom{ChatID: id, Cursor: r.cursor})
	}
	if r.reply == nil {
		return
	}
	o.replies[id] = r.reply
	o.Before = append(o.Before, r.before...)
	if o.inParts { // they are written one after the other
		o.Memory = max(o.Memory, r.bytes)
	} else {
		o.Memory += op.WholeFrame * r.bytes
	}
}

func (o *opening) chats(to chatstate.Audience) wire.Raw {
	all := wire.NewObject(nil)
	for _, id := range slices.Sorted(maps.Keys(o.replies)) {
		all.Raw(id, o.replies[id](to))
	}
	return all.Done()
}

// wholeHistories is how many bytes of conversations the reply to session:open may have that
// is one frame.
const wholeHistories = 64 << 20

// startSession gives the connection to the user whose token it is; first says that
// it is their only one on this node. From then on the connection gets what happens
// in the user's chats, so that it misses none that is made while they are looked for.
func (s *Server) startSession(ctx context.Context, c *gateway.Conn, appID, token string) (actor identity.Actor, first bool, err error) {
	actor, err = s.identity.Authenticate(ctx, identity.Credentials{AppID: appID, Token: token, Origin: c.Origin, Host: c.Host})
	if err == nil && actor.Ended {
		err = errLoggedOut
	}
	if err != nil {
		return actor, false, err
	}
	first, err = c.SetSession(actor, ids.Digest(token))
	if err == nil && actor.User.IsAgent() {
		err = s.dispatcher.AgentConnected(ctx, c.UserKey())
	}
	return actor, first, err
}

// takeUnknown counts a chat that a client names, and that is not the user's, as a request:
// looking for it costs as much.
func (s service) takeUnknown(a identity.Actor, sender address.Sender) error {
	caller := s.CallerOf(a, sender)
	for _, count := range []limit.Count{{Kind: limit.Requests, Scope: caller.Scope}, {Kind: limit.Frames, Scope: limit.Address}} {
		if refused := s.meter.TakeFor(count, caller); refused != nil {
			return refusalOf(refused)
		}
	}
	return nil
}

// maxNamed is how many chats session:open may name.
const maxNamed = 1000

// lastSeen reads, for each chat that the client has, the position of the last entry
// that it has seen.
func lastSeen(raw wire.Raw) (map[string]uint64, error) {
	seen := map[string]uint64{}
	if raw == nil {
		return seen, nil
	}
	err := wire.Members(raw, func(id string, v wire.Raw) error {
		seq, err := wire.Uint(v)
		if err != nil {
			return wire.Errorf(wire.BadArgument, "chats: the position in chat %q %s", id, err)
		}
		if seq > 0 {
			seen[id] = seq
		}
		if len(seen) > maxNamed {
			return wire.Errorf(wire.BadArgument, "chats: there may be %d", maxNamed)
		}
		return nil
	})
	return seen, err
}

// resumption is a chat for a user who opens a connection. The zero value is a chat
// that is not theirs.
type resumption struct {
	user   identity.User
	now    chatstate.State
	seen   uint64 // position that the client has seen last, 0 if it does not have the chat
	everIn bool   // the user is or was in the chat
	reply  func(to chatstate.Audience) wire.Raw
	before []chatstate.EarlierHistory // parts of the history that go before the reply
	bytes  int64                      // of the chat, if the reply has its history
	live   bool                       // what happens after cursor is delivered
	cursor uint64
}

// closed says whether the chat is closed.
func (r *resumption) closed() bool { return r.now.Chat.Status == chat.Closed }

// in says whether the user is in the chat, also as a watcher.
func (r *resumption) in() bool { return r.now.HasMember(r.user.ID) }

// leftOut says whether the reply does not have the chat: the user was never in it;
// or the client does not have it, and it is closed or the user has left it.
func (r *resumption) leftOut() bool {
	return !r.everIn || r.seen == 0 && (r.closed() || !r.in())
}

// asVisitor says whether the user is the visitor of the chat, and it is open.
func (r *resumption) asVisitor() bool {
	return r.in() && !r.closed() && r.now.Chat.Creator == r.user.ID && !r.user.IsAgent()
}

// takesPart says whether the user is in the chat, not as a watcher, and it is open.
func (r *resumption) takesPart() bool { return !r.closed() && r.now.Chat.Users.Has(r.user.ID) }

// endsHere says whether nothing can happen in the chat that the user gets: they have
// left it, or it is closed and has its ticket, which is its last entry.
func (r *resumption) endsHere() bool {
	return !r.in() || r.closed() && r.now.Ticketed
}

// goOn sets the reply of a chat that goes on after the entry that the client has seen
// last. It reports whether that is possible: the log must have that entry, the user
// must have been shown it, and have been in the chat then.
func (r *resumption) goOn(to chatstate.Audience) bool {
	if !r.now.ShowsEntry(to, r.seen) {
		return false
	}
	past := r.now.At(r.seen)
	if !chatstate.InChat(past.Chat, r.user.ID) {
		return false
	}
	r.reply = fixed(past.JSON(to, chatstate.Related{Users: true, Watchers: true}).Bool("resumed", true).Done())
	r.live, r.cursor = true, r.seen
	return true
}

// fixed is a reply that is made now.
func fixed(reply wire.Raw) func(chatstate.Audience) wire.Raw {
	return func(chatstate.Audience) wire.Raw { return reply }
}

// startOver sets the reply of a chat that the client gets as it is now, with its history.
// In parts that is loaded when it is written: load gives the chat again.
func (r *resumption) startOver(to chatstate.Audience, inParts bool, load func() (chatstate.State, error)) {
	r.bytes, r.live, r.cursor = r.now.Bytes, !r.endsHere(), r.now.Seq
	now := r.now
	if !inParts {
		r.reply = func(to chatstate.Audience) wire.Raw {
			return now.JSON(to, chatstate.Everything).Bool("resumed", false).Done()
		}
		return
	}
	before, write := now.HistoryInParts(chatstate.Everything)
	for _, e := range before {
		r.before = append(r.before, e.Loaded(load))
	}
	r.reply = fixed(write(to).Bool("resumed", false).Done())
}

// resume finds how a chat goes on for a user who opens a connection. A visitor who
// was away is in the chat again.
func (s *Server) resume(ctx context.Context, c *op.Call, seen uint64, inParts bool) (r resumption, err error) {
	key, u := c.Key, c.User
	if ids.Check("", key.ID) != nil {
		return resumption{}, nil
	}
	f, now, err := s.log.ViewFor(ctx, key, seen)
	if ids.IsCode(err, wire.CodeNotFound) { // announced and not made yet, or made in vain, or removed
		return s.gone(ctx, key, seen)
	}
	if err == nil && now.Away && now.Chat.Creator == u.ID {
		if err = s.takeReturn(c); err == nil {
			now, err = s.dispatcher.Rejoin(ctx, key, u)
		}
	}
	if err != nil {
		return resumption{}, err
	}
	r = resumption{user: u, now: now, seen: seen, everIn: f.WasMember(u.ID)}
	left := f.LeftAt(u.ID)
	if r.in() || u.ID == now.Chat.Creator || u.Role == identity.RoleSupervisor {
		left = 0
	}
	if left != 0 {
		r.now = now.Until(left)
	}
	if r.leftOut() {
		if r.closed() {
			err = s.members.Remove(ctx, key, u.IsAgent(), u.ID)
		}
		return resumption{}, err
	}
	if !r.closed() && (r.in() && u.IsAgent() || r.asVisitor() && !now.Config.Socket) { // came in over REST; from now on they can be away
		if err := s.members.Connect(ctx, key, u.IsAgent(), u.ID); err != nil {
			return resumption{}, err
		}
	}
	if to := chatstate.AudienceOf(u.IsAgent()); !r.goOn(to) {
		r.startOver(to, inParts, func() (chatstate.State, error) { return s.chatAgain(ctx, key, r.now.Seq, left) })
	}
	return r, nil
}

// chatAgain gives a chat at a position or later, after the call for which it is read; to who has left it, as it was at left.
func (s *Server) chatAgain(by context.Context, key ids.Key, atLeast, left uint64) (chatstate.State, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(by), ids.OperationWithin)
	defer stop()
	now, err := s.log.Follows(ctx, key, atLeast)
	if err == nil && left != 0 {
		now = now.Until(left)
	}
	return now, err
}

// gone is the resumption of a chat that does not exist. A client that has one which was
// removed gets an empty chat in its place, and so forgets it.
func (s *Server) gone(ctx context.Context, key ids.Key, seen uint64) (resumption, error) {
	now, err := s.log.Follows(ctx, key, 0)
	if seen == 0 || !now.Removed {
		if ids.IsCode(err, wire.CodeNotFound) {
			err = nil
		}
		return resumption{}, err
	}
	return resumption{now: now, seen: seen, reply: fixed(chatstate.NoChat(key.ID, now.Seq))}, nil
}

// Disconnected notes that a user's last connection to this node is gone.
func (s service) Disconnected(u identity.User, user ids.Key, chats []ids.Key) {
	if u.IsAgent() {
		s.agents.Disconnected(s.ctx, user, s.presenceFailed)
	}
	s.users.Disconnected(user, u.IsAgent(), chats)
}

// VisitorReturned brings a visitor back into a chat that counts them as gone although
// they are connected: they were gone while they connected.
func (s service) VisitorReturned(key ids.Key, u identity.User) { s.dispatcher.OnVisitorBack(key, u) }
