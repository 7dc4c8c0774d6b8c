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
	"parley/server/drive"
)

// options are the flags of a run.
type options struct {
	program   string        // path of the server's program
	folder    string        // for data, and what servers write
	nodes     int           // servers; several have a NATS cluster
	length    time.Duration // of the faults
	visitors  int
	agents    int
	pages     int           // in Chromium
	pause     time.Duration // between two messages of one person, on average
	killEvery time.Duration // on average; 0 is never
	downEvery time.Duration // on average; 0 is never
	outages   int           // after the faults, in a network without other faults
	tolls     bool          // measure what upgrades and deaths cost, in a network without faults
	seed      uint64
}

// settleWithin is the time that everybody has, after the faults, to send what waits.
const settleWithin = 2 * time.Minute

// report is the result of a run.
type report struct {
	verdict
	Delivered verdict // messages that clients emitted, compared with the log
	Files     verdict // files that the uploader sent
	Attempts  int     // requests that it took to send them
	Webhook   verdict // messages that the webhook got
	Repeated  int     // of which so many came again
	Refused   int
	Restarts  int
	Pauses    int
	Clients   int // clients that people began
	Loads     int // pages loaded
	Faults    map[string]int64
	Back      []time.Duration // from "network back" to "caught up", sorted
	Tolls     []toll
	Acts      int // of the history of that time
	Wrong     int // chats whose history no order of its acts explains
}

// soak is a run in progress.
type soak struct {
	options
	servers  *servers
	proxy    *proxy
	people   []*person
	pairs    []pair
	uploader *uploader
	webhook  *webhook
	back     []time.Duration
	paid     []toll
	history  *history   // of the time in which they were paid
	mu       sync.Mutex // guards back
}

// pair is a chat with its visitor and its agent.
type pair struct {
	chatID         string
	visitor, agent *person
}

func run(ctx context.Context, o options) (r report, err error) {
	s := &soak{options: o}
	if s.servers, err = startServers(ctx, o.program, o.folder, o.nodes); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.servers.Stop()) }()
	if s.proxy, err = startProxy(s.servers.addrs, o.seed); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.proxy.Close()) }()
	if s.webhook, err = openWebhook(ctx, s.servers.URL()); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.webhook.Close()) }()
	if err = s.setUp(ctx); err != nil {
		return r, err
	}
	if s.uploader, err = s.openUploader(ctx); err != nil {
		return r, err
	}
	pages, err := s.openPages(ctx)
	if err != nil {
		return r, err
	}
	filed := make(chan error, 1)
	go func() { filed <- s.uploader.send(ctx, s.length) }()
	if err = s.storm(ctx); err != nil {
		return r, err
	}
	s.proxy.Calm()
	if err = errors.Join(s.settle(ctx), pages.settle(), <-filed); err != nil {
		return r, err
	}
	if err = s.measureOutages(ctx); err != nil {
		return r, err
	}
	if s.tolls {
		if s.paid, err = s.measureTolls(ctx); err != nil {
			return r, err
		}
	}
	return s.judge(ctx, pages)
}

