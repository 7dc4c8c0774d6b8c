package gateway

import (
	"parley/core/wire"
	"parley/server/internal/op"
)

// idOf finds the id of a frame that cannot be read as a whole. A frame without an id gives "".
func idOf(b []byte) (id string) {
	_ = wire.Members(b, func(name string, v wire.Raw) error { // ends where the frame is broken
		if name == "id" {
			id, _ = wire.String(v)
		}
		return nil
	})
	return echoable(id)
}

// echoable gives an id that may be illegal as it can stand in a reply.
func echoable(id string) string {
	if len(id) > 1024 {
		return ""
	}
	return id
}

// refuse replies to a frame that is no request.
func (c *Conn) refuse(id string, err *wire.Error) {
	c.endGroup() // whose replies go first
	if c.takeSlot() {
		c.hub.service.Answered(op.Answered{Transport: byFrames, Operation: op.Unknown, Code: err.Code, Requests: 1})
		c.addPending(id)
		c.queue(item{id: id, reply: &op.Result{}, err: err})
	}
}
