package op

import (
	"io"
	"net/http"

	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// Result is what an operation gives.
type Result struct {
	File   *File                                    // set if it is one, then nothing else counts
	Body   func(to chatstate.Audience) *wire.Object // the reply's data, left open; nil is {"success":true}
	ChatID string                                   // what has happened in this chat
	UpTo   uint64                                   // up to here goes before the reply
	Record chatstate.Record                         // the entry that the reply stands for
	Before []chatstate.Earlier                      // histories that go before the reply
	Opens  bool                                     // it is the reply to session:open,
	Live   []LiveFrom                               // which makes these chats live
}

// Reply is a result that has no place in a chat.
func Reply(body func(o *wire.Object)) Result {
	return Result{Body: func(chatstate.Audience) *wire.Object {
		o := wire.NewObject(nil)
		body(o)
		return o
	}}
}

// Data is the reply for a recipient.
func (r *Result) Data(to chatstate.Audience) wire.Raw {
	var o *wire.Object
	if r.Body == nil {
		o = wire.NewObject(nil).Bool("success", true)
	} else {
		o = r.Body(to)
	}
	if r.Record.Sees[to] {
		o.Uint("seq", r.Record.Seq).Uint("prev", r.Record.Prev[to])
	}
	return o.Done()
}

// LiveFrom says from where on a chat is live.
type LiveFrom struct {
	ChatID string
	Cursor uint64
}

// File is a result that is no JSON.
type File struct {
	Header  http.Header
	Content io.ReadCloser
}

// of is the result of an append.
func ResultOf(o chatlog.Outcome, key ids.Key, body func(to chatstate.Audience) *wire.Object) Result {
	r := Result{Body: body, ChatID: key.ID, UpTo: o.State.Seq}
	if o.Record.Seq != 0 {
		r.Record, r.UpTo = o.Record, o.Record.Seq
	}
	return r
}
