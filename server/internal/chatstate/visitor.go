package chatstate

import (
	"cmp"
	"encoding/json"

	"parley/core/chat"
	"parley/core/wire"
)

// VisitorName gives the name of the chat's visitor as it was when they began it.
func (s *State) VisitorName() string {
	var data struct {
		User struct{ Name, Nickname string }
	}
	if len(s.Log) > 0 {
		_ = json.Unmarshal(s.Log[0].Data, &data) // the server wrote it
	}
	return cmp.Or(data.User.Nickname, data.User.Name)
}

// VisitorWrote tells whether the visitor has said anything in the chat. What was imported
// does not count.
func (s *State) VisitorWrote() bool {
	for _, m := range s.Messages {
		imported := false
		_ = wire.Read(m, "imported", &imported) // the server wrote it
		if sender, _ := chat.Text(m, "sender"); sender == s.Chat.Creator && !imported {
			return true
		}
	}
	return false
}
