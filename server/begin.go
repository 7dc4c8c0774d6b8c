package server

import (
	"context"
	"slices"

	"parley/server/internal/op"
)

// begin refuses a call that its headers and its URL show not to be allowed, so that nobody
// makes the server read the body of what they may not call. What only the body tells is
// left to authorize, which decides.
func (s *Server) begin(ctx context.Context, operation *op.Operation, c *op.Call) error {
	r, known := rules[operation.AccessOf(c.Params)]
	if !known {
		return op.ErrInternal
	}
	switch {
	case r.scope == linkScope: // the body has the link
		r.scope, r.allowed = appScope, []relation{anybody}
	case r.scope == chatScope && (c.Actor.Secret || !namesChat(operation, c)): // the body says who acts, or names the chat
		r.scope, r.allowed = userScope, []relation{anybody}
	case r.scope == chatScope: // the body may show that the request is a repeated one (facts.done)
		r.allowed = slices.Concat(r.allowed, []relation{everMember})
	}
	return s.judge(ctx, operation, r, c)
}

// namesChat tells whether the parameters so far name the chat of a call.
func namesChat(operation *op.Operation, c *op.Call) bool {
	_, err := chatID(operation, c)
	named := err == nil && c.Params.Err == nil
	c.Params.Err = nil
	return named
}
