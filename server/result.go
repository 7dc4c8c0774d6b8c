package server

import (
	"io"
	"net/http"

	"parley/core/wire"
)

// result is what an operation gives.
type result struct {
	file   *file                          // set if it is one, then nothing else counts
	body   func(to audience) *wire.Object // the reply's data, left open; nil is {"success":true}
	chatID string                         // what has happened in this chat
	upTo   uint64                         // up to here goes before the reply
	place  record                         // the entry that the reply stands for
	before []earlier                      // histories that go before the reply
	opens  bool                           // it is the reply to session:open,
	feeds  []start                        // which makes these chats live
}

// answer is a result that has no place in a chat.
func answer(body func(o *wire.Object)) result {
	return result{body: func(audience) *wire.Object {
		o := wire.NewObject(nil)
		body(o)
		return o
	}}
}

// data is the reply for a recipient.
func (r *result) data(to audience) wire.Raw {
	var o *wire.Object
	if r.body == nil {
		o = wire.NewObject(nil).Bool("success", true)
	} else {
		o = r.body(to)
	}
	if r.place.sees[to] {
		o.Uint("seq", r.place.Seq).Uint("prev", r.place.prev[to])
	}
	return o.Done()
}

// start says from where on a chat is live.
type start struct {
	chatID string
	cursor uint64
}

// file is a result that is no JSON.
type file struct {
	header  http.Header
	content io.ReadCloser
}

// of is the result of an append.
func resultOf(o outcome, key chatKey, body func(to audience) *wire.Object) result {
	r := result{body: body, chatID: key.id, upTo: o.state.seq}
	if o.record.Seq != 0 {
		r.place, r.upTo = o.record, o.record.Seq
	}
	return r
}
