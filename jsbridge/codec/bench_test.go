package codec_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/wire"
	"parley/jsbridge/codec"
)

// page is a page with an open chat, in which a user and an agent are, as far as the core
// hears of it. Each of its acts does what exports of package jsbridge do.
type page struct {
	core    *core.Machine
	effects []core.Effect
	batch   codec.Batch
	at      core.Moment
	frame   []byte // the last one sent
	seq     uint64
}

func (p *page) step(in core.Input) {
	p.batch.Begin()
	p.at.Now++
	p.at.Rand++
	p.effects = p.core.Step(p.at, in, p.effects[:0])
	for _, e := range p.effects {
		if send, is := e.(core.Send); is {
			p.frame = send.Text
		}
		p.batch.Effect(e)
	}
	p.batch.End()
}

func (p *page) command(call core.Call, text string) {
	in, err := codec.Command(call, wire.Raw(text), func(string) {})
	if err != nil {
		panic(err)
	}
	p.step(in)
}

// requestID is that of the last request.
func (p *page) requestID() []byte {
	const begin = `{"id":"`
	return p.frame[len(begin) : len(begin)+32]
}

// reply is the server's to the last request.
func (p *page) reply(data string) {
	p.step(core.Frame{Epoch: 1, Text: fmt.Appendf(nil, `{"id":%q,"data":%s}`, p.requestID(), data)})
}

func newPage(tb testing.TB) *page {
	p := &page{core: core.New(core.Options{}), at: core.Moment{Now: 1_700_000_000_000}, seq: 10}
	p.command(1, `{"name":"init","args":{"appId":"demo","api":"http://host/v1","socket":"ws://host/v1/socket","session":"none"}}`)
	p.step(core.Fetched{Call: 1, Status: 200})
	p.command(2, `{"name":"login","args":{"id":"ann","token":"t"}}`)
	p.step(core.Opened{Epoch: 1})
	p.reply(`{"user":{"id":"ann"},"chats":{"c5f0e8a7":{"id":"c5f0e8a7","status":"active","creator":"ann",` +
		`"users":[{"id":"ann"},{"id":"bob","providerId":"p"}],"watchers":[],"seq":10,"history":[]}}}`)
	require.Contains(tb, string(p.batch.Text), `["settle",2,`)
	return p
}

// said is the message of the agent, which the page has parsed.
func (p *page) said() {
	p.seq++
	p.step(core.Said{Epoch: 1, Seq: p.seq, Prev: p.seq - 1, ChatID: "c5f0e8a7", UserID: "bob", MessageID: messageID(p.seq), Sender: "bob",
		Data: codec.KeptData, Message: codec.KeptMessage})
}

// send sends a message of the user.
func (p *page) send() {
	p.command(3, `{"name":"chat.send","args":{"chatId":"c5f0e8a7","text":"Hello there, how are you today?"}}`)
}

// answer is the server's reply to it, which the page has parsed.
func (p *page) answer() {
	p.seq++
	p.step(core.Said{Epoch: 1, Seq: p.seq, Prev: p.seq - 1, MessageID: messageID(p.seq), Sender: "ann", Request: string(p.requestID()),
		Data: codec.KeptData, Message: codec.KeptMessage})
}

func messageID(seq uint64) string { return string(rune('a'+seq%26)) + "0123456789" }

func BenchmarkSaid(b *testing.B) {
	p := newPage(b)
	p.said()
	require.Contains(b, string(p.batch.Text), "message:received")
	b.ReportAllocs()
	for b.Loop() {
		p.said()
	}
}

func BenchmarkSendAndReply(b *testing.B) {
	p := newPage(b)
	p.send()
	p.answer()
	require.Contains(b, string(p.batch.Text), `["settle",3,`)
	b.ReportAllocs()
	for b.Loop() {
		p.send()
		p.answer()
	}
}
