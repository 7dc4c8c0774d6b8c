package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"parley/core"
	"parley/core/client"
	"parley/core/wire"
	"parley/core/wsconn"
	"parley/server/drive"
)

// patience is that of people who would rather wait than be measured by another transport.
var patience = core.Options{
	WebSocketWithin: 30 * time.Second, OpenWithin: 30 * time.Second, LoginWithin: time.Minute,
	MaxPending: window, // each client has room for as many
}

// person is a visitor or an agent on one connection.
type person struct {
	*client.Client
	chat string // of a visitor

	mu    sync.Mutex
	heard map[string]func(data []byte) // by chat
}

// meet connects a user.
func (p *parley) meet(ctx context.Context, a drive.Account) (*person, error) {
	c, err := client.New(client.Options{Dialer: wsconn.Dialer{}, Core: patience, Events: window})
	if err != nil {
		return nil, err
	}
	one := &person{Client: c, heard: map[string]func([]byte){}}
	p.keep(one)
	c.On(one.onEvent)
	if err = c.Init(ctx, p.address); err == nil {
		_, err = c.Login(ctx, a.User.ID, a.Session.Token)
	}
	return one, err
}

func (p *person) onEvent(e client.Event) {
	emit, is := e.(core.Emit)
	if !is || emit.To != core.ToChat || emit.Event != "message:received" {
		return
	}
	p.mu.Lock()
	heard := p.heard[emit.ChatID]
	p.mu.Unlock()
	if heard != nil {
		heard(emit.Data)
	}
}

// Visitor makes a visitor with a chat, and connects them.
func (p *parley) Visitor(ctx context.Context) (Visitor, error) {
	var a drive.Account
	if err := p.app.Ask(ctx, "POST", "/users", map[string]string{"name": "Visitor"}, &a); err != nil {
		return nil, err
	}
	one, err := p.meet(ctx, a)
	if err == nil {
		one.chat, err = one.CreateChat(ctx, client.NewChat{Room: "1", Lang: "en", Source: "3"})
	}
	return one, err
}

func (p *person) Chat() string { return p.chat }

func (p *person) Say(ctx context.Context, text string) error {
	_, err := p.SendMessage(ctx, p.chat, text)
	return err
}

// account makes an agent and logs them in.
func (p *parley) account(ctx context.Context, name, role string) (a drive.Account, err error) {
	const password = "as long as a password should be"
	err = p.app.Ask(ctx, "POST", "/agents", map[string]string{"username": name, "password": password, "name": name, "role": role}, nil)
	if err == nil {
		err = p.app.Ask(ctx, "POST", "/agents/login", map[string]string{"username": name, "password": password}, &a)
	}
	return a, err
}

func (p *parley) Agent(ctx context.Context, n int) (Agent, error) {
	a, err := p.account(ctx, fmt.Sprintf("agent%d", n), "agent")
	if err != nil {
		return nil, err
	}
	return p.meet(ctx, a)
}

// Hear takes an agent into a chat, as they do at the console.
func (p *person) Hear(ctx context.Context, chat string, heard func(data []byte)) error {
	if _, err := p.SendEvent(ctx, "chats:join", wire.NewObject(nil).Str("chatId", chat).Done()); err != nil {
		return err
	}
	return p.listen(ctx, chat, heard)
}

func (p *person) listen(ctx context.Context, chat string, heard func(data []byte)) error {
	p.mu.Lock()
	p.heard[chat] = heard
	p.mu.Unlock()
	return p.LoadChat(ctx, chat, core.Config{})
}

// Crowd connects supervisors who watch the chat, each several times: a user may be connected only so often.
func (p *parley) Crowd(ctx context.Context, chat string, count int, hearer func() func(data []byte)) error {
	accounts := make([]drive.Account, (count+socketsOfOne-1)/socketsOfOne)
	err := spread(len(accounts), func(i int) (err error) {
		if accounts[i], err = p.account(ctx, fmt.Sprintf("supervisor%d", i), "supervisor"); err != nil {
			return err
		}
		return p.app.Ask(ctx, "POST", "/chats/"+chat+"/join", map[string]string{"userId": accounts[i].User.ID, "mode": "watch"}, nil)
	})
	if err != nil {
		return err
	}
	return spread(count, func(i int) error {
		one, err := p.meet(ctx, accounts[i/socketsOfOne])
		if err != nil {
			return err
		}
		return one.listen(ctx, chat, hearer())
	})
}
