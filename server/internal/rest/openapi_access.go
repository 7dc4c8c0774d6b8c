package rest

import "parley/server/internal/op"

// Security requirements: alternatives, each with the security schemes that it needs.
var (
	withApp     = []schema{{"appId": []string{}}}
	withSecret  = []schema{{"appId": []string{}, "secret": []string{}}}
	withAdmin   = []schema{{"secret": []string{}}}
	withSession = append([]schema{{"appId": []string{}, "token": []string{}}}, withSecret...)
)

// accesses says for each access who may call, and with which credentials.
var accesses = [...]struct {
	who      string
	security []schema
}{
	op.AnyApp:           {"anyone who names the app", withApp},
	op.AnySession:       {"logged-in users, or the app's secret", withSession},
	op.UserOrSupervisor: {"logged-in users about themselves; supervisors and the app's secret about others too", withSession},
	op.AnyAgent:         {"agents, or the app's secret", withSession},
	op.AppSecret:        {"the app's secret", withSecret},
	op.AdminSecret:      {"the admin secret", withAdmin},
	op.SignedAddress:    {"anyone who has a signed address of the file", withApp},
	op.AppSecretForChat: {"the app's secret; the chat must exist", withSecret},
	op.OwnAccount:       {"agents, about themselves", withSession[:1]},
	op.AnySupervisor:    {"supervisors, or the app's secret", withSession},
	op.ChatReader:       {"members of the chat, past ones up to where they left it, the agent invited to it, supervisors, or the app's secret", withSession},
	op.SurveyLink:       {"anyone who has a link to the survey", withApp},
	op.ChatVisitor:      {"the visitor of the chat, or the app's secret", withSession},
	op.ChatMember:       {"members of the chat, or the app's secret", withSession},
	op.ChatBlocker:      {"agents who are in the chat, agents of its room while it waits, supervisors, or the app's secret", withSession},
	op.ChatCloser:       {"members of the chat, supervisors, agents of its room while it waits, or the app's secret", withSession},
	op.AgentForChat:     {"agents and members of the chat, or the app's secret; the chat must exist", withSession},
	op.Invitee:          {"agents who were invited to the chat, are in it or of its room, supervisors, or the app's secret", withSession},
	op.ChatJoiner:       {"agents of the chat's room, the agent invited to it, supervisors, members, or the app's secret", withSession},
	op.Supervisor:       {"supervisors; the chat must exist", withSession},

	op.AgentInChatOrSupervisor: {"agents who are in the chat, supervisors, or the app's secret", withSession},

	op.ChatStaff: {"agents who are in the chat, those who were in it once it is closed, supervisors, or the app's secret", withSession},
}
