package server

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/note"
	"parley/server/internal/op"
	"parley/server/internal/routing"
)

// Bounds of a search for words, beside those of a page: how many chats are read for one page,
// and how many words there may be.
const (
	maxSearched = 100
	maxWords    = 10
)

// closedSearch is what closed chats are looked for by. What is zero does not matter.
type closedSearch struct {
	name, tag string
	words     []string
	read      int   // chats that were read for their words
	bytes     int64 // of these
}

// listClosed gives a page of the archive, latest first. next is there if there are more; it
// is the before of the next page. A search says how far it has looked, as a page of it may
// have few chats, or none, when there are more.
func (s *Server) listClosed(ctx context.Context, c *op.Call, filter routing.ChatFilter, before uint64, limit int) (op.Result, error) {
	agent, search, until, err := s.readSearch(c, filter)
	if err != nil {
		return op.Result{}, err
	}
	page, err := s.archive.Page(ctx, index.ArchiveList(c.Actor.App.ID, agent), index.Wanted{
		Room: filter.Room, From: before, Limit: limit, Since: filter.Since, Until: until,
		Fits: func(id string, archived wire.Raw) (fits, more bool, err error) {
			return s.fitsSearch(ctx, c, search, ids.Key{App: c.Actor.App.ID, ID: id}, archived)
		},
	})
	if err != nil {
		return op.Result{}, err
	}
	for i, one := range page.Chats {
		if page.Chats[i], err = s.withTags(ctx, c, one); err != nil {
			return op.Result{}, err
		}
	}
	return op.Reply(func(o *wire.Object) {
		o.Raw("chats", wire.AppendArray(nil, page.Chats)).Raw("searched", wire.NewObject(nil).Int("chats", int64(page.Looked)).Float("back", page.Back).Done())
		if page.Next != 0 {
			o.Uint("next", page.Next)
		}
	}), nil
}

// readSearch reads what closed chats are looked for by, and whose list they are in: that of an
// agent, or "" for the app's. Agents have their own alone.
func (s *Server) readSearch(c *op.Call, filter routing.ChatFilter) (agent string, search *closedSearch, until float64, err error) {
	p := c.Params
	search = &closedSearch{name: strings.ToLower(filter.Name), words: strings.Fields(strings.ToLower(p.Text("words")))}
	if tag := p.Text("tag"); tag != "" {
		search.tag, err = note.Tag("tag", tag)
	}
	until = p.Number("until", 0, 1e11, 0)
	agent = p.Text("agentId")
	switch own := !seesAll(c); {
	case own && (agent == "" || agent == c.User.ID):
		agent = c.User.ID
	case own:
		err = cmp.Or(err, error(wire.Errorf(wire.NotAllowed, "agentId: only supervisors see the closed chats of others")))
	case agent != "":
		err = cmp.Or(err, ids.Check("agentId", agent))
	}
	if len(search.words) > maxWords {
		p.Fail("words: %d words, at most %d are allowed", len(search.words), maxWords)
	}
	return agent, search, until, cmp.Or(p.Err, err, ids.CheckText("words", p.Text("words"), 200))
}

// fitsSearch tells whether a chat is one that is looked for. more is false once as much of
// chats has been read as one page may.
func (s *Server) fitsSearch(ctx context.Context, c *op.Call, search *closedSearch, key ids.Key, archived wire.Raw) (fits, more bool, err error) {
	if search.name != "" && !strings.Contains(visitorNames(archived), search.name) {
		return false, true, nil
	}
	if search.tag != "" {
		tags, err := s.notes.Tags(ctx, key)
		if err != nil || !slices.Contains(tags, search.tag) {
			return false, true, err
		}
	}
	if len(search.words) == 0 {
		return true, true, nil
	}
	of, now, err := s.log.View(ctx, key, 0)
	if ids.IsCode(err, wire.CodeNotFound) {
		return false, true, nil
	}
	if err != nil {
		return false, false, err
	}
	if left := of.LeftAt(c.User.ID); left != 0 && !seesAll(c) { // what was said afterwards is not theirs to find
		now = now.Until(left)
	}
	search.read, search.bytes = search.read+1, search.bytes+now.Bytes
	return hasWords(now.Messages, search.words), search.read < maxSearched && search.bytes < op.LongConversation, nil
}

// hasWords tells whether each of the words, in lower case, is in one message or another.
func hasWords(messages []wire.Raw, words []string) bool {
	missing := slices.Clone(words)
	for _, m := range messages {
		text, _ := chat.Text(m, "message")
		text = strings.ToLower(text)
		missing = slices.DeleteFunc(missing, func(word string) bool { return strings.Contains(text, word) })
		if len(missing) == 0 {
			return true
		}
	}
	return false
}

// visitorNames are the names of the visitor of a chat in the archive, in lower case.
func visitorNames(archived wire.Raw) string {
	var of struct {
		Creator string
		Users   []struct{ ID, Name, Nickname string }
	}
	_ = json.Unmarshal(archived, &of) // the server wrote it
	for _, u := range of.Users {
		if u.ID == of.Creator {
			return strings.ToLower(u.Name + "\n" + u.Nickname)
		}
	}
	return ""
}

// withTags adds its tags to a closed chat, as agents see it.
func (s *Server) withTags(ctx context.Context, c *op.Call, one wire.Raw) (wire.Raw, error) {
	id, err := chat.Text(one, "id")
	if err != nil {
		return nil, err
	}
	tags, err := s.notes.Tags(ctx, ids.Key{App: c.Actor.App.ID, ID: id})
	if err != nil || len(tags) == 0 {
		return one, err
	}
	data, err := json.Marshal(tags)
	o := wire.NewObject(nil)
	_ = wire.Members(one, func(name string, v wire.Raw) error { // the server wrote it
		o.Raw(name, v)
		return nil
	})
	return o.Raw("tags", data).Done(), err
}
