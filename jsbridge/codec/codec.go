// Package codec is how inputs and effects cross between the page and the core: commands
// come in as JSON, and effects go out as a batch, a JSON array. It touches no page, so
// that a recording can be replayed natively (package replay).
package codec

import (
	"fmt"
	"strconv"

	"parley/core"
	"parley/core/wire"
)

// Command reads {"name":"<command>","args":{}}. sends hears the name of each event that
// event.send sends.
func Command(call core.Call, raw wire.Raw, sends func(event string)) (core.Input, error) {
	var name string
	var args wire.Raw
	if err := wire.Read(raw, "name", &name, "args", &args); err != nil {
		return nil, err
	}
	return command(call, name, args, sends)
}

// command reads the arguments of each command, in the order of index.d.ts. The page
// has checked that the required ones are there.
func command(call core.Call, name string, args wire.Raw, sends func(string)) (core.Input, error) {
	switch name {
	case "init":
		c := core.Init{Call: call}
		err := wire.Read(args, "appId", &c.App.ID, "api", &c.App.API, "socket", &c.App.Socket, "domainKey", &c.App.DomainKey,
			"stored", (*session)(&c), "outbox", (*list)(&c.Outbox), "newest", &c.Newest)
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
	case "renewable":
		return core.Renewable{Call: call}, nil
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
		err := wire.Read(args, "outbox", (*list)(&c.Outbox), "newest", &c.Newest)
		return c, err
	case "event.send":
		c := core.SendEvent{Call: call}
		err := wire.Read(args, "event", &c.Event, "data", &c.Data)
		sends(c.Event)
		c.Data = c.Data.Clone()
		return c, err
	case "api":
		c := core.API{Call: call}
		err := wire.Read(args, "method", &c.Method, "path", &c.Path, "body", &c.Body)
		c.Body = c.Body.Clone()
		return c, err
	}
	return nil, wire.Errorf(wire.UnknownCommand, "unknown command %q: the script and its WebAssembly are of different versions", name)
}

// session reads the session that the page has stored. The page gives null if it has stored none.
type session core.Init

func (c *session) Read(raw wire.Raw) error {
	if string(raw) == "null" {
		return nil
	}
	c.Stored = &core.Session{}
	return wire.Read(raw, "appId", &c.Stored.AppID, "id", &c.Stored.ID, "token", &c.Stored.Token)
}

// again reads what the page has kept of an instance that died: the session, the chats,
// and the calls that wait for requests in the outbox.
type again core.Init

