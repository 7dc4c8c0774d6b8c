package chatstate

import "parley/core/wire"

// Undated is the time of an imported message whose importer gave none.
const Undated = -1

// Imported is a message of an earlier conversation.
type Imported struct {
	Sender, Kind, Text, Format string
	Created                    float64 // unix seconds by the importer's clock, or Undated
}

// ImportedJSON gives messages that are imported at a time, now, as the log has them;
// the first is the chat's message number index. The clock of whoever imports may be
// wrong: no message is later than now. One without a time has that of the next one
// that has a time, so that it keeps its place, and now if there is none.
func ImportedJSON(chatID string, index int, history []Imported, now float64) wire.Raw {
	messages := make([]wire.Raw, len(history))
	next := now
	for i := len(history) - 1; i >= 0; i-- {
		h := history[i]
		if h.Created != Undated {
			next = min(h.Created, now)
		}
		messages[i] = MessageJSON(chatID, index+i, h.Sender, h.Kind, h.Text, next).
			StrIf("format", h.Format).Bool("imported", true).Done()
	}
	return wire.AppendArray(nil, messages)
}
