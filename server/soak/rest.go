package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// rest makes a request with the demo app's secret. base is the server itself, so that it
// does not pass the proxy.
func rest(ctx context.Context, base, method, path string, body, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	text, err := exchange(ctx, method, base+"/v1"+path, sent)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// get downloads a file.
func get(ctx context.Context, base, path string) ([]byte, error) {
	return exchange(ctx, "GET", base+"/v1"+path, nil)
}

func exchange(ctx context.Context, method, url string, sent []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	r.Header.Set("x-hyper-appId", "demo")
	r.Header.Set("x-hyper-secret", "demo-secret")
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, url, got.Status, text)
	}
	return text, err
}

// account is a user with a session.
type account struct {
	User    struct{ ID string }
	Session struct{ Token string }
}

// message is a message in a chat's log.
type message struct {
	ID, Sender string
	Message    any
}

// logOf gives the messages in a chat's log.
func logOf(ctx context.Context, base, chatID string) ([]message, error) {
	var log struct{ Messages []message }
	err := rest(ctx, base, "GET", "/chats/"+chatID+"/messages", struct{}{}, &log)
	return log.Messages, err
}
