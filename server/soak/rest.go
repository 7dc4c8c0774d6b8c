package main

import (
	"context"

	"parley/server/drive"
)

// demo makes requests with the demo app's secret. base is the server itself, so that they do
// not pass the proxy.
func demo(base string) drive.API { return drive.API{Base: base, App: "demo", Secret: "demo-secret"} }

// message is a message in a chat's log.
type message struct {
	ID, Sender string
	Message    any
}

// logOf gives the messages in a chat's log.
func logOf(ctx context.Context, base, chatID string) ([]message, error) {
	var log struct{ Messages []message }
	err := demo(base).Ask(ctx, "GET", "/chats/"+chatID+"/messages", struct{}{}, &log)
	return log.Messages, err
}
