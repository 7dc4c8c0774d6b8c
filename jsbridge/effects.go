//go:build js && wasm

package jsbridge

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hack-pad/safejs"

	"parley/core"
	"parley/core/wire"
)

// apply carries out an effect. It writes most effects into the batch, for the page,
// and does the rare ones itself through safejs.
func (s *shell) apply(effect core.Effect) {
	b := &s.batch
	switch e := effect.(type) {
	case core.Settle:
		b.effect("settle", num(e.Call), e.Value)
	case core.Reject:
		b.effect("reject", num(e.Call), e.Err.Append(nil))
	case core.Created:
		b.effect("created", num(e.Call), str(e.EventID), str(e.Text), str(e.Sender))
	case core.Mirror:
		b.effect("session", e.Session)
	case core.OpenChat:
		b.effect("open", e.Chat)
	case core.HistoryPart:
		b.effect("part", str(e.ChatID), num(e.From), e.Messages)
	case core.PatchChat:
		b.effect("patch", str(e.ChatID), e.Members)
	case core.AppendMessages:
		b.effect("append", str(e.ChatID), e.Messages, str(e.EventID))
	case core.Emit:
		s.emit(e)
	case core.At:
		b.effect("at", str(e.ChatID), num(e.Seq))
	case core.Drop:
		b.effect("drop")
	case core.Arm:
		b.effect("arm", num(e.Timer), num(e.After.Milliseconds()))
	case core.Disarm:
		b.effect("disarm", num(e.Timer))
	case core.Persist:
		b.effect("persist", str(e.Key), e.Record, num(e.Call), num(e.Write))
	case core.TakeMore:
		b.effect("more")
	case core.TransferFile:
		b.effect("transfer", num(e.Call), wire.NewObject(nil).Str("url", e.URL).Raw("headers", pairs(e.Header)).Raw("form", pairs(e.Form)).
			Int("silence", e.Silence.Milliseconds()).Done())
	case core.Dial:
		if err := s.sockets.dial(s.page, e); err != nil {
			s.warn(wire.NotDialled, "the connection cannot be made", err)
			s.later = append(s.later, core.Closed{Epoch: e.Epoch})
		}
	case core.Send:
		if err := s.sockets.send(e.Epoch, e.Text); err != nil {
			s.later = append(s.later, core.Closed{Epoch: e.Epoch})
		}
	case core.Hangup:
		s.sockets.close(e.Epoch)
	case core.Fetch:
		if err := s.page.fetch(e); err != nil {
			s.later = append(s.later, core.Fetched{Call: e.Call, Body: []byte(err.Error())})
		}
	case core.SaveSession:
		s.sessionRefused("the session cannot be stored for the next page", s.session.save(s.page, e.Session))
	case core.ClearSession:
		s.sessionRefused("the session cannot be removed from the browser's storage", s.session.clear(s.page, e.Session))
	}
}

func (s *shell) emit(e core.Emit) {
	switch e.To {
	case core.ToChat:
		s.batch.effect("chat", str(e.ChatID), str(e.Event), e.Data)
	case core.ToLobby:
		s.batch.effect("lobby", str(e.Event), e.Data)
	case core.ToParley:
		s.batch.effect("parley", str(e.Event), e.Data)
	case core.ToEvents:
		s.batch.effect("event", str(e.Event), e.Data)
	}
}

// pairs makes an object of names and values. A nil list becomes null.
func pairs(list [][2]string) wire.Raw {
	if list == nil {
		return nil
	}
	o := wire.NewObject(nil)
	for _, p := range list {
		o.Str(p[0], p[1])
	}
	return o.Done()
}

// sessionRefused tells the page that the browser refuses to keep the session; once, since
// every further attempt fails for the same reason.
func (s *shell) sessionRefused(what string, err error) {
	if err != nil && !s.session.refused {
		s.session.refused = true
		s.warn(wire.NotStored, what, err)
	}
}

// warn emits an error after which the chat goes on.
func (s *shell) warn(reason wire.Reason, what string, err error) {
	s.batch.effect("parley", str("error"), wire.Errorf(reason, "%s: %s", what, err).Append(nil))
}

// batch is the JSON array of effects that one export returns.
type batch struct{ text []byte }

func (b *batch) begin() { b.text = append(b.text[:0], '[') }

// end ends the array. A batch without effects is empty.
func (b *batch) end() {
	switch {
	case len(b.text) == 1 && b.text[0] == '[':
		b.text = b.text[:0]
	case b.text[0] == '[':
		b.text = append(b.text, ']')
	}
}

// effect adds one effect: its name, then values that are JSON already.
func (b *batch) effect(name string, values ...wire.Raw) {
	if len(b.text) > 1 {
		b.text = append(b.text, ',')
	}
	b.text = append(b.text, '[')
	b.text = wire.AppendString(b.text, name)
	for _, v := range values {
		b.text = append(b.text, ',')
		if len(v) == 0 {
			v = wire.Raw("null")
		}
		b.text = append(b.text, v...)
	}
	b.text = append(b.text, ']')
}

// fatal replaces the batch, which a panic has left incomplete.
func (b *batch) fatal(reason any) {
	b.begin()
	b.effect("fatal", str(fmt.Sprint(reason)))
	b.end()
}

func str(s string) wire.Raw { return wire.AppendString(nil, s) }

func num[N ~int | ~int64 | ~uint64](n N) wire.Raw { return strconv.AppendInt(nil, int64(n), 10) }

// sockets are the page's WebSockets, or those by HTTP, by epoch. One is in use at a time; an older one
// may still be closing.
type sockets map[int]safejs.Value

var errNoSocket = errors.New("the socket is closed")

// dial has the page make a socket and listen to it.
func (s sockets) dial(p page, e core.Dial) error {
	socket, err := p.half.Call("dial", string(e.Transport), e.URL, e.Epoch)
	if err == nil {
		s[e.Epoch] = socket
	}
	return err
}

// send sends one text message. The browser's buffer has no limit, but the core's queue
// of requests has (core.Options.MaxPending and PendingBytes).
func (s sockets) send(epoch int, text []byte) error {
	socket, ok := s[epoch]
	if !ok {
		return errNoSocket
	}
	_, err := socket.Call("send", string(text))
	return err
}

// close begins to close the socket with code 1000. Nothing waits for the end.
func (s sockets) close(epoch int) {
	socket, ok := s[epoch]
	if !ok {
		return
	}
	delete(s, epoch)
	// It fails only for codes that are not allowed; 1000 is.
	_, _ = socket.Call("close", 1000)
}

func (s sockets) forget(epoch int) { delete(s, epoch) }
