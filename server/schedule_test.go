package server_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

var (
	schedules = flag.Int("schedules", 40, "how many schedules TestAssignmentSchedules plays")
	firstSeed = flag.Int("seed", 0, "the first one's seed; a failing seed alone: -schedules 1 -seed N")
)

// playedAtOnce is how many schedules are played at the same time: most of them wait.
const playedAtOnce = 24

// TestAssignmentSchedules plays schedules of agents who come, go, crash, accept, reject,
// take, hand over, log out and return, and of visitors who search, write, leave and return,
// each in an app of its own on the real server: with and without queue mode, on one node
// and on two. It holds that
//
//   - a chat has one owner: nobody comes to another agent's chat who was not invited
//     there, or did not say that they assist;
//   - nobody stays in a chat who is gone for longer than the grace;
//   - no chat whose visitor is there and wants an agent is left alone while an agent is on
//     duty who has room for it and has not refused it;
//   - no search names an agent who is away.
//
// It is not run beside others, since each schedule is full of deadlines.
func TestAssignmentSchedules(t *testing.T) {
	e := storetest.Engine(t, t.TempDir())
	nodes := []*servertest.World{servertest.On(t, e, server.Limits{}), servertest.On(t, e, server.Limits{})}
	seeds := make(chan int)
	var players sync.WaitGroup
	for range playedAtOnce {
		players.Go(func() {
			for seed := range seeds {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { playSchedule(t, nodes, seed) })
			}
		})
	}
	for seed := range *schedules {
		seeds <- *firstSeed + seed
	}
	close(seeds)
	players.Wait()
}

// play is a schedule under way.
type play struct {
	t        *testing.T
	random   *rand.Rand
	nodes    []*servertest.World
	app      string
	agents   []*playedAgent
	visitors []*playedVisitor
	assists  map[string]bool // requests by which agents assist
	steps    []string
}

// playedAgent is an agent with the connections that they have.
type playedAgent struct {
	name   string
	id     string
	logins []servertest.Login
	peers  []*servertest.Peer
}

// playedVisitor is a visitor with their chat; peer is nil while they are away.
type playedVisitor struct {
	name  string
	login servertest.Login
	peer  *servertest.Peer
	chat  string
	wants bool // an agent: they have searched for one, or had one
}

func playSchedule(t *testing.T, nodes []*servertest.World, seed int) {
	p := &play{
		t: t, random: rand.New(rand.NewPCG(uint64(seed), 1)), nodes: nodes[:1+seed/2%2],
		app: fmt.Sprintf("s%d", seed), assists: map[string]bool{},
	}
	defer func() {
		if t.Failed() {
			t.Logf("replay it with: go test ./server -run TestAssignmentSchedules -schedules 1 -seed %d\n%s", seed, strings.Join(p.steps, "\n"))
		}
	}()
	p.begin(seed%2 == 1)
	for range 15 + p.random.IntN(25) {
		p.step()
	}
	p.judgeIdle()
	p.judgeSearches()
	p.judgeAllServed()
	p.judgeLogs()
}

// begin makes the app, its agents, and its visitors.
func (p *play) begin(queueMode bool) {
	i := p.nodes[0].Identity
	_, err := i.CreateApp(p.t.Context(), identity.App{ID: p.app, Rooms: []string{"1"}}, "secret")
	require.NoError(p.t, err)
	p.set(map[string]any{
		"queue":      map[string]any{"active": queueMode},
		"assignment": map[string]any{"timeout": 0.2, "maxAttempts": 3, "maxChatsPerAgent": 2},
		"chats":      map[string]any{"agentGrace": []float64{0.05, 0.3}[p.random.IntN(2)], "visitorGrace": 0.3},
	})
	for n := range 3 {
		name := fmt.Sprint("agent", n)
		u, err := i.CreateAgent(p.t.Context(), p.app, identity.NewAgent{Username: name, Password: "long enough", Name: name})
		require.NoError(p.t, err)
		p.agents = append(p.agents, &playedAgent{name: name, id: u.ID})
	}
	for n := range 3 {
		name := fmt.Sprint("visitor", n)
		u, token, err := i.CreateUser(p.t.Context(), p.app, identity.NewUser{Name: name})
		require.NoError(p.t, err)
		p.visitors = append(p.visitors, &playedVisitor{name: name, login: servertest.Login{ID: u.ID, Token: token}})
	}
}

func (p *play) set(patch map[string]any) {
	require.NoError(p.t, roomsOf(p.nodes[0]).Settings.Change(p.t.Context(), p.app, "", patch, settings.OfferedWays{}))
}

func (p *play) note(format string, args ...any) {
	p.steps = append(p.steps, fmt.Sprintf(format, args...))
}

func (p *play) open(l servertest.Login) *servertest.Peer {
	peer := p.nodes[p.random.IntN(len(p.nodes))].Dial(p.t)
	peer.Login, peer.Rejoins = l, true
	peer.Ask(wire.EventOpen, servertest.Obj("appId", p.app, "token", l.Token))
	return peer
}

// state gives a chat as the log has it now.
func (p *play) state(chatID string) chatstate.State {
	_, now, err := roomsOf(p.nodes[0]).Log.ViewLatest(p.t.Context(), ids.Key{App: p.app, ID: chatID})
	require.NoError(p.t, err)
	return now
}

// answered checks a reply: a refusal is fine, a failure is not.
func (p *play) answered(what string, f wire.Frame) bool {
	if f.Error != nil {
		p.note("  %s: %s", what, f.Error.Message)
		require.Contains(p.t, []int{wire.CodeForbidden, wire.CodeNotFound, wire.CodeConflict, wire.CodeGone}, f.Error.Code, f.Error.Message)
	}
	return f.Error == nil
}

