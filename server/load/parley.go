package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"parley/core"
	"parley/server/drive"
)

// tidyWithin is how long a given server has to remove what the load has made.
const tidyWithin = time.Minute

// restConnections is how many connections are kept for requests of REST.
const restConnections = 32

// socketsOfOne is how many connections of a crowd are those of one supervisor.
const socketsOfOne = 20

// parley is a Parley server, with an app that is made for the load.
type parley struct {
	own     *own // nil if the server was given
	admin   drive.API
	app     drive.API
	address core.App // where clients connect

	mu     sync.Mutex
	people []*person
}

// Parley prepares a Parley server for the load: the one that is given, or one of its own.
func Parley(ctx context.Context, o Options) (System, error) {
	p := &parley{}
	base, secret := strings.TrimRight(o.URL, "/"), o.Secret
	if o.URL == "" {
		own, err := startOwn(ctx, o)
		if err != nil {
			return nil, err
		}
		p.own, base, secret = own, own.url, own.secret
	}
	if err := p.open(ctx, base, secret); err != nil {
		return nil, errors.Join(fmt.Errorf("an app for the load cannot be made: %w", err), p.Close())
	}
	if o.Chats > 0 {
		fmt.Fprintf(o.Progress, "making %d chats\n", o.Chats)
	}
	if err := spread(o.Chats, func(int) error { return p.pastChat(ctx) }); err != nil {
		return nil, errors.Join(fmt.Errorf("a chat cannot be made: %w", err), p.Close())
	}
	return p, nil
}

// pastChat makes a visitor with a chat, in which they have said something.
func (p *parley) pastChat(ctx context.Context) error {
	var a drive.Account
	if err := p.app.Ask(ctx, "POST", "/users", map[string]string{"name": "Visitor"}, &a); err != nil {
		return err
	}
	var made struct{ Chat struct{ ID string } }
	if err := p.app.Ask(ctx, "POST", "/chats", map[string]string{"creator": a.User.ID, "room": "1"}, &made); err != nil {
		return err
	}
	said := map[string]string{"message": textOf(0, 0), "userId": a.User.ID}
	return p.app.Ask(ctx, "POST", "/chats/"+made.Chat.ID+"/messages", said, nil)
}

func (p *parley) open(ctx context.Context, base, secret string) error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = restConnections, restConnections
	p.admin = drive.API{Base: base, Secret: secret, Client: &http.Client{Transport: transport, Timeout: time.Minute}}
	var made struct {
		App    struct{ ID string }
		Secret string
	}
	if err := p.admin.Ask(ctx, "POST", "/apps", map[string]string{"name": "parleyd bench"}, &made); err != nil {
		return err
	}
	p.app = drive.API{Base: base, App: made.App.ID, Secret: made.Secret, Client: p.admin.Client}
	socket, err := url.Parse(base)
	if err != nil {
		return err
	}
	socket.Scheme = strings.Replace(socket.Scheme, "http", "ws", 1)
	p.address = core.App{ID: made.App.ID, API: base + "/v1", Socket: socket.String() + "/v1/socket"}
	return nil
}

func (p *parley) Server() string { return p.admin.Base }

func (p *parley) Usage() *drive.Usage {
	if p.own == nil {
		return nil
	}
	return UsageOf(p.own.process.Pid)
}

// Close ends a server of its own, and removes the app of a given one with all that is in it.
func (p *parley) Close() error {
	p.leave()
	if p.own != nil {
		return p.own.close()
	}
	if p.app.App == "" {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), tidyWithin)
	defer stop()
	admin := p.admin
	admin.App = p.app.App
	if err := admin.Ask(ctx, "DELETE", "/apps/"+p.app.App, struct{}{}, nil); err != nil {
		return fmt.Errorf("the app %s of the load cannot be removed: %w", p.app.App, err)
	}
	return nil
}

// keep remembers a person, who is to leave at the end.
func (p *parley) keep(one *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people = append(p.people, one)
}

func (p *parley) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = spread(len(p.people), func(i int) error { return p.people[i].Close() }) // always nil
}
