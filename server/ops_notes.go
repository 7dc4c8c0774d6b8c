package server

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/note"
	"parley/server/internal/op"
)

// eventNotes tells agents in a chat that its notes or tags have changed; it is in no log.
const eventNotes = "chats:notes"

// listNotes gives what agents have written down beside a chat.
func (s *Server) listNotes(ctx context.Context, c *op.Call) (op.Result, error) {
	notes, err := s.notes.List(ctx, c.Key)
	if err != nil {
		return op.Result{}, err
	}
	tags, err := s.notes.Tags(ctx, c.Key)
	if err != nil {
		return op.Result{}, err
	}
	return asJSON(map[string]any{"notes": notes, "tags": tags})
}

// addNote adds a note for colleagues. A request with the same event id adds it once.
func (s *Server) addNote(ctx context.Context, c *op.Call) (op.Result, error) {
	text := c.Params.RequiredText("text")
	if err := cmp.Or(c.Params.Err, ids.CheckText("text", text, note.MaxText), mayNote(c)); err != nil {
		return op.Result{}, err
	}
	if !ids.Visible(text) {
		return op.Result{}, wire.Errorf(wire.BadArgument, "text: shows nothing")
	}
	id := ids.New()
	if c.EventID != "" {
		id = ids.Digest(c.User.ID + " " + c.EventID)[:len(id)]
	}
	added, err := s.notes.Add(ctx, c.Key, id, note.Note{By: c.User.ID, ByName: cmp.Or(c.User.Nickname, c.User.Name), Text: text})
	if err != nil {
		return op.Result{}, err
	}
	s.pushNotes(c)
	return asJSON(map[string]any{"note": added})
}

// removeNote removes a note: one of their own, or as a supervisor or with the secret any.
func (s *Server) removeNote(ctx context.Context, c *op.Call) (op.Result, error) {
	if err := s.checkChatFree(ctx, c.Key); err != nil {
		return op.Result{}, err
	}
	err := s.notes.Remove(ctx, c.Key, c.Params.Text("noteId"), func(n note.Note) error {
		if c.Actor.Secret || n.By == c.User.ID || c.User.Role == identity.RoleSupervisor {
			return nil
		}
		return wire.Errorf(wire.NotAllowed, "only supervisors may remove a note that somebody else has written")
	})
	if err == nil {
		s.pushNotes(c)
	}
	return op.Result{}, err
}

// changeTags adds tags to a chat and removes others.
func (s *Server) changeTags(ctx context.Context, c *op.Call) (op.Result, error) {
	add, remove := readTags(c.Params, "add"), readTags(c.Params, "remove")
	if err := cmp.Or(c.Params.Err, mayNote(c)); err != nil {
		return op.Result{}, err
	}
	if len(remove) > 0 {
		if err := s.checkChatFree(ctx, c.Key); err != nil {
			return op.Result{}, err
		}
	}
	tags, err := s.notes.ChangeTags(ctx, c.Key, add, remove)
	if err != nil {
		return op.Result{}, err
	}
	s.pushNotes(c)
	return asJSON(map[string]any{"tags": tags})
}

func readTags(p *op.Params, name string) []string {
	tags, _ := p.Words(name)
	if len(tags) > note.MaxTags {
		p.Fail("%s: %d tags, at most %d are allowed", name, len(tags), note.MaxTags)
		return nil
	}
	for i := range tags {
		var err error
		tags[i], err = note.Tag(name, tags[i])
		p.FailWith(err)
	}
	return tags
}

// mayNote refuses what would be written in the name of a visitor.
func mayNote(c *op.Call) error {
	if !c.ByStaff() {
		return wire.Errorf(wire.NotAllowed, "userId: must be an agent, as visitors have no notes")
	}
	return nil
}

// pushNotes tells the agents in the chat, and the caller's other windows, that there is
// something new to read. Nobody else hears of it.
func (s *Server) pushNotes(c *op.Call) {
	data := json.RawMessage(wire.NewObject(nil).Str("chatId", c.Key.ID).Done())
	told := map[string]bool{c.State.Chat.Creator: true, chat.System: true}
	tell := func(id string) {
		if !told[id] {
			told[id] = true
			s.hub.PushToUser(ids.Key{App: c.Key.App, ID: id}, gateway.Push{Event: eventNotes, Data: data})
		}
	}
	tell(c.User.ID)
	for _, people := range []chat.Users{c.State.Chat.Users, c.State.Chat.Watchers} {
		for _, u := range people {
			tell(u.ID)
		}
	}
}

// asJSON replies with the members of an object.
func asJSON(members map[string]any) (op.Result, error) {
	raw := map[string]wire.Raw{}
	for name, value := range members {
		data, err := json.Marshal(value)
		if err != nil {
			return op.Result{}, err
		}
		raw[name] = data
	}
	return op.Reply(func(o *wire.Object) {
		for _, name := range slices.Sorted(maps.Keys(raw)) {
			o.Raw(name, raw[name])
		}
	}), nil
}
