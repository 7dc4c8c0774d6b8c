package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// Bounds of an earlier conversation that comes into a chat.
const (
	importedAtMost = 1000            // entries at once
	clocksDiffer   = 5 * time.Minute // how far ahead the clock of who imports may be
)

// imported is an entry of an earlier conversation.
type imported struct {
	sender, kind, text string
	created            float64
}

// importHistory puts an earlier conversation, such as one with a bot, into the
// chat. The answer is the whole conversation, by time, or with brief what was
// imported now, as the log has it.
func (s *Server) importHistory(ctx context.Context, c *op.Call) (op.Result, error) {
	brief := c.Params.Flag("brief")
	history, err := s.importable(c)
	if err == nil && !c.Params.Has("history") {
		err = wire.Errorf(wire.CodeBadRequest, "history: must be given")
	}
	if err != nil {
		return op.Result{}, err
	}
	o, err := s.append(ctx, c, chat.EventImport, func(f *chatstate.Folded) (wire.Raw, error) {
		if len(history) == 0 {
			return nil, chatlog.ErrNothing
		}
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).
			Raw("history", importedJSON(c.Key.ID, len(f.Messages), history)).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		if brief {
			return wire.NewObject(nil).RawIf("history", chatstate.JSONMember(o.Record.Data, "history"))
		}
		return wire.NewObject(nil).Raw("history", wire.AppendArray(nil, chatstate.SortedByTime(o.State.History())))
	}), nil
}

// importedJSON makes messages of the entries, the first at index.
func importedJSON(chatID string, index int, history []imported) wire.Raw {
	messages := make([]wire.Raw, len(history))
	for i, h := range history {
		messages[i] = chatstate.MessageJSON(chatID, index+i, h.sender, h.kind, h.text, h.created).Bool("imported", true).Done()
	}
	return wire.AppendArray(nil, messages)
}

// importable reads the earlier conversation that a request brings.
func (s *Server) importable(c *op.Call) (history []imported, err error) {
	raw := c.Params.Values["history"]
	if raw == nil {
		return nil, nil
	}
	now := time.Now()
	err = wire.Items(raw, func(v wire.Raw) error {
		if len(history) == importedAtMost {
			return wire.Errorf(wire.CodeTooLarge, "it has more than %d entries", importedAtMost)
		}
		p, err := op.ParseParams(v)
		if err != nil {
			return err
		}
		h := imported{sender: p.RequiredText("sender"), kind: p.OneOf("type", "text", "object"), text: p.Text("message")}
		h.created = p.Number("created", 0, 1e11, ids.Unix(now))
		if h.created > ids.Unix(now.Add(clocksDiffer)) {
			p.Fail("created: %.0f lies in the future; it is unix seconds", h.created)
		}
		if p.Err != nil {
			return p.Err
		}
		if err := ids.CheckText("sender", h.sender, 128); err != nil {
			return err
		}
		if err := s.checkMessage("message", h.text); err != nil {
			return err
		}
		if h.kind == "" {
			h.kind = "text"
		}
		history = append(history, h)
		return nil
	})
	if err != nil {
		refused := ids.AsError(err)
		return nil, wire.Errorf(refused.Code, "history: entry %d: %s", len(history), refused.Message)
	}
	return history, nil
}

// chatHistory gives the conversation: as an answer, or in the format asked for as
// a file to save.
func (s *Server) chatHistory(_ context.Context, c *op.Call) (op.Result, error) {
	format := c.Params.OneOf("format", "json", "csv", "text", "txt")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	conversation := func(o *wire.Object) {
		o.Str("chatId", c.Key.ID).Raw("history", wire.AppendArray(nil, chatstate.SortedByTime(c.State.History())))
	}
	var name, kind string
	var content []byte
	var err error
	switch format {
	case "":
		return op.Reply(conversation), nil
	case "json":
		name, kind = ".json", "application/json; charset=utf-8"
		o := wire.NewObject(nil)
		conversation(o)
		content = o.Done()
	case "csv":
		name, kind = ".csv", "text/csv; charset=utf-8"
		content, err = c.State.CSV()
	default:
		name, kind = ".txt", "text/plain; charset=utf-8"
		content, err = c.State.Transcript()
	}
	return op.Result{File: &op.File{Content: io.NopCloser(bytes.NewReader(content)), Header: http.Header{
		"Content-Type":        {kind},
		"Content-Length":      {strconv.Itoa(len(content))},
		"Content-Disposition": {disposition("attachment", "conversation-"+c.Key.ID+name)},
		"Cache-Control":       {"no-store"},
	}}}, err
}
