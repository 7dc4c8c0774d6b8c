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
func (s *Server) importHistory(ctx context.Context, c *call) (result, error) {
	brief := c.params.flag("brief")
	history, err := s.importable(c)
	if err == nil && !c.params.has("history") {
		err = wire.Errorf(wire.CodeBadRequest, "history: must be given")
	}
	if err != nil {
		return result{}, err
	}
	o, err := s.append(ctx, c, chat.EventImport, func(f *folded) (wire.Raw, error) {
		if len(history) == 0 {
			return nil, errNothing
		}
		return wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).
			Raw("history", importedJSON(c.key.id, len(f.messages), history)).Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	return resultOf(o, c.key, func(audience) *wire.Object {
		if brief {
			return wire.NewObject(nil).RawIf("history", member(o.record.Data, "history"))
		}
		return wire.NewObject(nil).Raw("history", wire.AppendArray(nil, merged(o.state.history())))
	}), nil
}

// importedJSON makes messages of the entries, the first at index.
func importedJSON(chatID string, index int, history []imported) wire.Raw {
	messages := make([]wire.Raw, len(history))
	for i, h := range history {
		messages[i] = messageJSON(chatID, index+i, h.sender, h.kind, h.text, h.created).Bool("imported", true).Done()
	}
	return wire.AppendArray(nil, messages)
}

// importable reads the earlier conversation that a request brings.
func (s *Server) importable(c *call) (history []imported, err error) {
	raw := c.params.values["history"]
	if raw == nil {
		return nil, nil
	}
	now := time.Now()
	err = wire.Items(raw, func(v wire.Raw) error {
		if len(history) == importedAtMost {
			return wire.Errorf(wire.CodeTooLarge, "it has more than %d entries", importedAtMost)
		}
		p, err := parseParams(v)
		if err != nil {
			return err
		}
		h := imported{sender: p.need("sender"), kind: p.oneOf("type", "text", "object"), text: p.text("message")}
		h.created = p.number("created", 0, 1e11, unixSeconds(now))
		if h.created > unixSeconds(now.Add(clocksDiffer)) {
			p.fail("created: %.0f lies in the future; it is unix seconds", h.created)
		}
		if p.err != nil {
			return p.err
		}
		if err := checkText("sender", h.sender, 128); err != nil {
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
		refused := asError(err)
		return nil, wire.Errorf(refused.Code, "history: entry %d: %s", len(history), refused.Message)
	}
	return history, nil
}

// chatHistory gives the conversation: as an answer, or in the format asked for as
// a file to save.
func (s *Server) chatHistory(_ context.Context, c *call) (result, error) {
	format := c.params.oneOf("format", "json", "csv", "text", "txt")
	if c.params.err != nil {
		return result{}, c.params.err
	}
	conversation := func(o *wire.Object) {
		o.Str("chatId", c.key.id).Raw("history", wire.AppendArray(nil, merged(c.state.history())))
	}
	var name, kind string
	var content []byte
	var err error
	switch format {
	case "":
		return answer(conversation), nil
	case "json":
		name, kind = ".json", "application/json; charset=utf-8"
		o := wire.NewObject(nil)
		conversation(o)
		content = o.Done()
	case "csv":
		name, kind = ".csv", "text/csv; charset=utf-8"
		content, err = c.state.csv()
	default:
		name, kind = ".txt", "text/plain; charset=utf-8"
		content, err = c.state.transcript()
	}
	return result{file: &file{content: io.NopCloser(bytes.NewReader(content)), header: http.Header{
		"Content-Type":        {kind},
		"Content-Length":      {strconv.Itoa(len(content))},
		"Content-Disposition": {disposition("attachment", "conversation-"+c.key.id+name)},
		"Cache-Control":       {"no-store"},
	}}}, err
}
