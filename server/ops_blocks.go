package server

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/block"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// defaultBlock is for how long somebody is blocked if the request does not say.
const defaultBlock = 24 * time.Hour

// readBlock reads what every block has, whomever it is of.
func readBlock(c *op.Call) (b block.Block, err error) {
	p := c.Params
	b = block.Block{By: c.User.ID, ByName: cmp.Or(c.User.Nickname, c.User.Name), Reason: p.Text("reason")}
	b.Until = ids.Unix(time.Now()) + p.Number("seconds", 1, block.Longest.Seconds(), defaultBlock.Seconds())
	return b, cmp.Or(p.Err, ids.CheckText("reason", b.Reason, 200))
}

// blockVisitor blocks the visitor of a chat, and if asked to their address as well, as far
// as it is known.
func (s *Server) blockVisitor(ctx context.Context, c *op.Call) (op.Result, error) {
	b, err := readBlock(c)
	if err != nil {
		return op.Result{}, err
	}
	u, err := s.identity.User(ctx, c.Key.App, c.State.Chat.Creator)
	if err != nil {
		return op.Result{}, err
	}
	wanted := []block.Block{sealed(b, u)}
	if c.Params.Flag("address") {
		address, err := s.addressOf(ctx, c.Key.App, u)
		if err != nil {
			return op.Result{}, err
		}
		if address != "" {
			b.Address, b.Reason = address, "" // the reason is about the visitor, whose block has it
			wanted = append(wanted, b)
		}
	}
	for i := range wanted {
		if wanted[i], err = s.blocks.Add(ctx, c.Key.App, wanted[i], liftsAny(c)); err != nil {
			return op.Result{}, err
		}
		c.Note("blockId", wanted[0].ID)
	}
	return s.blocksReply(ctx, c.Key.App, wanted)
}

// addBlock blocks a visitor, or an address.
func (s *Server) addBlock(ctx context.Context, c *op.Call) (op.Result, error) {
	b, err := readBlock(c)
	b.User, b.Address = c.Params.Text("visitorId"), c.Params.Text("address")
	if err == nil && (b.User == "") == (b.Address == "") {
		err = wire.Errorf(wire.BadArgument, "visitorId, address: one of the two must be given, and not both")
	}
	if err != nil {
		return op.Result{}, err
	}
	if b.User != "" {
		u, err := s.identity.User(ctx, c.Actor.App.ID, b.User)
		if err != nil {
			return op.Result{}, err
		}
		b = sealed(b, u)
	}
	b, err = s.blocks.Add(ctx, c.Actor.App.ID, b, liftsAny(c))
	if err != nil {
		return op.Result{}, err
	}
	c.Note("blockId", b.ID)
	return s.blocksReply(ctx, c.Actor.App.ID, []block.Block{b})
}

// listBlocks gives the blocks of the app that are not over, latest first.
func (s *Server) listBlocks(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.blocksReply(ctx, c.Actor.App.ID, s.blocks.List(c.Actor.App.ID))
}

// removeBlock lifts a block: one of their own, or as a supervisor or with the secret any.
func (s *Server) removeBlock(ctx context.Context, c *op.Call) (op.Result, error) {
	id := c.Params.RequiredText("blockId")
	b, err := s.blocks.Get(c.Actor.App.ID, id)
	if err == nil && b.By != c.User.ID && !liftsAny(c) {
		err = wire.Errorf(wire.NotAllowed, "only supervisors may lift a block that somebody else has made")
	}
	if err != nil {
		return op.Result{}, err
	}
	return op.Result{}, s.blocks.Remove(ctx, c.Actor.App.ID, id)
}

// liftsAny tells whether the caller may lift a block that somebody else has made.
func liftsAny(c *op.Call) bool { return c.Actor.Secret || seesAll(c) }

// aboutBlocked is what a block says of its visitor. It is stored sealed, as the bucket of
// the blocks removes records without overwriting them.
type aboutBlocked struct {
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"`
}

// sealed is the block of a visitor as it is stored.
func sealed(b block.Block, u identity.User) block.Block {
	about, _ := json.Marshal(aboutBlocked{cmp.Or(u.Nickname, u.Name), b.Reason}) // texts only
	b.User, b.Sealed, b.Reason = u.ID, u.Seal(string(about)), ""
	return b
}

// blocksReply gives blocks as agents read them. Of a visitor who is gone there is no more
// than their id.
func (s *Server) blocksReply(ctx context.Context, app string, list []block.Block) (op.Result, error) {
	for i := range list {
		b := &list[i]
		if b.Sealed == nil {
			continue
		}
		u, err := s.identity.User(ctx, app, b.User)
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return op.Result{}, err
		}
		var about aboutBlocked
		_ = json.Unmarshal([]byte(u.Unseal(b.Sealed)), &about) // it is empty if it cannot be read
		b.Name, b.Reason, b.Sealed = about.Name, about.Reason, nil
	}
	blocks, err := json.Marshal(list)
	return op.Reply(func(o *wire.Object) { o.Raw("blocks", blocks) }), err
}

// noteCaller remembers for a while from where a visitor began a chat, so that agents, who
// do not see addresses, can block that.
func (s *Server) noteCaller(ctx context.Context, c *op.Call) {
	if c.ByStaff() || c.Actor.Secret || c.User.ID == chat.System || !c.Client.IsValid() {
		return
	}
	sealed := c.User.Seal(limit.Network(c.Client).String())
	if err := s.blocks.NoteCaller(ctx, c.Actor.App.ID, c.User.ID, sealed); err != nil {
		s.options.Logger.Warn("blocks: the address of a visitor was not noted", "error", err)
	}
}

// addressOf gives the address that noteCaller remembers of a visitor, "" if there is none.
func (s *Server) addressOf(ctx context.Context, app string, visitor identity.User) (string, error) {
	sealed, err := s.blocks.Caller(ctx, app, visitor.ID)
	return visitor.Unseal(sealed), err
}
