package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"parley/core"
	"parley/core/client"
)

// options says what a run is like.
type options struct {
	program   string        // the server's
	data      string        // folder for its data
	length    time.Duration // of the faults
	visitors  int
	agents    int
	pages     int           // in Chromium
	pause     time.Duration // between two messages of one person, on average
	killEvery time.Duration // on average; 0 is never
	downEvery time.Duration // on average; 0 is never
	outages   int           // of a network that is well otherwise, after the storm
	seed      uint64
}

// settleWithin is how long everybody may take, when the network is well again, to
// deliver what waits.
const settleWithin = 2 * time.Minute

// report is what a run came to.
type report struct {
	verdict
	Told     verdict // what clients were told, against the log
	Files    verdict // sent by the one who sends files
	Attempts int     // to send them
	Hooked   verdict // what the webhook was told
	Again    int     // of which it was told once more
	Refused  int
	Restarts int
	Lives    int // clients begun
	Loads    int // pages loaded
	Faults   map[string]int64
	Back     []time.Duration // from "network back" to "caught up", sorted
}

// soak is a run under way.
type soak struct {
	options
	daemon *Daemon
	proxy  *Proxy
	people []*person
	pairs  []pair
	filer  *filer
	hook   *hook
	back   []time.Duration
	mu     sync.Mutex // guards back
}

// pair is a chat, with who talks in it.
type pair struct {
	chatID         string
	visitor, agent *person
}

func run(ctx context.Context, o options) (r report, err error) {
	addr, err := freeAddr()
	if err != nil {
		return r, err
	}
	s := &soak{options: o}
	if s.daemon, err = StartDaemon(o.program, o.data, addr); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.daemon.Stop()) }()
	if s.proxy, err = StartProxy(addr, o.seed); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.proxy.Close()) }()
	if s.hook, err = openHook(ctx, s.daemon.URL()); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.hook.Close()) }()
	if err = s.gather(ctx); err != nil {
		return r, err
	}
	if s.filer, err = s.openFiler(ctx); err != nil {
		return r, err
	}
	pages, err := s.openPages(ctx)
	if err != nil {
		return r, err
	}
	filed := make(chan error, 1)
	go func() { filed <- s.filer.send(ctx, s.length) }()
	if err = s.storm(ctx); err != nil {
		return r, err
	}
	s.proxy.Calm()
	if err = errors.Join(s.settle(ctx), pages.settle(), <-filed); err != nil {
		return r, err
	}
	if err = s.comeBack(ctx); err != nil {
		return r, err
	}
	return s.judge(ctx, pages)
}

// gather makes the people and their chats.
func (s *soak) gather(ctx context.Context) error {
	app := core.App{ID: "demo", API: "http://" + s.proxy.Addr() + "/v1", Socket: "ws://" + s.proxy.Addr() + "/v1/socket"}
	random := rand.New(rand.NewPCG(s.seed, 2))
	meet := func(name string, a account) *person {
		p := &person{name: name, app: app, id: a.User.ID, token: a.Session.Token, shelf: newShelf(), pause: s.pause,
			random: rand.New(rand.NewPCG(random.Uint64(), 3))}
		s.people = append(s.people, p)
		return p
	}
	var agents []*person
	for i := range s.agents {
		var a account
		name := []string{"agent1", "agent2", "lead"}[i%3]
		if err := rest(ctx, s.daemon.URL(), "POST", "/agents/login", map[string]string{"username": name, "password": "demo"}, &a); err != nil {
			return err
		}
		agents = append(agents, meet(name, a))
	}
	for i := range s.visitors {
		name := fmt.Sprintf("visitor%d", i)
		a, err := s.visitor(ctx, name)
		if err != nil {
			return err
		}
		v, agent := meet(name, a), agents[i%len(agents)]
		chatID, err := s.chatOf(ctx, v.id)
		if err != nil {
			return err
		}
		if err := rest(ctx, s.daemon.URL(), "POST", "/chats/"+chatID+"/join", map[string]string{"userId": agent.id}, nil); err != nil {
			return err
		}
		v.chats, agent.chats = []string{chatID}, append(agent.chats, chatID)
		s.pairs = append(s.pairs, pair{chatID, v, agent})
	}
	return s.each(func(p *person) error { return p.begin(ctx) })
}

// visitor signs up a visitor, chatOf opens a chat for one; both past the proxy.
func (s *soak) visitor(ctx context.Context, name string) (a account, err error) {
	err = rest(ctx, s.daemon.URL(), "POST", "/users", map[string]string{"name": name}, &a)
	return a, err
}

func (s *soak) chatOf(ctx context.Context, visitorID string) (string, error) {
	var made struct{ Chat struct{ ID string } }
	err := rest(ctx, s.daemon.URL(), "POST", "/chats", map[string]string{"creator": visitorID, "room": "1"}, &made)
	return made.Chat.ID, err
}

