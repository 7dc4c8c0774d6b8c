package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// centrifuge is the JSON protocol of the centrifuge library: requests and answers with a number, lines.
type centrifuge struct{ last int }

func newCentrifuge() protocol { return &centrifuge{} }

func (*centrifuge) path() string { return "" }

func (c *centrifuge) request(format string, args ...any) (string, []byte) {
	c.last++
	id := strconv.Itoa(c.last)
	return id, fmt.Appendf(nil, `{"id":%s,%s}`, id, fmt.Sprintf(format, args...))
}

func (c *centrifuge) hello() (string, []byte) { return c.request(`"connect":{}`) }

func (c *centrifuge) join(room string) (string, []byte) {
	return c.request(`"subscribe":{"channel":%q}`, room)
}

func (c *centrifuge) say(room, text string) (string, []byte) {
	return c.request(`"publish":{"channel":%q,"data":{"chat":%[1]q,"text":%q}}`, room, text)
}

func (*centrifuge) parts(came []byte, visit func(part)) {
	for line := range bytes.SplitSeq(came, []byte("\n")) {
		switch {
		case len(line) == 0:
		case len(line) == 2: // {}
			visit(part{ping: []byte("{}")})
		case bytes.HasPrefix(line, []byte(`{"id":`)):
			visit(part{answer: between(line, `{"id":`, ",}")})
		default:
			visit(part{room: between(line, `"channel":"`, `"`), text: line})
		}
	}
}

// socketIO is Socket.IO over WebSocket: Engine.IO's packets, with events that are acknowledged by number.
type socketIO struct{ last int }

func newSocketIO() protocol { return &socketIO{} }

func (*socketIO) path() string { return "/socket.io/?EIO=4&transport=websocket" }

// welcome is what stands for the number of the answer to the hello.
const welcome = "hello"

func (*socketIO) hello() (string, []byte) { return welcome, []byte("40") }

func (s *socketIO) event(format string, args ...any) (string, []byte) {
	s.last++
	id := strconv.Itoa(s.last)
	return id, fmt.Appendf(nil, "42%s%s", id, fmt.Sprintf(format, args...))
}

func (s *socketIO) join(room string) (string, []byte) { return s.event(`["join",%q]`, room) }

func (s *socketIO) say(room, text string) (string, []byte) {
	return s.event(`["say",{"id":"%s-%d","chat":%[1]q,"text":%[3]q}]`, room, s.last, text)
}

func (*socketIO) parts(came []byte, visit func(part)) {
	switch {
	case bytes.Equal(came, []byte("2")):
		visit(part{ping: []byte("3")})
	case bytes.HasPrefix(came, []byte("40")):
		visit(part{answer: welcome})
	case bytes.HasPrefix(came, []byte("43")):
		visit(part{answer: between(came, "43", "[")})
	case bytes.HasPrefix(came, []byte("42")):
		visit(part{room: between(came, `"chat":"`, `"`), text: came})
	}
}

// between gives what stands behind the first of a text, up to one of some characters.
func between(text []byte, from, to string) string {
	_, rest, _ := bytes.Cut(text, []byte(from))
	if end := bytes.IndexAny(rest, to); end >= 0 {
		return string(rest[:end])
	}
	return ""
}
