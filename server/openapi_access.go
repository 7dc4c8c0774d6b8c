package server

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
	accessApp:     {"whoever may use the app", withApp},
	accessSession: {"a logged-in user, or the app's secret", withSession},
	accessAgent:   {"agents, or the app's secret", withSession},
	accessSecret:  {"the app's secret", withSecret},
	accessAdmin:   {"the admin secret", withAdmin},
	accessChat:    {"who is or was in the chat or is invited to it, for supervisors, or the app's secret", withSession},
	accessLink:    {"whoever has a link to the survey", withApp},
	accessVisitor: {"the visitor of the chat, or the app's secret", withSession},
	accessMember:  {"who is in the chat, or the app's secret", withSession},
	accessHost:    {"who is in the chat, for supervisors, or the app's secret", withSession},
	accessDesk:    {"agents, or the app's secret, and a chat that exists", withSession},
	accessLead:    {"supervisors", withSession},

	accessColleague: {"agents who are in the chat, for supervisors, or the app's secret", withSession},
}
