package server

import (
	"slices"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
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
	agentInChat   = relation{"an agent in the chat", func(f *facts) bool { return agent.holds(f) && participant.holds(f) }}
	agentOfClosed = relation{"an agent who was in it, if it is closed", func(f *facts) bool {
		return f.State.Chat.Status == chat.Closed && agent.holds(f) && everMember.holds(f)
	}}
	everInvited = relation{"an agent who was ever invited", func(f *facts) bool {
		return slices.Contains(f.State.EverInvited(), f.User.ID)
	}}
	invited = relation{"the invited agent", func(f *facts) bool {
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

	op.SettingsSecret: {
		scope: appScope, allowed: []relation{appSecret},
		refusal: "needs the app's secret: supervisors change assignment (but its bounds), cannedReplies, languages, queue, rooms, surveys, tags and window alone",
	},
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
	op.Invitee: {
		scope: chatScope, allowed: []relation{appSecret, roomAgent, agentInChat, supervisor, everInvited},
		refusal: "only agents who were invited to chat {chat}, or of its room, may do this",
	},
	op.ChatJoiner: {
		scope: chatScope, allowed: []relation{appSecret, creator, participant, invited, roomAgent, supervisor},
		refusal: "only agents of its room may join chat {chat}",
	},
	op.AgentInChatOrSupervisor: {
		scope: chatScope, allowed: []relation{appSecret, agentInChat, supervisor}, refusal: "only agents in the chat and supervisors may do this",
	},
	op.ChatStaff: {
		scope: chatScope, allowed: []relation{appSecret, agentInChat, supervisor, agentOfClosed}, refusal: "only agents of the chat may do this",
	},
	op.Supervisor: {scope: chatScope, allowed: []relation{supervisor}, refusal: "only supervisors may do this"},
}

// allows says whether one of the rule's relations applies.
func (r rule) allows(f *facts) bool {
	return slices.ContainsFunc(r.allowed, func(of relation) bool { return of.holds(f) })
}
