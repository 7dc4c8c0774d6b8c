package client

import (
	"context"

	"parley/core"
	"parley/core/wire"
)

// command asks the loop to make an input with a call number. Its outcome is sent to
// done, which has a buffer for it.
type command struct {
	make func(core.Call) (core.Input, error)
	done chan<- outcome
}

type outcome struct {
	value wire.Raw
	err   error
}

// call gives a command to the loop and waits for its outcome. The error is a
// *wire.Error if the command was refused, ctx's error if ctx ended first, or
// ErrClosed. A message is sent even if its caller no longer waits.
func (c *Client) call(ctx context.Context, input func(core.Call) (core.Input, error)) (wire.Raw, error) {
	done := make(chan outcome, 1)
	select {
	case c.commands <- command{input, done}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.life.Done():
		return nil, ErrClosed
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.life.Done():
		return nil, ErrClosed
	}
}

func (c *Client) ask(ctx context.Context, input func(core.Call) core.Input) (wire.Raw, error) {
	return c.call(ctx, func(call core.Call) (core.Input, error) { return input(call), nil })
}

// Init makes the client ready for an app, and restores the stored session, if there
// is one.
func (c *Client) Init(ctx context.Context, app core.App) error {
	_, err := c.call(ctx, func(call core.Call) (core.Input, error) {
		session, outbox, err := c.options.Store.Load()
		return core.Init{Call: call, App: app, Stored: session, Outbox: outbox}, err
	})
	return err
}

// API makes a REST call, such as "GET", "/agents/available", and gives the JSON of
// the response; a response that is not JSON is given as a JSON string. The path has
// the query, if any. The body is JSON or nil.
func (c *Client) API(ctx context.Context, method, path string, body wire.Raw) (wire.Raw, error) {
	value, err := c.ask(ctx, func(call core.Call) core.Input {
		return core.API{Call: call, Method: method, Path: path, Body: body}
	})
	return wire.Member(value, "data"), err
}

// Login opens a session and gives the user's profile.
func (c *Client) Login(ctx context.Context, id, token string) (user wire.Raw, err error) {
	value, err := c.ask(ctx, func(call core.Call) core.Input { return core.Login{Call: call, ID: id, Token: token} })
	return wire.Member(value, "user"), err
}

// Logout ends the session and the calls that wait. It closes no chat.
func (c *Client) Logout(ctx context.Context) error {
	_, err := c.ask(ctx, func(call core.Call) core.Input { return core.Logout{Call: call} })
	return err
}

// NewChat has the properties of a new chat. The server has defaults for empty ones.
type NewChat struct {
	Room, Lang, Source, ExternalID string
	HistoryWatch                   bool
	History                        wire.Raw // an array of entries that the chat begins with
	Config                         core.Config
}

// CreateChat creates a chat, keeps it up to date from then on, and gives its id.
func (c *Client) CreateChat(ctx context.Context, n NewChat) (chatID string, err error) {
	data := wire.NewObject(nil).Str("room", n.Room).Str("lang", n.Lang).Str("source", n.Source).
		StrIf("externalId", n.ExternalID).Bool("historyWatch", n.HistoryWatch).RawIf("history", n.History)
	if n.Config != (core.Config{}) {
		config := wire.NewObject(nil)
		if n.Config.AssignMaxAttempts != 0 {
			config.Int("assignMaxAttempts", int64(n.Config.AssignMaxAttempts))
		}
		if n.Config.AssignTimeout != "" {
			config.Raw("assignTimeout", wire.Raw(n.Config.AssignTimeout))
		}
		data.Raw("config", config.Done())
	}
	value, err := c.ask(ctx, func(call core.Call) core.Input {
		return core.CreateChat{Call: call, Data: data.Done(), Config: n.Config}
	})
	if err != nil {
		return "", err
	}
	return wire.String(value)
}

// LoadChat gets a chat from the server and keeps it up to date from then on. The
// chat itself comes as a core.OpenChat event.
func (c *Client) LoadChat(ctx context.Context, chatID string, config core.Config) error {
	_, err := c.ask(ctx, func(call core.Call) core.Input { return core.LoadChat{Call: call, ChatID: chatID, Config: config} })
	return err
}

// SearchAgent asks for an agent. Algorithm "" is the server's default. The answer has
// an "agent" if one was invited.
func (c *Client) SearchAgent(ctx context.Context, chatID, algorithm string) (wire.Raw, error) {
	return c.ask(ctx, func(call core.Call) core.Input {
		return core.SearchAgent{Call: call, ChatID: chatID, Algorithm: algorithm}
	})
}

// Sent is a message that the server has.
type Sent struct {
	EventID   string // the id of the request
	MessageID string
	Message   wire.Raw // the whole message
}

// SendMessage sends text and returns when the server has it. The message is stored
// and sent again after each reconnect, so that only ctx limits the wait.
func (c *Client) SendMessage(ctx context.Context, chatID, text string) (Sent, error) {
	value, err := c.ask(ctx, func(call core.Call) core.Input { return core.SendMessage{Call: call, ChatID: chatID, Text: text} })
	if err != nil {
		return Sent{}, err
	}
	s := Sent{Message: wire.Member(value, "message")}
	if s.EventID, err = wire.String(wire.Member(value, "eventId")); err != nil {
		return s, err
	}
	s.MessageID, err = wire.String(wire.Member(s.Message, "id"))
	return s, err
}

// Retry sends a pending message at once, or a refused one again and then waits as
// SendMessage does.
func (c *Client) Retry(ctx context.Context, eventID string) error {
	_, err := c.ask(ctx, func(call core.Call) core.Input { return core.Retry{Call: call, EventID: eventID} })
	return err
}

// Discard gives up a message that waits for a connection or was refused. One that
// may have reached the server is an error with code 409.
func (c *Client) Discard(ctx context.Context, eventID string) error {
	_, err := c.ask(ctx, func(call core.Call) core.Input { return core.Discard{Call: call, EventID: eventID} })
	return err
}

// ReadMessage marks a message as read, and gives the answer.
func (c *Client) ReadMessage(ctx context.Context, chatID, messageID string) (wire.Raw, error) {
	return c.ask(ctx, func(call core.Call) core.Input {
		return core.ReadMessage{Call: call, ChatID: chatID, MessageID: messageID}
	})
}

// SendActivity tells the others about typing: "writing", "stop-writing" or
// "not-writing".
func (c *Client) SendActivity(ctx context.Context, chatID, activity string) error {
	_, err := c.ask(ctx, func(call core.Call) core.Input { return core.SendActivity{Call: call, ChatID: chatID, Type: activity} })
	return err
}

// CloseChat closes a chat for everyone in it. extraData is an object or nil.
func (c *Client) CloseChat(ctx context.Context, chatID string, extraData wire.Raw) error {
	_, err := c.ask(ctx, func(call core.Call) core.Input {
		return core.CloseChat{Call: call, ChatID: chatID, ExtraData: extraData}
	})
	return err
}

// SendEvent makes any request by its wire name, such as "agents:available", and
// gives the answer's data.
func (c *Client) SendEvent(ctx context.Context, event string, data wire.Raw) (wire.Raw, error) {
	return c.ask(ctx, func(call core.Call) core.Input { return core.SendEvent{Call: call, Event: event, Data: data} })
}
