//go:build js && wasm

package jsbridge

import (
	"parley/core"
	"parley/core/wire"
)

// commands reads the arguments of each command, in the order of index.d.ts.
var commands = map[string]func(*shell, core.Call, *fields) any{
	"init": func(s *shell, call core.Call, f *fields) any {
		app := core.App{ID: f.str("appId"), API: f.str("api"), Socket: f.str("socket"), DomainKey: f.optStr("domainKey")}
		s.session = sessionStore{mode: f.optStr("session"), domain: f.optStr("cookieDomain"), secure: f.optBool("secure")}
		return core.Init{Call: call, App: app, Stored: s.session.load(s.page), Outbox: f.list("outbox")}
	},
	"api": func(_ *shell, call core.Call, f *fields) any {
		return core.API{Call: call, Method: f.str("method"), Path: f.str("path"), Params: f.optRaw("params")}
	},
	"login": func(_ *shell, call core.Call, f *fields) any {
		return core.Login{Call: call, ID: f.str("id"), Token: f.str("token")}
	},
	"logout": func(_ *shell, call core.Call, _ *fields) any {
		return core.Logout{Call: call}
	},
	"event.send": func(_ *shell, call core.Call, f *fields) any {
		return core.SendEvent{Call: call, Event: f.str("event"), Data: f.optRaw("data")}
	},
	"chat.create": func(_ *shell, call core.Call, f *fields) any {
		return core.CreateChat{Call: call, Data: f.raw.Clone(), Config: f.config()}
	},
	"chat.load": func(_ *shell, call core.Call, f *fields) any {
		return core.LoadChat{Call: call, ChatID: f.str("id"), Config: f.config()}
	},
	"chat.search": func(_ *shell, call core.Call, f *fields) any {
		return core.SearchAgent{Call: call, ChatID: f.str("chatId"), Algorithm: f.optStr("algorithm")}
	},
	"chat.activity": func(_ *shell, call core.Call, f *fields) any {
		return core.SendActivity{Call: call, ChatID: f.str("chatId"), Type: f.str("type")}
	},
	"chat.send": func(_ *shell, call core.Call, f *fields) any {
		return core.SendMessage{Call: call, ChatID: f.str("chatId"), Text: f.str("text")}
	},
	"chat.read": func(_ *shell, call core.Call, f *fields) any {
		return core.ReadMessage{Call: call, ChatID: f.str("chatId"), MessageID: f.str("messageId")}
	},
	"chat.close": func(_ *shell, call core.Call, f *fields) any {
		return core.CloseChat{Call: call, ChatID: f.str("chatId"), ExtraData: f.optRaw("extraData")}
	},
}

// readCommand reads {"id":<call>,"name":"<command>","args":{}}. The call is
// given with an error too, when it could be read.
func (s *shell) readCommand(raw wire.Raw) (call core.Call, command any, refused *wire.Error) {
	f, err := fieldsOf(raw)
	if err != nil {
		return 0, nil, err
	}
	call = core.Call(f.uint("id"))
	name := f.str("name")
	if f.err != nil {
		return call, nil, f.err
	}
	read := commands[name]
	if read == nil {
		return call, nil, wire.Errorf(wire.CodeNotFound, "unknown command %q: the script and its WebAssembly are of different versions", name)
	}
	args, err := fieldsOf(f.members["args"])
	if err != nil {
		return call, nil, err
	}
	command = read(s, call, args)
	return call, command, args.err
}
