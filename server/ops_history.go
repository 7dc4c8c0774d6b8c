package server

import (
	"bufio"
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// maxImported is how many messages of an earlier conversation one request may import.
const maxImported = 1000

// importHistory puts an earlier conversation, such as one with a bot, into the chat.
// The reply has the whole conversation, in the order of SortedByTime; with the parameter brief, only
// the messages of this request, in the order of the log.
func (s *Server) importHistory(ctx context.Context, c *op.Call) (op.Result, error) {
	brief := c.Params.Flag("brief")
	history, err := s.readHistory(c)
	if err == nil && !c.Params.Has("history") {
		err = wire.Errorf(wire.BadArgument, "history: must be given")
	}
	if err = cmp.Or(c.Params.Err, err); err != nil {
		return op.Result{}, err
	}
	if brief {
		o, err := s.appendHistory(ctx, c, history)
		return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
			return wire.NewObject(nil).RawIf("history", wire.Member(o.Record.Data, "history"))
		}), err
	}
	if c.ConnID == "" {
		return s.importStreamed(ctx, c, history)
	}
	o, err := s.appendHistory(ctx, c, history)
	r := op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("history", wire.AppendArray(nil, slices.Collect(importedInto(c, o).Each())))
	})
	r.Memory = op.WholeFrame * o.State.Bytes
	return r, err
}

// importStreamed is importHistory over REST, whose reply is written as it is read. The
// place for it is taken first: a refusal must not come after the import.
func (s *Server) importStreamed(ctx context.Context, c *op.Call, history []chatstate.Imported) (op.Result, error) {
	reading, end, err := s.beginReading(c, len(c.State.Messages))
	if err != nil {
		return op.Result{}, err
	}
	o, err := s.appendHistory(ctx, c, history)
	if err != nil {
		end()
		return op.Result{}, err
	}
	reply := op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object { return wire.NewObject(nil).Raw("history", wire.Raw("[]")) })
	return op.Result{Stream: &op.Stream{
		Header: http.Header{"Content-Type": {jsonType}},
		Begin:  func() (context.Context, func(), error) { return reading, end, nil },
		Write: func(to *bufio.Writer) {
			chatstate.WriteList(to, reply.Data(op.AudienceOf(c.Actor)), importedInto(c, o))
		},
	}}, nil
}

// importedInto is the conversation after an import, as far as it is the caller's to read.
func importedInto(c *op.Call, o chatlog.Outcome) chatstate.Conversation {
	now := o.State
	if !c.Actor.Secret && !now.HasMember(c.User.ID) { // they have left since the request came first
		now = now.Until(o.Record.Seq)
	}
	return now.Conversation().Sorted()
}

func (s *Server) appendHistory(ctx context.Context, c *op.Call, history []chatstate.Imported) (chatlog.Outcome, error) {
	return s.append(ctx, c, chat.EventImport, func(f *chatstate.Folded) (wire.Raw, error) {
		if len(history) == 0 {
			return nil, chatlog.ErrNothing
		}
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).
			Raw("history", chatstate.ImportedJSON(c.Key.ID, len(f.Messages), history, f.Queue.CreatedAt)).Done(), nil
	})
}

// readHistory reads the parameter history, nil if it is absent. It leaves out entries
// that show nothing.
func (s *Server) readHistory(c *op.Call) (history []chatstate.Imported, err error) {
	raw := c.Params.Values["history"]
	if raw == nil {
		return nil, nil
	}
	skipped := 0
	err = wire.Items(raw, func(v wire.Raw) error {
		if len(history)+skipped == maxImported {
			return wire.Errorf(wire.HistoryTooLong, "more than %d entries; send the rest in another request", maxImported)
		}
		p, err := op.ParseParams(v)
		if err != nil {
			return err
		}
		h := chatstate.Imported{Sender: p.RequiredText("sender"), Kind: p.OneOf("type", "text", "object")}
		h.Text, h.Format = p.MessageText(s.options.Limits.MessageLength)
		h.Created = p.Number("created", 0, 1e11, chatstate.Undated)
		if p.Err != nil {
			return p.Err
		}
		if err := ids.CheckText("sender", h.Sender, 128); err != nil {
			return err
		}
		h.Sender = s.importedSender(c, h.Sender)
		if !ids.Visible(h.Text) || h.Format != "" && !chatstate.ShowsHTML(h.Text) {
			skipped++ // such as a bot's message that had only buttons
			return nil
		}
		if h.Kind == "" {
			h.Kind = "text"
		}
		history = append(history, h)
		return nil
	})
	if err != nil {
		return nil, ids.AsError(err).Within("history: entry %d", len(history)+skipped)
	}
	return history, nil
}

// importedSender gives the sender that an imported message gets which names one. From a
// page it may be the caller, who may also be called "user", the assistant, and a bot of
// the app. Anybody else did not say it in this chat, and their name would make believe so.
func (s *Server) importedSender(c *op.Call, named string) string {
	switch {
	case c.Proven(), named == c.User.ID, named == chatstate.Assistant, slices.Contains(s.settings.Of(c.Actor.App.ID).History.Senders, named):
		return named
	case named == "user" && !c.User.IsAgent():
		return c.User.ID
	}
	return chatstate.Earlier
}

// chatHistory gives the conversation: as a reply, or with a format as a file to save.
func (s *Server) chatHistory(_ context.Context, c *op.Call) (op.Result, error) {
	format := strings.TrimPrefix(c.Params.OneOf("format", "json", "csv", "text", "txt", ".json", ".csv", ".txt"), ".")
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	name, kind, write := ".json", jsonType, func(to *bufio.Writer) {
		writeList(to, wire.NewObject(nil).Str("chatId", c.Key.ID).Raw("senders", c.State.Senders()), "history", c.State.Conversation().Sorted())
	}
	switch format {
	case "", "json":
	case "csv":
		name, kind, write = ".csv", "text/csv; charset=utf-8", c.State.WriteCSV
	default:
		name, kind, write = ".txt", "text/plain; charset=utf-8", c.State.WriteTranscript
	}
	result := s.streamed(c, len(c.State.Messages), kind, write)
	if format != "" {
		result.Stream.Header.Set("Content-Disposition", disposition("attachment", "conversation-"+c.Key.ID+name))
	}
	return result, nil
}
