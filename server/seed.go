package server

import (
	"context"
	"encoding/json"
	"errors"

	"parley/core/wire"
)

// SeedDemo makes the app "demo" with the secret "demo-secret", the rooms "1" and
// "2", open to every origin, and its agents agent1, agent2 and the supervisor
// lead, with the password "demo" each. What is there already stays as it is.
func SeedDemo(ctx context.Context, i *Identity) error {
	app := App{ID: "demo", Name: "Demo", Origins: []string{"*"}, Rooms: []string{"1", "2"}, KeyHash: digest("demo-key")}
	if _, err := i.CreateApp(ctx, app, "demo-secret"); !existsAlready(err) {
		return err
	}
	for _, agent := range []NewAgent{
		{Username: "agent1", Name: "Agent 1", Role: RoleAgent},
		{Username: "agent2", Name: "Agent 2", Role: RoleAgent},
		{Username: "lead", Name: "Lead", Role: RoleSupervisor},
	} {
		agent.Password, agent.Rooms = "demo", app.Rooms
		if _, err := i.addAgent(ctx, app.ID, agent); !existsAlready(err) {
			return err
		}
	}
	return nil
}

// SeedDemoSettings gives the demo app replies for its agents to pick from, and a
// survey. What the app has set already stays as it is.
func (s *Server) SeedDemoSettings(ctx context.Context) error {
	if s.settings.said.get("demo") != nil {
		return nil
	}
	said, err := json.Marshal(map[string]any{"cannedReplies": []CannedReply{
		{"Greeting", "Hello {name}, you are talking to {agent}. How can I help?"},
		{"One moment", "One moment please, I am looking into it."},
		{"Anything else?", "Is there anything else that I can do for you, {name}?"},
		{"Goodbye", "Thank you for the chat, {name}. Have a nice day!"},
	}, "surveys": []Survey{demoSurvey}})
	if err != nil {
		return err
	}
	return s.settings.put(ctx, "demo", said)
}

var demoSurvey = Survey{ID: "1", Title: "How was our chat?", Questions: []SurveyQuestion{
	{ID: "rating", Text: "How satisfied are you with the help you got?", Type: "rating", Required: true},
	{ID: "solved", Text: "Was your question answered?", Type: "choice", Options: []string{"Yes", "Partly", "No"}},
	{ID: "comment", Text: "What could we do better?", Type: "text"},
}}

// HasDemo says whether the demo app is in the data, with its well-known secret.
func HasDemo(ctx context.Context, i *Identity) (bool, error) {
	app, err := i.App(ctx, "demo")
	if unknown := new(wire.Error); errors.As(err, &unknown) {
		return false, nil
	}
	return sameSecret("demo-secret", app.SecretHash), err
}

// existsAlready is true of success too: either way it is there now.
func existsAlready(err error) bool {
	conflict := new(wire.Error)
	return err == nil || errors.As(err, &conflict) && conflict.Code == wire.CodeConflict
}
