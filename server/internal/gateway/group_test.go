package gateway

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/chat"
	"parley/server/internal/address"
	"parley/server/internal/op"
)

// endedSocket has no frames any more.
type endedSocket struct{ socket }

func (endedSocket) read(context.Context, func()) ([]byte, bool, error) { return nil, false, io.EOF }

// counter counts what is carried out.
type counter struct {
	Service
	calls    []*op.Call
	answered int
}

func (s *counter) Answered(a op.Answered) { s.answered += a.Requests }

func (s *counter) DoTogether(_ context.Context, _ *op.Operation, calls []*op.Call) []op.Answer {
	s.calls = append(s.calls, calls...)
	return make([]op.Answer, len(calls))
}

// Requests that arrived before the connection ended are carried out.
func TestGroupOutlivesTheConnection(t *testing.T) {
	h, s := testHub(t), &counter{}
	h.service = s
	c := newConn(h, endedSocket{}, address.Sender{})
	c.group.begin(h.ctx)
	ctx := c.group.ctx
	c.group.operation, c.group.calls = &op.Operation{Event: chat.EventMessage}, []*op.Call{{EventID: "1"}, {EventID: "2"}}
	c.read()
	assert.Len(t, s.calls, 2)
	assert.Equal(t, 2, s.answered)
	assert.Error(t, ctx.Err(), "no timer is left")
}