func (c *again) Read(raw wire.Raw) error {
	opened := core.Session{AppID: c.App.ID}
	c.Stored = nil // another page may have stored it; this page's session counts
	var calls wire.Raw
	c.Again = &core.Again{Calls: map[string]core.Call{}}
	err := wire.Read(raw, "id", &opened.ID, "token", &opened.Token, "user", &c.Again.User, "chats", (*list)(&c.Again.Chats), "calls", &calls, "now", &c.Again.Now)
	if err != nil || calls == nil {
		return err
	}
	if opened.Token != "" {
		c.Stored = &opened
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

// What stands in effects for the payload of a core.Said, which the page keeps.
var (
	KeptData    = wire.Raw(`{"$":0}`)
	KeptMessage = wire.Raw(`{"$":1}`)
)

// Effect adds an effect if it is for the page, and says so. The others are for the
// caller.
func (b *Batch) Effect(effect core.Effect) bool {
	switch e := effect.(type) {
	case core.Settle:
		b.effect("settle").num(int64(e.Call)).raw(e.Value).end()
	case core.Reject:
		b.effect("reject").num(int64(e.Call)).raw(e.Err.Append(nil)).end()
	case core.Created:
		b.effect("created").num(int64(e.Call)).str(e.EventID).str(e.Text).str(e.Sender).end()
	case core.Mirror:
		b.effect("session").raw(e.Session).end()
	case core.OpenChat:
		b.effect("open").raw(e.Chat).end()
	case core.HistoryPart:
		b.effect("part").str(e.ChatID).num(int64(e.From)).raw(e.Messages).end()
	case core.PatchChat:
		b.effect("patch").str(e.ChatID).raw(e.Members).end()
	case core.AppendMessages:
		b.effect("append").str(e.ChatID).raw(e.Messages).str(e.EventID).end()
	case core.Emit:
		b.emit(e)
	case core.At:
		b.effect("at").str(e.ChatID).num(int64(e.Seq)).end()
	case core.Drop:
		b.effect("drop").end()
	case core.Arm:
		b.effect("arm").num(int64(e.Timer)).num(e.After.Milliseconds()).end()
	case core.Disarm:
		b.effect("disarm").num(int64(e.Timer)).end()
	case core.Persist:
		b.effect("persist").str(e.Key).raw(e.Record).num(int64(e.Call)).truth(e.Late).end()
	case core.SaveSession:
		b.effect("save").raw(sessionJSON(e.Session)).end()
	case core.ClearSession:
		b.effect("clear").raw(sessionJSON(e.Session)).end()
	case core.Renew:
		b.effect("renew").end()
	case core.TakeMore:
		b.effect("more").end()
	case core.TransferFile:
		order := wire.NewObject(nil).Str("url", e.URL).Raw("headers", pairs(e.Header)).Raw("form", pairs(e.Form)).Int("silence", e.Silence.Milliseconds())
		b.effect("transfer").num(int64(e.Call)).raw(order.Done()).end()
	default:
		return false
	}
	return true
}

func (b *Batch) emit(e core.Emit) {
	switch e.To {
	case core.ToChat:
		b.effect("chat").str(e.ChatID).str(e.Event).raw(e.Data).end()
	case core.ToLobby:
		b.effect("lobby").str(e.Event).raw(e.Data).end()
	case core.ToParley:
		b.effect("parley").str(e.Event).raw(e.Data).end()
	case core.ToEvents:
		b.effect("event").str(e.Event).raw(e.Data).end()
	}
}

func sessionJSON(s core.Session) wire.Raw {
	return wire.NewObject(nil).Str("appId", s.AppID).Str("id", s.ID).Str("token", s.Token).Done()
}

// pairs makes an object of names and values. A nil list becomes null.
func pairs(list [][2]string) wire.Raw {
	if list == nil {
		return nil
	}
	o := wire.NewObject(nil)
	for _, p := range list {
		o.Str(p[0], p[1])
	}
	return o.Done()
}

// Unreadable ends the call of a command that cannot be read.
func Unreadable(call core.Call, err error) core.Reject {
	return core.Reject{Call: call, Err: wire.Errorf(wire.BadArgument, "%s", err)}
}

// Batch is the JSON array of effects that one export returns.
type Batch struct {
	Text  []byte
	Trace bool // also tell what the page does not need: see Note
}

// Begin empties the batch.
func (b *Batch) Begin() { b.Text = append(b.Text[:0], '[') }

// End ends the array. A batch without effects is empty.
func (b *Batch) End() {
	switch {
	case len(b.Text) == 1 && b.Text[0] == '[':
		b.Text = b.Text[:0]
	case b.Text[0] == '[':
		b.Text = append(b.Text, ']')
	}
}

// effect begins an effect of the table in package abi. Its values follow, then end.
func (b *Batch) effect(name string) *Batch {
	if len(b.Text) > 1 {
		b.Text = append(b.Text, ',')
	}
	b.Text = append(b.Text, '[')
	b.Text = wire.AppendString(b.Text, name)
	return b
}

func (b *Batch) str(s string) *Batch {
	b.Text = wire.AppendString(append(b.Text, ','), s)
	return b
}

func (b *Batch) num(n int64) *Batch {
	b.Text = strconv.AppendInt(append(b.Text, ','), n, 10)
	return b
}

func (b *Batch) truth(t bool) *Batch {
	b.Text = strconv.AppendBool(append(b.Text, ','), t)
	return b
}

// raw adds a value that is JSON already, null if it is empty.
func (b *Batch) raw(v wire.Raw) *Batch {
	if len(v) == 0 {
		v = wire.Raw("null")
	}
	b.Text = append(append(b.Text, ','), v...)
	return b
}

func (b *Batch) end() { b.Text = append(b.Text, ']') }

// Fatal replaces the batch, which a panic has left incomplete.
func (b *Batch) Fatal(reason any) {
	b.Begin()
	b.effect("fatal").str(fmt.Sprint(reason)).end()
	b.End()
}

// Warn emits an error after which the chat goes on.
func (b *Batch) Warn(err *wire.Error) {
	b.Note("own", 0)
	b.effect("parley").str("error").raw(err.Append(nil)).end()
}

// Next gives the moment of a step that follows another one within the same call: the
// time is the same, the random number is not (the constant is that of SplitMix64).
func Next(at core.Moment) core.Moment {
	at.Rand += 0x9E3779B97F4A7C15
	return at
}

// Note tells, in a batch that traces, of what the bridge itself has done, as
// ["name", number, "text", ...]:
//
//	dial EPOCH TRANSPORT URL          an effect that it carries out, such as
//	send EPOCH FRAME
//	hangup EPOCH
//	fetch CALL METHOD URL BODY
//	failed NUMBER REASON              it could not; the core hears so as the next input. The number
//	                                  is an epoch or, below zero, a call
//	own 0                             the next effect is the bridge's, not the core's
func (b *Batch) Note(name string, number int, texts ...string) {
	if !b.Trace {
		return
	}
	b.effect(name).num(int64(number))
	for _, text := range texts {
		b.str(text)
	}
	b.end()
}
