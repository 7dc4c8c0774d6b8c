package chatstate

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

// Sender is who wrote messages of a conversation, as files of it name them. The role is the
// server's word, the name may be anything.
type Sender struct{ ID, Role, Name string }

// Roles of senders.
const (
	roleVisitor   = "visitor"
	roleAgent     = "agent"
	roleSystem    = "system"
	roleAssistant = "assistant"
	roleUnknown   = "unknown" // was never in the chat
)

// senders are the senders of a conversation by their ids.
type senders map[string]Sender

// of gives a sender. One who is not known is called by their id, which an importer chose.
func (s senders) of(id string) Sender {
	if found, known := s[id]; known {
		return found
	}
	return Sender{ID: id, Role: roleUnknown, Name: oneLine(id)}
}

// sendersByID gives everybody who ever was in the chat, and those who write without being
// in it.
func (s *State) sendersByID() senders {
	found := senders{
		chat.System: {chat.System, roleSystem, "System"},
		Assistant:   {Assistant, roleAssistant, "Assistant"},
		Earlier:     {Earlier, roleUnknown, "Somebody"},
	}
	type user struct{ ID, Name, Nickname, ProviderID string }
	for _, r := range s.Log {
		var data struct{ User, Interventor user }
		switch r.Event {
		case chat.EventCreate, chat.EventJoin, chat.EventIntervene:
			_ = json.Unmarshal(r.Data, &data) // the server wrote it
		}
		for _, u := range []user{data.User, data.Interventor} {
			if u.ID == "" {
				continue
			}
			role := roleVisitor
			if u.ProviderID != "" {
				role = roleAgent
			}
			found[u.ID] = Sender{u.ID, role, oneLine(cmp.Or(u.Nickname, u.Name))}
		}
	}
	return found
}

// Senders gives those who wrote the messages of the chat, each once, as a JSON array.
func (s *State) Senders() wire.Raw {
	known, listed := s.sendersByID(), []string{}
	seen := map[string]bool{}
	for _, m := range s.Messages {
		id, _ := chat.Text(m, "sender")
		if !seen[id] {
			seen[id] = true
			listed = append(listed, id)
		}
	}
	slices.Sort(listed)
	list := make([]wire.Raw, len(listed))
	for i, id := range listed {
		by := known.of(id)
		list[i] = wire.NewObject(nil).Str("id", id).Str("role", by.Role).Str("name", by.Name).Done()
	}
	return wire.AppendArray(nil, list)
}

// oneLine gives a name on one line with single blanks, also one from a log of before.
func oneLine(name string) string { return strings.Join(strings.Fields(ids.CleanName(name)), " ") }
