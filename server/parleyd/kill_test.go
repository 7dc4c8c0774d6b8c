package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
)

// An agent who was available is available again after they connect, without saying
// so. Their invitation is still there, and goes to the next agent when it runs out.
func TestInvitationOverAKill(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	agents := []account{p.agent("agent1"), p.agent("agent2")}
	for _, a := range agents {
		p.open(a, nil).ask("agents:available", map[string]any{"available": true})
	}
	vera := p.visitor()
	id := p.newChat(vera)
	before := p.open(vera, nil)
	found := before.ask(chat.EventAssign, about(id, "interval", 4))
	p.killAndStart()

	first, second := p.open(agents[0], nil), p.open(agents[1], nil)
	if found["agent"].(map[string]any)["id"] != agents[0].User.ID {
		first, second = second, first
	}
	visitor := p.open(vera, before.at)
	assert.Equal(t, id, first.next("invitations:new")["chatId"])
	assert.Equal(t, id, second.next("invitations:new")["chatId"], "the first has not answered")
	assert.Equal(t, "expired", first.next("invitations:end")["reason"])
	second.ask("invitations:accept", about(id))
	visitor.next(chat.EventJoin)
	assert.Zero(t, visitor.count(chat.EventAlone))
	assert.Equal(t, 1, first.count("invitations:new"), "%s", first.events())
}

// An invitation that runs out while the server is away is not the end of the
// search: agents are given the time to come back.
func TestInvitationThatRunsOutMeanwhile(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*process){
		"killed":     func(p *process) { _ = p.command.Process.Kill(); _ = p.command.Wait() },
		"terminated": (*process).terminate,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, "-data", t.TempDir())
			agent, vera := p.agent("agent1"), p.visitor()
			p.open(agent, nil).ask("agents:available", map[string]any{"available": true})
			id := p.newChat(vera)
			p.open(vera, nil).ask(chat.EventAssign, about(id, "interval", 0.5))
			out := time.After(2 * time.Second) // also for a node that leaves it to others
			end(p)
			<-out
			p.start()
			assert.Equal(t, id, p.open(agent, nil).next("invitations:new")["chatId"])
		})
	}
}

// Chats in line have their places again; whoever was invited out of the line can
// accept, and the next is taken when an agent has time.
func TestQueueOverAKill(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	p.ask("PUT", "/v1/settings", `{"queue":{"active":true},"assignment":{"maxChatsPerAgent":1}}`, secret, nil)
	agent := p.agent("agent1")
	p.open(agent, nil).ask("agents:available", map[string]any{"available": true})
	var visitors []account
	var chats []string
	for range 3 {
		visitors = append(visitors, p.visitor())
		chats = append(chats, p.newChat(visitors[len(visitors)-1]))
	}
	p.open(visitors[0], nil).ask(chat.EventAssign, about(chats[0]))
	p.killAndStart()

	last := p.open(visitors[2], nil)
	place := func() any { return last.next("queues:update")["data"].(map[string]any)["queuePosition"] }
	assert.Equal(t, 3.0, place())
	back := p.open(agent, nil)
	for n, id := range chats[:2] {
		assert.Equal(t, id, back.next("invitations:new")["chatId"])
		back.ask("invitations:accept", about(id))
		assert.EqualValues(t, 2-n, place())
		if n == 1 { // while the agent has no time
			p.killAndStart()
			last, back = p.open(visitors[2], nil), p.open(agent, nil)
			assert.Equal(t, 1.0, place())
		}
		back.ask(chat.EventClose, about(id))
	}
	assert.Equal(t, chats[2], back.next("invitations:new")["chatId"])
}

// The alert comes once and the close comes once, whenever the server was killed.
func TestExpiryOverAKill(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	p.ask("PUT", "/v1/settings", `{"chats":{"expireAfter":5,"expiryAlert":2.5}}`, secret, nil)
	vera := p.visitor()
	id := p.newChat(vera)
	before := p.open(vera, nil)
	before.ask(chat.EventMessage, about(id, "message", "hello"))
	p.killAndStart()
	p.open(vera, before.at).next(chat.EventExpiryAlert)
	p.killAndStart()
	after := p.open(vera, before.at)
	after.next(chat.EventClose)
	after.next(chat.EventInfo)
	p.killAndStart()
	again := p.open(vera, before.at)
	again.next(chat.EventInfo)
	again.ask("user:focus", nil) // all that there is has come
	for _, event := range []string{chat.EventExpiryAlert, chat.EventClose, chat.EventInfo} {
		assert.Equal(t, 1, again.count(event), event)
	}
}

// However far each of many closes had come, the next server does the rest once.
func TestClosesOverAKill(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "-data", t.TempDir())
	const n = 20
	var visitors []account
	var chats []string
	var tabs []*tab
	for range n {
		a := p.visitor()
		visitors, chats, tabs = append(visitors, a), append(chats, p.newChat(a)), append(tabs, p.open(a, nil))
	}
	for i, c := range tabs {
		c.postAs("close", chat.EventClose, about(chats[i]))
	}
	tabs[0].reply("close")
	p.killAndStart()
	acknowledged := 0
	for i, old := range tabs {
		back := p.open(visitors[i], old.at)
		if old.replied("close") {
			acknowledged++
		} else {
			back.postAs("close", chat.EventClose, about(chats[i]))
			back.reply("close")
		}
		back.next(chat.EventInfo)
		back.ask("user:focus", nil) // all that there is has come
		assert.Equal(t, 1, back.count(chat.EventInfo))
		assert.LessOrEqual(t, back.count(chat.EventClose), 1)
	}
	require.NotZero(t, acknowledged)
	t.Logf("%d of %d were acknowledged before the kill", acknowledged, n)
}
