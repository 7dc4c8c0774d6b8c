package core_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/coretest"
	"parley/core/wire"
)

// page is one client of the world: its state, its connection, and the mirror
// that a page would have of the chats.
type page struct {
	w          *world
	name, user string

	state  core.State
	epoch  int
	due    map[core.Timer]int64
	calls  map[core.Call]bool // whether it has ended
	last   core.Call
	stored map[string]wire.Raw  // the outbox, which outlives the page
	waits  map[string]core.Call // who waits for what is in it
	writes uint64               // the last that the store has not answered

	session  *coretest.Session // nil without a connection
	dialing  bool
	broken   bool     // the connection is gone, and the client does not know
	up, down [][]byte // on their way
	fetches  []core.Call
	chats    map[string]*mirror
	parts    map[string][]wire.Raw // of histories that are coming
}

type mirror struct {
	id      string
	seq     uint64
	status  string
	first   map[string]bool // messages there when the chat was opened
	history []string
	told    []string // message:received
	users   string
}

// load is a page's beginning.
func (p *page) load() {
	p.state = core.NewState(core.Options{})
	p.due, p.calls, p.chats, p.waits = map[core.Timer]int64{}, map[core.Call]bool{}, map[string]*mirror{}, map[string]core.Call{}
	p.parts = map[string][]wire.Raw{}
	p.init()
}

func (p *page) init() {
	in := core.Init{Call: p.call(), App: app, Outbox: p.records()}
	if p.w.random.IntN(2) == 0 {
		in.Stored = &core.Session{AppID: "demo", ID: p.user, Token: "t" + p.user}
	}
	p.step(in)
}

func (p *page) reload() {
	p.hangup()
	for _, s := range p.w.sent {
		s.reloaded = s.reloaded || s.by == p && !s.ended
	}
	p.dialing, p.fetches = false, nil
	p.w.now++
	p.load()
}

// crash is the end of the core, not of its page: the next instance is told what
// the page has. What was not stored is rejected by the page's side.
func (p *page) crash() {
	if p.user == "" || len(p.chats) == 0 {
		return
	}
	p.hangup()
	again := &core.Again{Calls: map[string]core.Call{}}
	for _, m := range p.chats {
		o := wire.NewObject(nil).Str("id", m.id).Str("status", m.status).Raw("users", wire.Raw(m.users)).Uint("seq", m.seq)
		if n := len(m.history); n > 0 {
			o.Str("last", m.history[n-1])
		}
		again.Chats = append(again.Chats, o.Done())
	}
	for key, call := range p.waits {
		if call != 0 && !p.calls[call] {
			again.Calls[key] = call
		}
	}
	for call, ended := range p.calls {
		if !ended && !slices.Contains(slices.Collect(maps.Values(again.Calls)), call) {
			p.end(call, false)
		}
	}
	p.dialing, p.fetches, p.state, p.due = false, nil, core.NewState(core.Options{}), map[core.Timer]int64{}
	p.step(core.Init{Call: p.call(), App: app, Outbox: p.records(), Again: again, Stored: &core.Session{AppID: "demo", ID: p.user, Token: "t" + p.user}})
}

func (p *page) records() (outbox []wire.Raw) {
	for _, key := range slices.Sorted(maps.Keys(p.stored)) {
		outbox = append(outbox, p.stored[key])
	}
	return outbox
}

func (p *page) call() core.Call {
	p.last++
	p.calls[p.last] = false
	return p.last
}

// act is something that a page asks for.
func (p *page) act() {
	random := p.w.random
	chats := slices.Sorted(maps.Keys(p.chats))
	if len(chats) == 0 || random.IntN(20) == 0 {
		p.enter()
		return
	}
	chatID := chats[random.IntN(len(chats))]
	switch n := random.IntN(20); {
	case n < 2:
		s := &sent{by: p, chatID: chatID, text: fmt.Sprintf("%s imports %d", p.name, len(p.w.sent)), call: p.call()}
		p.w.sent = append(p.w.sent, s)
		entry := wire.NewObject(nil).Str("sender", "assistant").Str("message", s.text).Done()
		p.step(core.ImportHistory{Call: s.call, ChatID: chatID, History: wire.AppendArray(nil, []wire.Raw{entry})})
	case n < 11:
		s := &sent{by: p, chatID: chatID, text: fmt.Sprintf("%s says %d", p.name, len(p.w.sent)), call: p.call()}
		p.w.sent = append(p.w.sent, s)
		p.step(core.SendMessage{Call: s.call, ChatID: chatID, Text: s.text})
	case n < 14:
		if h := p.chats[chatID].history; len(h) > 0 {
			p.step(core.ReadMessage{Call: p.call(), ChatID: chatID, MessageID: h[random.IntN(len(h))]})
		}
	case n < 16:
		p.step(core.SendActivity{Call: p.call(), ChatID: chatID, Type: "writing"})
	case n < 17:
		p.step(core.LoadChat{Call: p.call(), ChatID: chatID})
	case n < 18:
		p.step(core.SearchAgent{Call: p.call(), ChatID: chatID})
	case n < 19 && p.user == "a" && random.IntN(3) == 0:
		p.step(core.SendEvent{Call: p.call(), Event: "chats:leave", Data: wire.NewObject(nil).Str("chatId", chatID).Done()})
	case random.IntN(40) == 0:
		p.step(core.CloseChat{Call: p.call(), ChatID: chatID})
	}
}

