package rest

import (
	"parley/server/internal/op"
)

// Credentials as OpenAPI has them: each alternative names what must be there.
var (
	withApp     = []schema{{"appId": []string{}}}
	withSecret  = []schema{{"appId": []string{}, "secret": []string{}}}
	withAdmin   = []schema{{"secret": []string{}}}
	withSession = append([]schema{{"appId": []string{}, "token": []string{}}}, withSecret...)
	inURL       = []schema{
		{"appIdInURL": []string{}, "tokenInURL": []string{}},
		{"appIdInURL": []string{}, "secretInURL": []string{}},
	}
)

// accesses says for each access who it is, and what shows it.
var accesses = [...]struct {
	says     string
	security []schema
}{
	op.AnyApp:             {"whoever may use the app", withApp},
	op.AnySession:         {"a logged-in user, or the app's secret", withSession},
	op.AnyAgent:           {"agents, or the app's secret", withSession},
	op.AppSecret:          {"the app's secret", withSecret},
	op.AdminSecret:        {"the admin secret", withAdmin},
	op.ChatReader:         {"who is or was in the chat or is invited to it, for supervisors, or the app's secret", withSession},
	op.SurveyLink:         {"whoever has a link to the survey", withApp},
	op.ChatVisitor:        {"the visitor of the chat, or the app's secret", withSession},
	op.ChatMember:         {"who is in the chat, or the app's secret", withSession},
	op.MemberOrSupervisor: {"who is in the chat, for supervisors, or the app's secret", withSession},
	op.AgentForChat:       {"agents, or the app's secret, and a chat that exists", withSession},
	op.Supervisor:         {"supervisors", withSession},

	op.AgentInChatOrSupervisor: {"agents who are in the chat, for supervisors, or the app's secret", withSession},
}
