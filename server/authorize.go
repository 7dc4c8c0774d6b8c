package server

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// done says whether the chat's log has this very request: then it may be answered again,
// also to a user who is in the chat no longer.
func (f *facts) done(operation *op.Operation) bool {
	return f.chat != nil && f.chat.DoneAs(f.User.ID, f.EventID, operation.Event)
}

// leftBehind tells whether the caller was in the chat and has left it, and leaves them of
// the chat what it was until then: what is said behind their back is not theirs to read.
// The visitor's chat stays theirs.
func (f *facts) leftBehind() bool {
	left := f.chat.LeftAt(f.User.ID)
	if left == 0 {
		return f.chat.WasMember(f.User.ID) // they have come back meanwhile
	}
	f.State, f.Left = f.State.Until(left), true
	return true
}

// authorize is the one place that decides who may do what. It completes the call
// with the acting user, the chat and the survey link, as far as the operation's
// rule asks about them.
func (s *Server) authorize(ctx context.Context, operation *op.Operation, c *op.Call) error {
	r, known := rules[operation.AccessOf(c.Params)]
	if !known {
		return op.ErrInternal
	}
	return s.judge(ctx, operation, r, c)
}

func (s *Server) judge(ctx context.Context, operation *op.Operation, r rule, c *op.Call) error {
	f := facts{Call: c}
	if err := checkScope(operation, c.Actor); err != nil {
		return err
	}
	if err := s.establish(chatlog.ReadBy(ctx, c.Reader()), operation, r, &f); err != nil {
		return err
	}
	if err := checkScopeForAgent(operation, c); err != nil {
		return err
	}
	if !r.allows(&f) && !(r.former && f.leftBehind()) && !f.done(operation) {
		refusal := strings.NewReplacer("{user}", c.User.ID, "{chat}", c.Key.ID).Replace(r.refusal)
		return wire.Errorf(wire.NotAllowed, "%s", refusal)
	}
	return s.checkBlocks(operation, c)
}

// checkBlocks refuses a visitor who is blocked. A program with the secret has an address of
// its own, which says nothing about the visitor for whom it speaks, and may describe any.
func (s *Server) checkBlocks(operation *op.Operation, c *op.Call) error {
	describes := c.Actor.Secret && operation.Counts == limit.Updates
	if !operation.Reaches(c.Params) || c.ByStaff() || describes {
		return nil
	}
	var clients []netip.Addr
	if !c.Actor.Secret {
		clients = append(slices.Clone(c.Rivals), c.Client)
	}
	return s.blocks.Check(c.Actor.App.ID, c.User.ID, clients)
}

// establish finds the facts that are in the rule's scope.
func (s *Server) establish(ctx context.Context, operation *op.Operation, r rule, f *facts) (err error) {
	if r.scope == serverScope {
		return nil
	}
	if err := checkApp(operation, f.Call); err != nil {
		return err
	}
	if f.Actor.Ended && !f.Actor.Secret && !r.afterLogout {
		return errLoggedOut
	}
	if r.scope == linkScope {
		return s.openLink(operation, f.Call)
	}
	if r.scope >= userScope {
		if err := s.findUser(ctx, r, f.Call); err != nil {
			return err
		}
	}
	if r.scope == chatScope {
		f.chat, err = s.findChat(ctx, operation, f.Call)
	}
	return err
}

var errLoggedOut = wire.Errorf(wire.SessionEnded, "the session has ended: its token only reads the user's own chats, for a while")

// checkApp refuses a call without an app, and one whose path names another app than
// the credentials.
func checkApp(operation *op.Operation, c *op.Call) error {
	own := c.Actor.App.ID
	if own == "" {
		return wire.Errorf(wire.UnknownApp, "the app id is missing: send it as x-hyper-appId")
	}
	if named := c.Params.Text("appId"); strings.HasPrefix(operation.Path, "/apps/{appId}") && named != own {
		return wire.Errorf(wire.WrongApp, "the credentials are for app %q, not for %q", own, named)
	}
	return nil
}

// findUser sets the acting user: the session's. Only the app's secret may act for
// other users, or for none; where the rule says so, supervisors may name others.
func (s *Server) findUser(ctx context.Context, r rule, c *op.Call) error {
	named := ""
	for _, name := range []string{"userId", "sender", "senderId", "creator"} {
		if id := c.Params.Text(name); id != "" && named == "" {
			named = id
		}
	}
	if c.Params.Err != nil {
		return c.Params.Err
	}
	switch own := c.Actor.User; {
	case own.ID != "" && (named == "" || named == own.ID):
		c.User = own
	case !c.Actor.Secret && own.ID == "":
		return errNoSession
	case !c.Actor.Secret && !(r.lead && own.Role == identity.RoleSupervisor):
		return wire.Errorf(wire.WrongUser, "the session is of user %s, not of %q", own.ID, named)
	case named == "" || named == chat.System:
		c.User = identity.User{ID: chat.System}
	default:
		var err error
		c.User, err = s.identity.User(ctx, c.Actor.App.ID, named)
		return err
	}
	return nil
}

var errNoSession = wire.Errorf(wire.NotLoggedIn, "needs a session: send its token as x-hyper-token")

// findChat sets the chat that the call is about, and its state.
func (s *Server) findChat(ctx context.Context, operation *op.Operation, c *op.Call) (*chatstate.Folded, error) {
	id, err := chatID(operation, c)
	if c.Params.Err != nil {
		return nil, c.Params.Err
	}
	if err != nil {
		return nil, err
	}
	if ids.Check("", id) != nil {
		return nil, chatlog.ErrUnknownChat(id)
	}
	c.Key = ids.Key{App: c.Actor.App.ID, ID: id}
	f, now, err := s.log.View(ctx, c.Key, 0)
	c.State = now
	return f, err
}

