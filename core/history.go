package core

import "parley/core/chat"

// importHistory queues entries of an earlier conversation. They are stored, have
// no time-out, and a refusal is told to the chat's listeners too. The answer is
// brief: what was imported now, as the log has it.
func (m *machine) importHistory(in ImportHistory) {
	r := &request{event: chat.EventImport, chatID: in.ChatID, call: in.Call, stored: true,
		data: about(in.ChatID).Raw("history", in.History).Bool("brief", true).Done()}
	if err := m.allowed(in.ChatID, chat.EventImport); err != nil {
		m.refuse(r, err)
		return
	}
	if m.ask(r) {
		m.do(Created{Call: in.Call, EventID: r.id})
	}
}
