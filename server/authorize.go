package server

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// facts are what a rule decides on. Which of them are known depends on the rule's scope.
type facts struct {
	*op.Call
	chat *chatstate.Folded
}

// scope is what a rule asks about. Each scope but serverScope needs an app;
// chatScope needs the acting user too.
type scope int

const (
	serverScope scope = iota // the credentials alone
	appScope                 // the app that the credentials are for
	linkScope                // the survey or the file that the link is to
	userScope                // the user who acts
	chatScope                // the chat that the call is about, and its state
)

// relation is a reason why a caller may do something.
type relation struct {
	name  string
	holds func(*facts) bool
}

var (
	anybody     = relation{"anybody", func(*facts) bool { return true }}
	adminSecret = relation{"the admin secret", func(f *facts) bool { return f.Actor.Admin }}
	appSecret   = relation{"the app's secret", func(f *facts) bool { return f.Actor.Secret }}
	agent       = relation{"an agent", func(f *facts) bool { return f.User.IsAgent() }}
	supervisor  = relation{"a supervisor", func(f *facts) bool { return f.User.Role == identity.RoleSupervisor }}

	ownSession = relation{"an agent by their session", func(f *facts) bool {
		return f.User.IsAgent() && f.Session != "" && f.User.ID == f.Actor.User.ID
	}}

	creator     = relation{"the chat's visitor", func(f *facts) bool { return f.User.ID == f.State.Chat.Creator }}
	participant = relation{"a participant", func(f *facts) bool { return f.State.Chat.Users.Has(f.User.ID) }}
	watcher     = relation{"a watcher", func(f *facts) bool { return f.State.Chat.Watchers.Has(f.User.ID) }}
	everMember  = relation{"a member, also a former one", func(f *facts) bool { return f.chat.WasMember(f.User.ID) }}
	roomAgent   = relation{"an agent of its room", func(f *facts) bool { return serves(f.User, chatstate.RoomOf(f.State.Chat)) }}
	waitedFor   = relation{"an agent for whom it waits", func(f *facts) bool {
		return f.State.Chat.Status != chat.Active && roomAgent.holds(f) // of a closed one they hear that it is
	}}
	agentInChat = relation{"an agent in the chat", func(f *facts) bool { return agent.holds(f) && participant.holds(f) }}
	invited     = relation{"the invited agent", func(f *facts) bool {
		return f.State.Round.Pending && f.State.Round.Invited.Agent.ID == f.User.ID
	}}
)

// rule says who may do something: any caller to whom one of the relations applies.
type rule struct {
	scope       scope
	allowed     []relation
	former      bool   // also who has left the chat: to them it is as it was when they left
	afterLogout bool   // also with the token of a session that has ended; such operations change nothing
	lead        bool   // supervisors may name another user, as the app's secret may
	refusal     string // message of the 403; {user} and {chat} are replaced by the ids
}

const notInChat = "user {user} is not in chat {chat}"

