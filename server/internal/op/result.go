package op

import (
	"io"
	"net/http"

	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// Result is what an operation gives: data for a reply, or a file. The reply follows
// the entries of ChatID up to UpTo, which may include the one that the operation
// appended.
type Result struct {
	File   *File                                    // if set, nothing else counts
	Body   func(to chatstate.Audience) *wire.Object // the reply's data, to be completed by Data; nil is {"success":true}
	ChatID string                                   // the chat whose entries go before the reply, "" if none
	UpTo   uint64                                   // position of the last of them
	Record chatstate.Record                         // the entry that the reply takes the place of; zero if none
	Before []chatstate.EarlierHistory               // parts of histories that go before the reply
	Opens  bool                                     // whether it is the reply to session:open
	Live   []LiveFrom                               // chats that are live after that reply
}

// LiveFrom says after which position the entries of a chat are delivered.
type LiveFrom struct {
	ChatID string
	Cursor uint64
}

// File is the reply to a download.
type File struct {
	Header  http.Header
	Content io.ReadCloser
}

// Reply makes a result that follows no entries of a chat.
func Reply(body func(o *wire.Object)) Result {
	return Result{Body: func(chatstate.Audience) *wire.Object {
		o := wire.NewObject(nil)
		body(o)
		return o
	}}
}

// ResultOf makes the result of an append. If nothing was appended, the reply follows
// the chat as it is.
func ResultOf(o chatlog.Outcome, key ids.Key, body func(to chatstate.Audience) *wire.Object) Result {
	r := Result{Body: body, ChatID: key.ID, UpTo: o.State.Seq}
	if o.Record.Seq != 0 {
		r.Record, r.UpTo = o.Record, o.Record.Seq
	}
	return r
}

// Data is the reply's data for a recipient, with the position of the entry that the
// reply takes the place of.
func (r *Result) Data(to chatstate.Audience) wire.Raw {
	var o *wire.Object
	if r.Body == nil {
		o = wire.NewObject(nil).Bool("success", true)
	} else {
		o = r.Body(to)
	}
	if r.Record.VisibleTo[to] {
		o.Uint("seq", r.Record.Seq).Uint("prev", r.Record.Prev[to])
	}
	return o.Done()
}
