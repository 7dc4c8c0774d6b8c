package core

import (
	"parley/core/chat"
	"parley/core/wire"
)

const eventGet = "chats:get"

func (m *Machine) createChat(in CreateChat) {
	m.ask(&request{event: chat.EventCreate, data: in.Data, call: in.Call, config: in.Config})
}

func (m *Machine) loadChat(in LoadChat) {
	m.ask(&request{event: eventGet, chatID: in.ChatID, call: in.Call, config: in.Config, data: getData(in.ChatID), highWater: m.highWater(in.ChatID)})
}

func getData(chatID string) wire.Raw {
	return about(chatID).Str("fields", "users,watchers,history").Bool("inParts", true).Done()
}

func (m *Machine) searchAgent(in SearchAgent) {
	if !m.checkAct(in.Call, in.ChatID, chat.EventAssign) {
		return
	}
	data := about(in.ChatID).StrIf("algorithm", in.Algorithm)
	if c := m.replica(in.ChatID); c != nil {
		if c.config.AssignMaxAttempts > 0 {
			data.Int("maxAttempts", int64(c.config.AssignMaxAttempts))
		}
		if c.config.AssignTimeout != "" {
			data.Raw("interval", wire.Raw(c.config.AssignTimeout))
		}
	}
	m.ask(&request{event: chat.EventAssign, chatID: in.ChatID, call: in.Call, data: data.Done()})
}

func (m *Machine) closeChat(in CloseChat) {
	if !m.checkAct(in.Call, in.ChatID, chat.EventClose) {
		return
	}
	data := about(in.ChatID).RawIf("extraData", in.ExtraData)
	m.ask(&request{event: chat.EventClose, chatID: in.ChatID, call: in.Call, stored: true, data: data.Done()})
}

// sendEvent makes a request by its wire name. The caller gets the answer's data
// unchanged.
func (m *Machine) sendEvent(in SendEvent) {
	if in.Event == wire.EventOpen || in.Event == wire.EventPing || in.Event == wire.EventPong || in.Event == wire.EventBye {
		m.reject(in.Call, wire.Errorf(wire.ReservedEvent, "%s is reserved for the connection", in.Event))
		return
	}
	var chatID string
	if !wire.IsNull(in.Data) {
		if err := wire.Read(in.Data, "chatId", &chatID); err != nil {
			m.reject(in.Call, wire.Errorf(wire.BadArgument, "data: %s", err))
			return
		}
	}
	m.ask(&request{event: in.Event, chatID: chatID, call: in.Call, data: in.Data, passThrough: true})
}
