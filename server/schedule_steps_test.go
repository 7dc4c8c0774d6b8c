package server_test

import (
	"sync"

	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/servertest"
)

// step does one random thing.
func (p *play) step() {
	a, v := p.agents[p.random.IntN(len(p.agents))], p.visitors[p.random.IntN(len(p.visitors))]
	switch n := p.random.IntN(10); {
	case n < 3:
		p.visitorActs(v)
	case n == 3:
		p.race(v)
	case len(a.peers) == 0:
		p.connect(a)
	case n < 6:
		p.agentComesOrGoes(a)
	default:
		p.agentActs(a, v)
	}
}

// visitorActs has a visitor come, search, write, or go.
func (p *play) visitorActs(v *playedVisitor) {
	if v.peer == nil {
		p.note("%s comes", v.name)
		v.peer = p.open(v.login)
	}
	about := servertest.Obj("chatId", v.chat)
	switch n := p.random.IntN(8); {
	case v.chat == "" || ended(p.state(v.chat)):
		p.note("%s begins a chat", v.name)
		created := v.peer.Ask(chat.EventCreate, servertest.Obj("room", "1"))
		v.chat, v.wants = servertest.Dig(created, "chat", "id").(string), servertest.Dig(created, "chat", "inQueue") == true
	case n < 4:
		v.wants = p.ask(v.peer, v.name+" searches", chat.EventAssign, about) || v.wants
	case n == 4:
		p.ask(v.peer, v.name+" writes", chat.EventMessage, servertest.Obj("chatId", v.chat, "message", "hello"))
	case n == 5:
		p.ask(v.peer, v.name+" closes the chat", chat.EventClose, about)
	default:
		p.note("%s is cut off", v.name)
		v.peer.Cut()
		v.peer = nil
	}
}

// connect opens a connection of an agent, with a session that they have or a new one.
func (p *play) connect(a *playedAgent) {
	p.note("%s connects", a.name)
	if len(a.logins) == 0 || p.random.IntN(3) == 0 {
		in, err := p.nodes[0].Identity.Login(p.t.Context(), p.app, identity.LoginAttempt{Username: a.name, Password: "long enough"})
		require.NoError(p.t, err)
		a.logins = append(a.logins, servertest.Login{ID: in.User.ID, Token: in.Token})
	}
	a.peers = append(a.peers, p.open(a.logins[p.random.IntN(len(a.logins))]))
}

// agentComesOrGoes changes the connections, the sessions or the duty of an agent.
func (p *play) agentComesOrGoes(a *playedAgent) {
	switch p.random.IntN(7) {
	case 0:
		if len(a.peers) < 3 {
			p.connect(a)
		}
	case 1:
		p.note("%s crashes", a.name)
		for _, peer := range a.peers {
			peer.Cut()
		}
		a.peers = nil
	case 2:
		p.note("%s loses a connection", a.name)
		a.peers[0].Cut()
		a.peers = a.peers[1:]
	case 3:
		p.logOut(a)
	case 4:
		p.ask(a.peers[0], a.name+" goes off duty", "agents:available", servertest.Obj("available", false))
	default:
		p.ask(a.peers[0], a.name+" goes on duty", "agents:available", servertest.Obj("available", true))
	}
}

// logOut ends one session of an agent, with all its connections.
func (p *play) logOut(a *playedAgent) {
	peer := a.peers[0]
	p.ask(peer, a.name+" logs out", wire.EventClose, servertest.Obj("chats", []string{"transfer", "transfer", "close"}[p.random.IntN(3)]))
	var peers []*servertest.Peer
	for _, other := range a.peers {
		if other.Login == peer.Login {
			other.Ended()
		} else {
			peers = append(peers, other)
		}
	}
	var logins []servertest.Login
	for _, l := range a.logins {
		if l != peer.Login {
			logins = append(logins, l)
		}
	}
	a.peers, a.logins = peers, logins
}

// agentActs has an agent do something about a chat.
func (p *play) agentActs(a *playedAgent, v *playedVisitor) {
	if v.chat == "" {
		return
	}
	peer, about := a.peers[p.random.IntN(len(a.peers))], servertest.Obj("chatId", v.chat)
	from := a.name + ", chat of " + v.name + ": "
	joined := false
	switch p.random.IntN(11) {
	case 0, 1, 2:
		joined = p.ask(peer, from+"accepts", "invitations:accept", about)
	case 3:
		p.ask(peer, from+"rejects", "invitations:reject", about)
	case 4:
		joined = p.ask(peer, from+"takes", chat.EventJoin, servertest.Obj("chatId", v.chat, "take", true))
	case 5:
		joined = p.ask(peer, from+"joins", chat.EventJoin, about)
	case 6:
		p.note("%sassists", from)
		id := peer.Post(chat.EventJoin, servertest.Obj("chatId", v.chat, "assist", true))
		p.assists[id] = true
		joined = p.answered("assist", peer.Reply(id))
	case 7:
		p.ask(peer, from+"leaves", chat.EventLeave, about)
	case 8:
		p.ask(peer, from+"hands it to the room", chat.EventTransfer, servertest.Obj("chatId", v.chat, "room", "1"))
	case 9:
		to := p.agents[p.random.IntN(len(p.agents))]
		p.ask(peer, from+"hands it to "+to.name, chat.EventTransfer, servertest.Obj("chatId", v.chat, "agentId", to.id))
	case 10:
		p.ask(peer, from+"closes it", chat.EventClose, about)
	}
	v.wants = v.wants || joined
}

// race has all agents who are there go for one chat at the same time.
func (p *play) race(v *playedVisitor) {
	if v.chat == "" {
		return
	}
	p.note("all go for the chat of %s", v.name)
	var wg sync.WaitGroup
	for n, a := range p.agents {
		if len(a.peers) == 0 {
			continue
		}
		peer := a.peers[0]
		id := ""
		switch (n + p.random.IntN(2)) % 3 {
		case 0:
			id = peer.Post("invitations:accept", servertest.Obj("chatId", v.chat))
		case 1:
			id = peer.Post(chat.EventJoin, servertest.Obj("chatId", v.chat))
		default:
			id = peer.Post(chat.EventJoin, servertest.Obj("chatId", v.chat, "take", true))
		}
		wg.Go(func() { peer.Reply(id) })
	}
	wg.Wait()
	now := p.state(v.chat)
	v.wants = v.wants || now.Chat.Attended()
}