// enter is how users come to chats: visitors create them, agents join.
func (p *page) enter() {
	if p.user == "v" {
		p.step(core.Login{Call: p.call(), ID: p.user, Token: "t" + p.user})
		p.step(core.CreateChat{Call: p.call(), Data: wire.Raw(`{"room":"1"}`)})
		return
	}
	p.step(core.Login{Call: p.call(), ID: p.user, Token: "t" + p.user})
	for i := range 3 {
		chat := wire.NewObject(nil).Str("chatId", fmt.Sprintf("chat%d", 1+i)).Done()
		p.step(core.SendEvent{Call: p.call(), Event: "chats:join", Data: chat})
		p.step(core.LoadChat{Call: p.call(), ChatID: fmt.Sprintf("chat%d", 1+i)})
	}
}

// breakDown loses the connection with all that is on its way; the client may
// learn of it at once, or by its heartbeat.
func (p *page) breakDown() {
	if p.session != nil {
		p.hangup()
		p.broken = true
	}
}

func (p *page) hangup() {
	if p.session != nil {
		p.w.model.Disconnect(p.session)
	}
	p.session, p.up, p.down, p.broken = nil, nil, nil, false
}

// network lets one thing of the network happen; false means that there is none.
func (p *page) network() bool {
	random, healing := p.w.random, p.w.healing
	switch {
	case p.dialing && !healing && random.IntN(4) == 0:
		p.dialing = false
		p.step(core.Closed{Epoch: p.epoch})
	case p.dialing:
		p.dialing = false
		p.session = p.w.model.Connect()
		p.step(core.Opened{Epoch: p.epoch})
	case p.broken && (healing || random.IntN(2) == 0):
		p.broken = false
		p.step(core.Closed{Epoch: p.epoch, Code: 1006})
	case len(p.fetches) > 0:
		call := p.fetches[0]
		p.fetches = p.fetches[1:]
		p.step(core.Fetched{Call: call, Status: 200*random.IntN(2)*btoi(!healing) + 200*btoi(healing), Body: []byte(`{}`)})
	case len(p.up) > 0 && (len(p.down) == 0 || random.IntN(2) == 0):
		text := p.up[0]
		p.up = p.up[1:]
		p.session.Frame(text)
		for _, one := range p.w.clients {
			one.takeOut()
		}
	case len(p.down) > 0:
		text := p.down[0]
		p.down = p.down[1:]
		p.step(core.Frame{Epoch: p.epoch, Text: text})
	default:
		return false
	}
	return true
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *page) takeOut() {
	if p.session != nil {
		p.down = append(p.down, p.session.Out...)
		p.session.Out = nil
	}
}

func (p *page) step(what any) {
	state, effects := core.Step(p.state, core.Input{Now: p.w.now, Rand: p.w.random.Uint64(), What: what})
	p.state = state
	if f, is := what.(core.Frame); is {
		clear(f.Text)
	}
	for _, effect := range effects {
		p.carryOut(effect)
	}
	if write := p.writes; write > 0 {
		p.writes = 0
		p.step(core.Stored{Write: write})
	}
}

func (p *page) carryOut(effect core.Effect) {
	t := p.w.t
	switch e := effect.(type) {
	case core.Dial:
		require.False(t, p.dialing || p.session != nil, "one connection at a time")
		p.epoch, p.dialing, p.broken = e.Epoch, true, false
	case core.Send:
		require.Equal(t, p.epoch, e.Epoch)
		if p.session != nil {
			p.up = append(p.up, e.Text)
		}
	case core.Hangup:
		p.dialing = false
		p.hangup()
	case core.Fetch:
		p.fetches = append(p.fetches, e.Call)
	case core.Arm:
		p.due[e.Timer] = p.w.now + e.After.Milliseconds()
	case core.Disarm:
		delete(p.due, e.Timer)
	case core.Persist:
		if e.Record == nil {
			delete(p.stored, e.Key)
			delete(p.waits, e.Key)
		} else {
			p.stored[e.Key], p.waits[e.Key] = e.Record, e.Call
			p.writes = max(p.writes, e.Write)
		}
	case core.Settle:
		p.end(e.Call, true)
	case core.Reject:
		p.end(e.Call, false)
	default:
		p.mirror(effect)
	}
}