// each does something with all people at the same time.
func (s *soak) each(do func(*person) error) error {
	errs := make([]error, len(s.people))
	var all sync.WaitGroup
	for i, p := range s.people {
		all.Go(func() { errs[i] = do(p) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// storm lets everybody talk while the network and the server fail.
func (s *soak) storm(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, s.length)
	defer stop()
	var trouble sync.WaitGroup
	var killed, wasDown error
	trouble.Go(func() {
		killed = s.often(ctx, s.killEvery, 4, func(r *rand.Rand) error { return s.daemon.Restart(r.IntN(4) == 0) })
	})
	trouble.Go(func() {
		wasDown = s.often(ctx, s.downEvery, 5, func(r *rand.Rand) error {
			return s.away(ctx, time.Duration(200+r.IntN(3000))*time.Millisecond)
		})
	})
	err := s.each(func(p *person) error { return p.talk(ctx) })
	trouble.Wait()
	return errors.Join(err, killed, wasDown)
}

// often does something at random times until ctx ends.
func (s *soak) often(ctx context.Context, every time.Duration, stream uint64, do func(*rand.Rand) error) error {
	if every <= 0 {
		return nil
	}
	r := rand.New(rand.NewPCG(s.seed, stream))
	for {
		select {
		case <-time.After(time.Duration((0.3 + r.ExpFloat64()*0.7) * float64(every))):
		case <-ctx.Done():
			return nil
		}
		if err := do(r); err != nil {
			return err
		}
	}
}

// away takes the network away from all for a while.
func (s *soak) away(ctx context.Context, length time.Duration) error {
	s.proxy.Down(true)
	defer s.proxy.Down(false)
	select {
	case <-time.After(length):
	case <-ctx.Done():
	}
	return nil
}

// comeBack measures, in a network that is well but for some outages, how long each
// person takes from its end until he is connected and has delivered what had waited.
// Everybody goes on talking.
func (s *soak) comeBack(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, settleWithin+time.Duration(s.outages)*10*time.Second)
	defer stop()
	talking, hush := context.WithCancel(ctx)
	defer hush()
	var talk sync.WaitGroup
	var talked error
	talk.Go(func() { talked = s.each(func(p *person) error { return p.talk(talking) }) })
	r := rand.New(rand.NewPCG(s.seed, 6))
	var err error
	for n := 0; n < s.outages && err == nil; n++ {
		if err = s.away(ctx, time.Second+time.Duration(r.IntN(3000))*time.Millisecond); err != nil {
			break
		}
		begun := time.Now()
		err = s.each(func(p *person) error {
			if err := p.awaitCaughtUp(ctx); err != nil {
				return fmt.Errorf("%s after an outage: %w", p.name, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.back = append(s.back, time.Since(begun))
			return nil
		})
	}
	hush()
	talk.Wait()
	return errors.Join(err, talked, s.settle(ctx))
}

// settle waits until everybody has delivered everything.
func (s *soak) settle(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	return s.each(func(p *person) error {
		if err := p.awaitCaughtUp(ctx); err != nil {
			return fmt.Errorf("%s still has %d messages to deliver after %s: %w", p.name, p.shelf.waiting(), settleWithin, err)
		}
		return nil
	})
}

// judge reads the logs, past the proxy, and compares.
func (s *soak) judge(ctx context.Context, pages *pages) (r report, err error) {
	for _, pair := range s.pairs {
		log, err := logOf(ctx, s.daemon.URL(), pair.chatID)
		if err != nil {
			return r, err
		}
		for _, p := range []*person{pair.visitor, pair.agent} {
			r.verdict.add(judge(p.name, p.shelf.promised(pair.chatID), textsOf(log, p.id)))
			r.Told.add(p.judgeTold(pair.chatID, log))
		}
	}
	found, loads, err := pages.judge(ctx, s.daemon.URL())
	if err != nil {
		return r, err
	}
	r.verdict.add(found)
	r.Loads = loads
	if r.Files, err = s.filer.judge(ctx, s.daemon.URL()); err != nil {
		return r, err
	}
	r.Attempts = s.filer.tried
	if r.Hooked, r.Again, err = s.judgeHook(ctx, pages); err != nil {
		return r, err
	}
	for _, p := range s.people {
		r.Refused += len(p.shelf.refused)
		r.Lives += p.lives
		if err := p.current().Close(); err != nil && !errors.Is(err, client.ErrClosed) {
			return r, err
		}
	}
	r.Restarts, r.Faults, r.Back = s.daemon.Restarts, s.proxy.Faults(), s.back
	slices.Sort(r.Back)
	return r, nil
}

// judgeHook compares what the webhook was told with all logs.
func (s *soak) judgeHook(ctx context.Context, pages *pages) (v verdict, again int, err error) {
	chats := []string{s.filer.chatID}
	for _, pair := range s.pairs {
		chats = append(chats, pair.chatID)
	}
	if pages != nil {
		for _, page := range pages.found {
			chats = append(chats, page.ChatID)
		}
	}
	var all []message
	for _, id := range chats {
		log, err := logOf(ctx, s.daemon.URL(), id)
		if err != nil {
			return v, 0, err
		}
		all = append(all, log...)
	}
	v, again = s.hook.judge(ctx, all)
	return v, again, nil
}

// textsOf gives what a user wrote, in the log's order.
func textsOf(log []message, sender string) (texts []string) {
	for _, m := range log {
		if text, is := m.Message.(string); is && m.Sender == sender {
			texts = append(texts, text)
		}
	}
	return texts
}
