package server

import (
	"context"
	"encoding/json"

	"parley/server/internal/identity"
	"parley/server/internal/settings"
)

// SeedDemo makes the demo app and its agents. What is there already stays as it is.
func SeedDemo(ctx context.Context, i *Identity) error { return identity.SeedDemo(ctx, i) }

// HasDemo says whether the demo app is in the data, with its well-known secret.
func HasDemo(ctx context.Context, i *Identity) (bool, error) { return identity.HasDemo(ctx, i) }

// SeedDemoSettings gives the demo app replies for its agents to pick from, and a
// survey. What the app has set already stays as it is.
func (s *Server) SeedDemoSettings(ctx context.Context) error {
	if s.settings.HasSet("demo") {
		return nil
	}
	said, err := json.Marshal(map[string]any{"cannedReplies": []settings.CannedReply{
		{Title: "Greeting", Text: "Hello {name}, you are talking to {agent}. How can I help?"},
		{Title: "One moment", Text: "One moment please, I am looking into it."},
		{Title: "Anything else?", Text: "Is there anything else that I can do for you, {name}?"},
		{Title: "Goodbye", Text: "Thank you for the chat, {name}. Have a nice day!"},
	}, "surveys": []settings.Survey{demoSurvey}})
	if err != nil {
		return err
	}
	return s.settings.Put(ctx, "demo", said)
}

var demoSurvey = settings.Survey{ID: "1", Title: "How was our chat?", Questions: []settings.SurveyQuestion{
	{ID: "rating", Text: "How satisfied are you with the help you got?", Type: "rating", Required: true},
	{ID: "solved", Text: "Was your question answered?", Type: "choice", Options: []string{"Yes", "Partly", "No"}},
	{ID: "comment", Text: "What could we do better?", Type: "text"},
}}