func (p *play) ask(peer *servertest.Peer, what, event string, data servertest.Object) bool {
	p.note("%s", what)
	return p.answered(what, peer.Reply(peer.Post(event, data)))
}

// eventually waits for a condition, and ends the schedule if it does not come. Many
// schedules wait at once, so that one may have to wait long for its turn.
func (p *play) eventually(holds func() bool, format string, args ...any) {
	require.Eventually(p.t, holds, time.Minute, 3*storetest.Tick, fmt.Sprintf(format, args...))
}

// judgeIdle waits until nobody is in a chat who is away, and no chat is left alone that
// an agent could have.
func (p *play) judgeIdle() {
	p.note("all wait")
	for _, v := range p.visitors {
		if v.chat == "" {
			continue
		}
		for _, a := range p.agents {
			p.eventually(func() bool {
				now := p.state(v.chat)
				return len(a.peers) > 0 || ended(now) || !now.Chat.Users.Has(a.id)
			},
				"%s is away, and still in the chat of %s", a.name, v.name)
		}
		p.eventually(func() bool { return v.peer == nil || !v.wants || !p.isLeftAlone(v.chat) }, "the chat of %s is left alone", v.name)
	}
}

func ended(now chatstate.State) bool { return now.Chat.Status == chat.Closed }

// isLeftAlone tells whether a chat has neither an agent nor an invitation, though an
// agent could have it.
func (p *play) isLeftAlone(chatID string) bool {
	now := p.state(chatID)
	if ended(now) || now.Chat.Attended() || now.Round.Pending {
		return false
	}
	onDuty, err := roomsOf(p.nodes[0]).Dispatcher.AgentsOnDuty(p.t.Context(), p.app)
	require.NoError(p.t, err)
	return slices.ContainsFunc(onDuty, func(a routing.AgentOnDuty) bool {
		moved := roomsOf(p.nodes[0]).Activity.IdleSince(ids.Key{App: p.app, ID: a.User.ID})
		return p.hasTime(a.User.ID) && !now.Declined(a.User.ID, a.Availability.Since, ids.Unix(moved))
	})
}

// hasTime tells whether an agent can be invited: they have room, and nothing to answer.
func (p *play) hasTime(agentID string) bool {
	chats := 0
	for _, v := range p.visitors {
		if v.chat == "" {
			continue
		}
		now := p.state(v.chat)
		switch {
		case ended(now):
		case now.Round.Pending && now.Round.Invited.Agent.ID == agentID:
			return false
		case now.Chat.Users.Has(agentID):
			chats++
		}
	}
	return chats < 2
}

// judgeSearches holds that a search names agents only who are there.
func (p *play) judgeSearches() {
	for _, v := range p.visitors {
		if v.peer == nil || v.chat == "" || ended(p.state(v.chat)) {
			continue
		}
		v.wants = true
		p.eventually(func() bool {
			f := v.peer.Reply(v.peer.Post(chat.EventAssign, servertest.Obj("chatId", v.chat)))
			if f.Error != nil {
				return f.Error.Code == wire.CodeGone
			}
			named, _ := servertest.Dig(servertest.Parsed(f.Data), "agent", "id").(string)
			return named == "" || len(p.agent(named).peers) > 0
		}, "the search of %s names somebody who is away", v.name)
	}
}

func (p *play) agent(id string) *playedAgent {
	return p.agents[slices.IndexFunc(p.agents, func(a *playedAgent) bool { return a.id == id })]
}

// judgeAllServed has all agents come on duty with room for all, and accept what they are
// invited to: then every visitor who is there and wants an agent gets one.
func (p *play) judgeAllServed() {
	p.note("all agents come on duty")
	p.set(map[string]any{"assignment": map[string]any{"maxChatsPerAgent": 0, "timeout": 5}})
	for _, a := range p.agents {
		if len(a.peers) == 0 {
			p.connect(a)
		}
	}
	p.allOnDuty()
	for _, v := range p.visitors {
		if v.peer == nil || v.chat == "" || !v.wants {
			continue
		}
		p.eventually(func() bool {
			now := p.state(v.chat)
			if now.Round.Pending && len(now.Chat.Users) > 0 {
				peer := p.agent(now.Round.Invited.Agent.ID).peers[0]
				p.answered("accept", peer.Reply(peer.Post("invitations:accept", servertest.Obj("chatId", v.chat))))
			}
			if now.LeftAlone() { // the last invitations of before had little time
				p.allOnDuty()
			}
			return ended(now) || now.Chat.Attended()
		}, "%s gets no agent", v.name)
	}
}

func (p *play) allOnDuty() {
	for _, a := range p.agents {
		a.peers[0].Ask("agents:available", servertest.Obj("available", true))
	}
}

// judgeLogs holds that a chat that an agent has gets a second one only on purpose.
func (p *play) judgeLogs() {
	for _, v := range p.visitors {
		if v.chat == "" {
			continue
		}
		now := p.state(v.chat)
		before := chatstate.NewFolded(ids.Key{App: p.app, ID: v.chat})
		for _, r := range now.Log {
			joins := chatstate.JoiningUser(r.Entry)
			if owner := before.Owner(); r.Event == chat.EventJoin && owner.ID != "" && owner.ID != joins && joins != v.login.ID {
				invited := before.Round.Pending && before.Round.Invited.Agent.ID == joins
				assert.True(p.t, invited || p.assists[r.EventID], "%s comes to the chat of %s, which %s has", joins, v.name, owner.Name)
			}
			require.NoError(p.t, before.Apply(before.Next(r.Entry), r.Seq, time.Now()))
		}
	}
}
