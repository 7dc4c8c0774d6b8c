package server

import (
	"context"
	"encoding/json"
)

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