// rules has the rule of each access level.
var rules = map[op.Access]rule{
	op.AdminSecret: {scope: serverScope, allowed: []relation{adminSecret}, refusal: "needs the admin secret"},

	op.AnyApp:    {scope: appScope, allowed: []relation{anybody}},
	op.AppSecret: {scope: appScope, allowed: []relation{appSecret}, refusal: "needs the app's secret"},

	op.AppSecretForChat: {scope: chatScope, allowed: []relation{appSecret}, refusal: "needs the app's secret"},

	op.SurveyLink:    {scope: linkScope, allowed: []relation{anybody}},
	op.SignedAddress: {scope: linkScope, allowed: []relation{anybody}},

	op.AnySession:       {scope: userScope, allowed: []relation{anybody}},
	op.UserOrSupervisor: {scope: userScope, allowed: []relation{anybody}, lead: true},
	op.AnyAgent:         {scope: userScope, allowed: []relation{appSecret, agent}, refusal: "only agents may do this"},
	op.OwnAccount:       {scope: userScope, allowed: []relation{ownSession}, refusal: "only agents may do this, with their session"},
	op.AnySupervisor:    {scope: userScope, allowed: []relation{appSecret, supervisor}, refusal: "only supervisors may do this"},

	op.ChatReader: {
		scope: chatScope, allowed: []relation{appSecret, supervisor, invited, creator, participant, watcher}, former: true,
		afterLogout: true, refusal: notInChat,
	},
	op.ChatVisitor: {
		scope: chatScope, allowed: []relation{appSecret, creator}, afterLogout: true, refusal: "only the visitor of chat {chat} may do this",
	},
	op.ChatMember: {scope: chatScope, allowed: []relation{appSecret, creator, participant, watcher}, refusal: notInChat}, op.ChatBlocker: {
		scope: chatScope, allowed: []relation{appSecret, agentInChat, supervisor, waitedFor}, refusal: "only agents of the chat may do this",
	},
	op.ChatCloser:   {scope: chatScope, allowed: []relation{appSecret, creator, participant, supervisor, waitedFor}, refusal: notInChat},
	op.AgentForChat: {scope: chatScope, allowed: []relation{appSecret, creator, participant, agent}, refusal: "only agents may do this"},
	op.ChatJoiner: {
		scope: chatScope, allowed: []relation{appSecret, creator, participant, invited, roomAgent, supervisor},
		refusal: "only agents of its room may join chat {chat}",
	},
	op.AgentInChatOrSupervisor: {
		scope: chatScope, allowed: []relation{appSecret, agentInChat, supervisor}, refusal: "only agents in the chat and supervisors may do this",
	},
	op.Supervisor: {scope: chatScope, allowed: []relation{supervisor}, refusal: "only supervisors may do this"},
}

// allows says whether one of the rule's relations applies.
func (r rule) allows(f *facts) bool {
	return slices.ContainsFunc(r.allowed, func(of relation) bool { return of.holds(f) })
}

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
	if err := s.establish(ctx, operation, r, &f); err != nil {
		return err
	}
	if !r.allows(&f) && !(r.former && f.leftBehind()) && !f.done(operation) {
		refusal := strings.NewReplacer("{user}", c.User.ID, "{chat}", c.Key.ID).Replace(r.refusal)
		return wire.Errorf(wire.NotAllowed, "%s", refusal)
	}
	return s.checkBlocks(operation, c)
}

// checkBlocks refuses a visitor who is blocked. A program with the secret has an address of
// its own, which says nothing about the visitor for whom it speaks.
func (s *Server) checkBlocks(operation *op.Operation, c *op.Call) error {
	if !operation.Reaches() || c.ByStaff() {
		return nil
	}
	client := c.Client
	if c.Actor.Secret {
		client = netip.Addr{}
	}
	return s.blocks.Check(c.Actor.App.ID, c.User.ID, client)
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
// connection's requests, then refuse to write while the store cannot take it.
func (s service) Admit(ctx context.Context, operation *op.Operation, c *op.Call) error {
	if err := s.authorize(ctx, operation, c); err != nil {
		return err
	}
	if keepsOrder(operation, c) {
		if err := c.Order.Admit(c.Key, c.EventID); err != nil {
			return err
		}
	}
	if !operation.Writes {
		return nil
	}
	if s.engine.Failing() != nil {
		return ids.ErrUnavailable("the server's store cannot be written to now")
	}
	if operation.Reserve || c.ByStaff() {
		return nil
	}
	return s.roomForVisitors()
}

// fullRetryAfter is when visitors may try again on a full store, in seconds. An operator
// has to make room first.
const fullRetryAfter = 60

// roomForVisitors refuses what visitors write while only the reserve of the store is left.
func (s *Server) roomForVisitors() error {
	if s.engine.OnlyReserve() {
		full := wire.Errorf(wire.StoreFull, "the server's store is full but for its reserve; try again later")
		full.RetryAfter = fullRetryAfter
		return full
	}
	return nil
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
	if res, err = operation.Do(ctx, c); err == nil {
		err = c.Params.Err
	}
	return res, err
}

// DoTogether carries out calls of one connection about one chat, which Admit has allowed,
// as Do would one after the other.
func (s service) DoTogether(ctx context.Context, operation *op.Operation, calls []*op.Call) []op.Answer {
	ctx, stop := s.engine.Writing(ctx)
	defer stop()
	answers := operation.Together(ctx, calls)
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
		return build(f)
	})
}
