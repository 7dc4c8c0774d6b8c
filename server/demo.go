package server

import (
	"context"
	"encoding/json"

	"parley/server/internal/identity"
	"parley/server/internal/settings"
)

// SeedDemo makes the demo app and its agents. It leaves those that exist as they are.
func SeedDemo(ctx context.Context, i *Identity) error { return identity.SeedDemo(ctx, i) }

// HasDemo says whether the data has the demo app, whose secret everybody knows.
func HasDemo(ctx context.Context, i *Identity) (bool, error) { return identity.HasDemo(ctx, i) }

// SeedDemoSettings gives the demo app canned replies, a survey, and the widest bounds of
// what pages may ask for, as things are tried out there. It does nothing if the app has
// settings.
func (s *Server) SeedDemoSettings(ctx context.Context) error {
	if s.settings.HasSet("demo") {
		return nil
	}
	values, err := json.Marshal(map[string]any{"cannedReplies": []settings.CannedReply{
		{Title: "Greeting", Text: "Hello {name}, you are talking to {agent}. How can I help?"},
		{Title: "One moment", Text: "One moment please, I am looking into it."},
		{Title: "Anything else?", Text: "Is there anything else that I can do for you, {name}?"},
		{Title: "Goodbye", Text: "Thank you for the chat, {name}. Have a nice day!"},
	}, "surveys": []settings.Survey{demoSurvey}, "assignment": map[string]any{
		"bounds": settings.AssignmentBounds{MinTimeout: 0.05, MaxTimeout: 86400, MaxAttempts: 1000},
	}})
	if err != nil {
		return err
	}
	return s.settings.Put(ctx, "demo", values)
}

var demoSurvey = settings.Survey{ID: "1", Title: "How was our chat?", Questions: []settings.SurveyQuestion{
	{ID: "rating", Text: "How satisfied are you with the help you got?", Type: "rating", Required: true},
	{ID: "solved", Text: "Was your question answered?", Type: "choice", Options: []string{"Yes", "Partly", "No"}},
	{ID: "comment", Text: "What could we do better?", Type: "text"},
}}