// chatID reads the id of the call's chat, if need be from the id of a message, file
// or ticket, which begins with it. What is wrong with the parameters is in Params.Err.
func chatID(operation *op.Operation, c *op.Call) (id string, err error) {
	switch {
	case operation.Event == chat.EventRead:
		messageID := c.Params.RequiredText("messageId")
		id, _ = chatstate.SplitMessageID(messageID)
		if given := c.Params.Text("chatId"); given != "" && given != id {
			c.Params.Fail("messageId: message %q is not in chat %q", messageID, given)
		}
		return id, nil
	case operation.IsAboutFile():
		file := mediaID(c)
		if id = chatstate.ChatOfPart(file); id == "" {
			return "", media.ErrUnknownFile(file)
		}
		return id, nil
	case operation.Access == op.ChatVisitor:
		ticket := ticketID(c)
		if id = chatstate.ChatOfPart(ticket); id == "" {
			return "", errUnknownTicket(ticket)
		}
		return id, nil
	}
	return c.Params.RequiredText("chatId"), nil
}

// mayServe says whether the caller may see the chats that wait in a room: agents of
// the room, supervisors, and the app's secret when it acts for no user.
func mayServe(c *op.Call, room string) bool {
	return c.Actor.Secret && c.User.ID == chat.System || c.User.Role == identity.RoleSupervisor || serves(c.User, room)
}

// serves tells whether somebody is an agent of a room.
func serves(u identity.User, room string) bool {
	return u.IsAgent() && (len(u.Rooms) == 0 || slices.Contains(u.Rooms, room))
}

// service is the Server as gateway and rest call it (gateway.Service).
type service struct{ *Server }

// Admit tells whether a call may be carried out now: authorize, then keep the order of a
// connection's requests, then refuse to write while the store cannot take it, and count
// last.
func (s service) Admit(ctx context.Context, operation *op.Operation, c *op.Call) error {
	if err := s.authorize(ctx, operation, c); err != nil {
		return err
	}
	if keepsOrder(operation, c) {
		if err := c.Order.Admit(c.Key, c.EventID); err != nil {
			return err
		}
	}
	if operation.Writes {
		if err := s.mayWrite(operation, c); err != nil {
			return err
		}
	}
	return s.takeOf(operation, c)
}

func keepsOrder(operation *op.Operation, c *op.Call) bool {
	return c.Order != nil && operation.KeepsOrder()
}

// Do carries out an operation if Admit allows it.
func (s service) Do(ctx context.Context, operation *op.Operation, c *op.Call) (res op.Result, err error) {
	if keepsOrder(operation, c) {
		defer func() { c.Order.Ended(c.Key, c.EventID, err) }()
	}
	if err = s.Admit(ctx, operation, c); err != nil {
		return op.Result{}, err
	}
	if operation.Writes {
		var stop context.CancelFunc
		ctx, stop = s.engine.Writing(ctx)
		defer stop()
	}
	if res, err = operation.Do(chatlog.ReadBy(ctx, c.Reader()), c); err == nil {
		err = c.Params.Err
	}
	if act := audited[operation.Name()]; act != "" && err == nil {
		s.noteAct(ctx, act, operation, c)
	}
	return res, err
}

// DoTogether carries out calls of one connection about one chat, which Admit has allowed,
// as Do would one after the other.
func (s service) DoTogether(ctx context.Context, operation *op.Operation, calls []*op.Call) []op.Answer {
	ctx, stop := s.engine.Writing(ctx)
	defer stop()
	answers := operation.Together(chatlog.ReadBy(ctx, calls[0].Reader()), calls)
	for i, c := range calls {
		err := answers[i].Err
		c.Order.Ended(c.Key, c.EventID, err)
		if !ids.MustRepeat(err) {
			continue
		}
		answers = answers[:i+1]
		for _, later := range calls[i+1:] { // also one with the same id waits until that is sent again
			answers = append(answers, op.Answer{Err: cmp.Or(later.Order.Admit(later.Key, later.EventID), err)})
		}
		break
	}
	return answers
}

// Answered notes how requests were answered (gateway.Service).
func (s service) Answered(a op.Answered) {
	if s.options.Metrics != nil {
		s.options.Metrics.Answered(a.Transport, a.Operation, a.Code, a.Requests, a.Took)
	}
	if a.Took >= s.options.Slow {
		line := []any{
			"operation", a.Operation, "transport", a.Transport, "code", a.Code, "took", a.Took.Round(time.Millisecond).String(),
			"requests", a.Requests, "requestId", a.RequestID,
		}
		if a.TraceID != "" {
			line = append(line, "traceId", a.TraceID)
		}
		s.options.Logger.Warn("slow", line...)
	}
}

// entryBuilder makes the data of an entry from the chat as it is just before the entry.
// It is called again if another entry came first.
type entryBuilder = func(*chatstate.Folded) (wire.Raw, error)

// append appends an entry by the acting user to the call's chat, if the chat allows it
// and has room for it. A repeated request finds the entry of the first time.
func (s *Server) append(ctx context.Context, c *op.Call, event string, build entryBuilder) (chatlog.Outcome, error) {
	act := chatlog.Act{By: c.User.ID, ID: c.EventID, Event: event}
	return s.log.Append(ctx, c.Key, act, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := s.mayAppend(c, &f.State, event, 0); err != nil {
			return nil, err
		}
		data, err := build(f)
		if err == nil {
			err = s.takeEntry(c, event, len(data))
		}
		return data, err
	})
}