func (p *page) end(call core.Call, good bool) {
	ended, known := p.calls[call]
	require.True(p.w.t, known && !ended, "call %d of %s ends twice", call, p.name)
	p.calls[call] = true
	for _, s := range p.w.sent {
		if s.by == p && s.call == call {
			s.ended, s.good = true, good
		}
	}
}

func (p *page) mirror(effect core.Effect) {
	switch e := effect.(type) {
	case core.Part:
		if e.From == 0 {
			p.parts[e.ChatID] = nil
		}
		require.Len(p.w.t, p.parts[e.ChatID], int(e.From), "a part is missing")
		p.parts[e.ChatID] = append(p.parts[e.ChatID], items(p.w.t, e.Messages)...)
	case core.OpenChat:
		var id, status string
		var seq uint64
		var users, history wire.Raw
		require.NoError(p.w.t, wire.Read(e.Chat, "id", &id, "users", &users, "history", &history, "seq", &seq, "status", &status))
		m := p.chats[id]
		fresh := m == nil
		if fresh {
			m = &mirror{id: id, first: map[string]bool{}}
			p.chats[id] = m
		}
		m.history, m.users, m.seq, m.status = nil, string(users), seq, status
		for _, raw := range append(p.parts[id], items(p.w.t, history)...) {
			message := parseMessage(p.w.t, raw)
			m.history = append(m.history, message.id)
			m.first[message.id] = m.first[message.id] || fresh
		}
		delete(p.parts, id)
	case core.PatchChat:
		m, users := p.chats[e.ChatID], wire.Raw(nil)
		require.NoError(p.w.t, wire.Read(e.Members, "users", &users, "status", &m.status))
		m.users = string(users)
	case core.At:
		p.chats[e.ChatID].seq = e.Seq
	case core.Said:
		m := p.chats[e.ChatID]
		require.NoError(p.w.t, wire.Items(e.Messages, func(raw wire.Raw) error {
			if id := parseMessage(p.w.t, raw).id; !slices.Contains(m.history, id) {
				m.history = append(m.history, id)
			}
			return nil
		}))
	case core.Emit:
		if e.Event == "message:received" {
			var message wire.Raw
			require.NoError(p.w.t, wire.Read(e.Data, "message", &message))
			m := p.chats[e.ChatID]
			m.told = append(m.told, parseMessage(p.w.t, message).id)
		}
	case core.Drop:
		p.chats = map[string]*mirror{}
	}
}

func items(t testing.TB, array wire.Raw) (list []wire.Raw) {
	require.NoError(t, wire.Items(array, func(raw wire.Raw) error {
		list = append(list, raw)
		return nil
	}))
	return list
}

// asked tells whether this very page sent the message.
func (p *page) asked(text string) bool {
	return slices.ContainsFunc(p.w.sent, func(s *sent) bool { return s.by == p && s.text == text && !s.reloaded })
}

// judge holds the page against the model.
func (p *page) judge() {
	t := p.w.t
	for call, ended := range p.calls {
		require.True(t, ended, "call %d of %s has not ended", call, p.name)
	}
	for chatID, m := range p.chats {
		history, others := []string(nil), []string{}
		for _, raw := range p.w.model.Messages(chatID) {
			message := parseMessage(t, raw)
			history = append(history, message.id)
			if p.asked(message.text) {
				assert.NotContains(t, m.told, message.id, "%s is told its own message", p.name)
			}
			if message.sender != p.user && !message.imported && !m.first[message.id] {
				others = append(others, message.id)
			}
		}
		if !p.w.model.Member(chatID, p.user) {
			continue // who has left is told nothing more
		}
		assert.Equal(t, history, m.history, "%s: history of %s", p.name, chatID)
		told := slices.DeleteFunc(slices.Clone(m.told), func(id string) bool { return !slices.Contains(others, id) })
		assert.Equal(t, others, append([]string{}, told...), "%s: what was told of %s", p.name, chatID)
		twice := slices.Clone(m.told)
		slices.Sort(twice)
		assert.Len(t, slices.Compact(twice), len(m.told), "%s: told twice", p.name)
		assert.Equal(t, p.w.model.Users(chatID), m.users, "%s: users of %s", p.name, chatID)
	}
}
