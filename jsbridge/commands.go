//go:build js && wasm

package jsbridge

import (
	"parley/core"
	"parley/core/wire"
)

// readCommand reads {"name":"<command>","args":{}}.
func (s *shell) readCommand(call core.Call, raw wire.Raw) (core.Input, error) {
	var name string
	var args wire.Raw
	if err := wire.Read(raw, "name", &name, "args", &args); err != nil {
		return nil, err
	}
	return s.command(call, name, args)
}

// command reads the arguments of each command, in the order of index.d.ts. The page
// has checked that the required ones are there.
func (s *shell) command(call core.Call, name string, args wire.Raw) (core.Input, error) {
	switch name {
	case "init":
		c := core.Init{Call: call}
		s.session = sessionStore{}
		err := wire.Read(args, "appId", &c.App.ID, "api", &c.App.API, "socket", &c.App.Socket, "domainKey", &c.App.DomainKey,
			"session", &s.session.mode, "cookieDomain", &s.session.domain, "secure", &s.session.secure, "outbox", (*list)(&c.Outbox), "more", &c.More)
		c.Stored = s.session.load(s.page)
		if err == nil {
			err = wire.Read(args, "again", (*again)(&c))
		}
		return c, err
	case "chat.create":
		c := core.CreateChat{Call: call, Data: args.Clone()}
		err := wire.Read(args, "config", (*config)(&c.Config))
		return c, err
	case "chat.load":
		c := core.LoadChat{Call: call}
		err := wire.Read(args, "id", &c.ChatID, "config", (*config)(&c.Config))
		return c, err
	case "chat.search":
		c := core.SearchAgent{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "algorithm", &c.Algorithm)
		return c, err
	case "chat.activity":
		c := core.SendActivity{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "type", &c.Type)
		return c, err
	case "chat.send":
		c := core.SendMessage{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "text", &c.Text)
		return c, err
	case "chat.upload":
		c := core.Upload{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "name", &c.Name, "size", &c.Size)
		return c, err
	case "chat.import":
		c := core.ImportHistory{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "history", &c.History)
		c.History = c.History.Clone()
		return c, err
	case "chat.read":
		c := core.ReadMessage{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "messageId", &c.MessageID, "upTo", &c.UpTo)
		return c, err
	case "chat.close":
		c := core.CloseChat{Call: call}
		err := wire.Read(args, "chatId", &c.ChatID, "extraData", &c.ExtraData)
		c.ExtraData = c.ExtraData.Clone() // the next call overwrites the input
		return c, err
	case "download":
		c := core.Download{Call: call}
		err := wire.Read(args, "path", &c.Path, "token", &c.Token)
		return c, err
	case "login":
		c := core.Login{Call: call}
		err := wire.Read(args, "id", &c.ID, "token", &c.Token)
		return c, err
	case "logout":
		return core.Logout{Call: call}, nil
	case "retry":
		c := core.Retry{Call: call}
		err := wire.Read(args, "eventId", &c.EventID)
		return c, err
	case "discard":
		c := core.Discard{Call: call}
		err := wire.Read(args, "eventId", &c.EventID)
		return c, err
	case "adopt":
		var c core.Adopt
		err := wire.Read(args, "outbox", (*list)(&c.Outbox), "more", &c.More)
		return c, err
	case "event.send":
		c := core.SendEvent{Call: call}
		err := wire.Read(args, "event", &c.Event, "data", &c.Data)
		fault(c.Event)
		c.Data = c.Data.Clone()
		return c, err
	case "api":
		c := core.API{Call: call}
		err := wire.Read(args, "method", &c.Method, "path", &c.Path, "body", &c.Body)
		c.Body = c.Body.Clone()
		return c, err
	}
	return nil, wire.Errorf(wire.CodeNotFound, "unknown command %q: the script and its WebAssembly are of different versions", name)
}

// again reads what the page has kept of an instance that died: the session, the chats,
// and the calls that wait for requests in the outbox.
type again core.Init

func (c *again) Read(raw wire.Raw) error {
	stored := core.Session{AppID: c.App.ID}
	c.Stored = nil // another page may have stored it; this page's session counts
	var calls wire.Raw
	c.Again = &core.Again{Calls: map[string]core.Call{}}
	err := wire.Read(raw, "id", &stored.ID, "token", &stored.Token, "user", &c.Again.User, "chats", (*list)(&c.Again.Chats), "calls", &calls)
	if err != nil || calls == nil {
		return err
	}
	if stored.Token != "" {
		c.Stored = &stored
	}
	return wire.Members(calls, func(key string, v wire.Raw) error {
		call, err := wire.Uint(v)
		c.Again.Calls[key] = core.Call(call)
		return err
	})
}

// config reads Chat.init's second argument.
type config core.Config

func (c *config) Read(raw wire.Raw) error {
	var attempts uint64
	var timeout wire.Raw
	err := wire.Read(raw, "assignMaxAttempts", &attempts, "assignTimeout", &timeout)
	c.AssignMaxAttempts, c.AssignTimeout = int(attempts), string(timeout)
	return err
}

// list reads the items of an array.
type list []wire.Raw

func (l *list) Read(raw wire.Raw) error {
	return wire.Items(raw, func(v wire.Raw) error {
		*l = append(*l, v.Clone())
		return nil
	})
}