// setUp makes the people and their chats, and begins their clients.
func (s *soak) setUp(ctx context.Context) error {
	app := core.App{ID: "demo", API: "http://" + s.proxy.Addr() + "/v1", Socket: "ws://" + s.proxy.Addr() + "/v1/socket"}
	random := rand.New(rand.NewPCG(s.seed, 2))
	meet := func(name string, a drive.Account) *person {
		p := &person{name: name, app: app, id: a.User.ID, token: a.Session.Token, store: newPersonStore(), pause: s.pause,
			random: rand.New(rand.NewPCG(random.Uint64(), 3))}
		s.people = append(s.people, p)
		return p
	}
	var agents []*person
	for i := range s.agents {
		var a drive.Account
		name := []string{"agent1", "agent2", "lead"}[i%3]
		if err := demo(s.servers.URL()).Ask(ctx, "POST", "/agents/login", map[string]string{"username": name, "password": "demo"}, &a); err != nil {
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
		v.byHTTP = i%3 == 1
		chatID, err := s.chatOf(ctx, v.id)
		if err != nil {
			return err
		}
		if err := demo(s.servers.URL()).Ask(ctx, "POST", "/chats/"+chatID+"/join", map[string]string{"userId": agent.id}, nil); err != nil {
			return err
		}
		v.chats, agent.chats = []string{chatID}, append(agent.chats, chatID)
		s.pairs = append(s.pairs, pair{chatID, v, agent})
	}
	return s.each(func(p *person) error { return p.begin(ctx) })
}

// visitor creates a visitor.
func (s *soak) visitor(ctx context.Context, name string) (a drive.Account, err error) {
	err = demo(s.servers.URL()).Ask(ctx, "POST", "/users", map[string]string{"name": name}, &a)
	return a, err
}

// chatOf creates a chat of a visitor.
func (s *soak) chatOf(ctx context.Context, visitorID string) (string, error) {
	var made struct{ Chat struct{ ID string } }
	err := demo(s.servers.URL()).Ask(ctx, "POST", "/chats", map[string]string{"creator": visitorID, "room": "1"}, &made)
	return made.Chat.ID, err
}

// each calls do for all people at the same time.
func (s *soak) each(do func(*person) error) error {
	errs := make([]error, len(s.people))
	var all sync.WaitGroup
	for i, p := range s.people {
		all.Go(func() { errs[i] = do(p) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// storm lets everybody talk while the network fails and servers are restarted.
func (s *soak) storm(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, s.length)
	defer stop()
	var trouble sync.WaitGroup
	var killed, wasDown error
	trouble.Go(func() {
		killed = s.repeatedly(ctx, s.killEvery, 4, s.servers.Trouble)
	})
	trouble.Go(func() {
		wasDown = s.repeatedly(ctx, s.downEvery, 5, func(r *rand.Rand) error {
			return s.outage(ctx, time.Duration(200+r.IntN(3000))*time.Millisecond)
		})
	})
	err := s.each(func(p *person) error { return p.talk(ctx) })
	trouble.Wait()
	return errors.Join(err, killed, wasDown)
}

// repeatedly calls do at random times until ctx ends.
func (s *soak) repeatedly(ctx context.Context, every time.Duration, stream uint64, do func(*rand.Rand) error) error {
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

// outage cuts the network of everybody for a while.
func (s *soak) outage(ctx context.Context, length time.Duration) error {
	s.proxy.Down(true)
	defer s.proxy.Down(false)
	select {
	case <-time.After(length):
	case <-ctx.Done():
	}
	return nil
}

// measureOutages measures how long each person takes from the end of an outage until they
// have caught up. There are no other faults, and everybody goes on talking.
func (s *soak) measureOutages(ctx context.Context) error {
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
		if err = s.outage(ctx, time.Second+time.Duration(r.IntN(3000))*time.Millisecond); err != nil {
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

// settle waits until everybody has sent everything.
func (s *soak) settle(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	return s.each(func(p *person) error {
		if err := p.awaitCaughtUp(ctx); err != nil {
			return fmt.Errorf("%s has still not sent %d messages after %s: %w", p.name, p.store.waiting(), settleWithin, err)
		}
		return nil
	})
}

// await returns when ready says so, or with ctx's error.
func await(ctx context.Context, ready func() bool) error {
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for !ready() {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// judge compares the logs with what everybody was promised and got.
func (s *soak) judge(ctx context.Context, pages *pages) (r report, err error) {
	for _, pair := range s.pairs {
		log, err := logOf(ctx, s.servers.URL(), pair.chatID)
		if err != nil {
			return r, err
		}
		for _, p := range []*person{pair.visitor, pair.agent} {
			r.verdict.add(judge(p.name, p.store.promised(pair.chatID), textsOf(log, p.id)))
			r.Delivered.add(p.judgeDelivered(ctx, pair.chatID, log))
		}
	}
	found, loads, err := pages.judge(ctx, s.servers.URL())
	if err != nil {
		return r, err
	}
	r.verdict.add(found)
	r.Loads = loads
	if r.Files, err = s.uploader.judge(ctx, s.servers.URL()); err != nil {
		return r, err
	}
	r.Attempts = s.uploader.tried
	if r.Webhook, r.Repeated, err = s.judgeWebhook(ctx, pages); err != nil {
		return r, err
	}
	for _, p := range s.people {
		r.Refused += len(p.store.refused)
		r.Clients += p.clients
		if err := p.current().Close(); err != nil && !errors.Is(err, client.ErrClosed) {
			return r, err
		}
	}
	r.Restarts, r.Pauses = s.servers.Restarts(), int(s.servers.pauses.Load())
	r.Faults, r.Back, r.Tolls = s.proxy.Faults(), s.back, s.paid
	slices.Sort(r.Back)
	if s.history != nil {
		if r.Acts, r.Wrong, err = s.judgeHistory(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// judgeWebhook compares what the webhook got with all logs.
func (s *soak) judgeWebhook(ctx context.Context, pages *pages) (v verdict, again int, err error) {
	chats := []string{s.uploader.chatID}
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
		log, err := logOf(ctx, s.servers.URL(), id)
		if err != nil {
			return v, 0, err
		}
		all = append(all, log...)
	}
	v, again = s.webhook.judge(ctx, all)
	return v, again, nil
}

// textsOf gives the texts of a user, in the order of the log.
func textsOf(log []message, sender string) (texts []string) {
	for _, m := range log {
		if text, is := m.Message.(string); is && m.Sender == sender {
			texts = append(texts, text)
		}
	}
	return texts
}
