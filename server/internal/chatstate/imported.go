package chatstate

import "parley/core/wire"

// Senders of messages who are not in the chat.
const (
	Assistant = "assistant" // a bot, in an earlier conversation
	Earlier   = "earlier"   // anybody else there, whose name the importer may not give
)

// Undated is the time of an imported message whose importer gave none.
const Undated = -1

// Imported is a message of an earlier conversation.
type Imported struct {
	Sender, Kind, Text, Format string
	Created                    float64 // unix seconds by the importer's clock, or Undated
}

// ImportedJSON gives the messages of an earlier conversation as the log has them; the
// first is the chat's message number index. Whatever times the importer gives, none is
// later than began, when the chat began: else it would stand among what was said in the
// chat. One without a time has that of the next one that has a time, so that it keeps its
// place; without such a next one it has began.
func ImportedJSON(chatID string, index int, history []Imported, began float64) wire.Raw {
	messages := make([]wire.Raw, len(history))
	next := began
	for i := len(history) - 1; i >= 0; i-- {
		h := history[i]
		if h.Created != Undated {
			next = min(h.Created, began)
		}
		messages[i] = MessageJSON(chatID, index+i, h.Sender, h.Kind, h.Text, next).
			StrIf("format", h.Format).Bool("imported", true).Done()
	}
	return wire.AppendArray(nil, messages)
}
