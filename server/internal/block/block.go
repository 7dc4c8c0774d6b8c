package block

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/store"
)

// Bounds of an app's blocks.
const (
	Longest = 366 * 24 * time.Hour
	maximum = 10_000

	// callersLife is how long the address of a visitor is known after they began a chat.
	callersLife = 24 * time.Hour
)

// Block keeps a visitor, or all visitors of an address, from reaching agents.
type Block struct {
	ID      string  `json:"id"`
	User    string  `json:"visitorId,omitempty"` // who is blocked; "" if it is an address
	Name    string  `json:"name,omitempty"`      // of the visitor, when they were blocked; not stored, see Sealed
	Address string  `json:"address,omitempty"`   // as limit.Network gives it
	By      string  `json:"by"`                  // id of the agent who blocked them, or "system"
	ByName  string  `json:"byName,omitempty"`    // their name
	Reason  string  `json:"reason,omitempty"`    // for colleagues; visitors do not get it
	Sealed  []byte  `json:"sealed,omitempty"`    // name and reason of a visitor's block, as the caller of Add has sealed them
	Created float64 `json:"created"`             // unix seconds
	Until   float64 `json:"until"`               // unix seconds
}

// Store knows the blocks of every app.
type Store struct {
	engine  *store.Engine
	blocks  *store.Mirror[Block] // <app>.<id>
	callers jetstream.KeyValue   // <app>.<user>: the network from which they began a chat
	now     func() time.Time
}

// Open opens the buckets, and follows that of the blocks until ctx ends.
func Open(ctx context.Context, e *store.Engine) (*Store, error) {
	kv, err := store.Bucket(ctx, e, "parley_blocks", "visitors and addresses that may not reach agents for a time", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: e, now: time.Now}
	if s.callers, err = store.ExpiringBucket(ctx, e, "parley_callers", "from which address visitors began a chat, for a day", callersLife, 0); err != nil {
		return nil, err
	}
	s.blocks, err = store.OpenMirror[Block](ctx, kv, ">", nil)
	return s, err
}

// OfUser is the id of the block of a visitor.
func OfUser(userID string) string { return "visitor-" + userID }

// OfAddress is the id of the block of an address.
func OfAddress(a netip.Addr) string {
	return "address-" + hex.EncodeToString(limit.Network(a).AsSlice())
}

// Add blocks whom b names, in place of a block that they have. One of somebody else stays
// theirs unless the caller liftsAny, and only gets longer: whoever may not lift it could
// else do so with a shorter one. ID and Created of b are set here. Too many blocks of an
// app are a 429.
func (s *Store) Add(ctx context.Context, app string, b Block, liftsAny bool) (Block, error) {
	if err := s.Tidy(ctx, app, nobodyIsGone); err != nil {
		return b, err
	}
	if len(s.List(app)) >= maximum {
		return b, wire.Errorf(wire.TooManyRequests, "the app has %d blocks already; lift some first", maximum)
	}
	b.ID = OfUser(b.User)
	if b.User == "" {
		a, err := netip.ParseAddr(b.Address)
		if err != nil {
			return b, wire.Errorf(wire.BadArgument, "address: %q is no IP address", b.Address)
		}
		b.ID, b.Address = OfAddress(a), limit.Network(a).String()
	}
	b.Created = ids.Unix(s.now())
	return s.blocks.Modify(ctx, app+"."+b.ID, func(was *Block, found bool) error {
		if found && !liftsAny && was.By != b.By && b.Created < was.Until {
			was.Until = max(was.Until, b.Until)
			return nil
		}
		*was = b
		return nil
	})
}

// Tidy removes the records of blocks that are over, and of visitors who are gone.
func (s *Store) Tidy(ctx context.Context, app string, isGone func(ctx context.Context, userID string) (bool, error)) error {
	for key, r := range s.blocks.WithPrefix(app + ".") {
		over := !s.counts(r)
		if user := r.Value.User; !over && user != "" {
			var err error
			if over, err = isGone(ctx, user); err != nil {
				return err
			}
		}
		if !over {
			continue
		}
		if err := s.blocks.RemoveAt(ctx, key, r.Revision); err != nil {
			return err
		}
	}
	return nil
}

func nobodyIsGone(context.Context, string) (bool, error) { return false, nil }

// List gives the blocks of an app that are not over, latest first.
func (s *Store) List(app string) []Block {
	list := []Block{}
	for _, r := range s.blocks.WithPrefix(app + ".") {
		if s.counts(r) {
			list = append(list, r.Value)
		}
	}
	slices.SortFunc(list, func(a, b Block) int { return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Get gives a block; one that does not exist, or is over, is a 404.
func (s *Store) Get(app, id string) (Block, error) {
	if r := s.blocks.Get(app + "." + id); s.counts(r) {
		return r.Value, nil
	}
	return Block{}, wire.Errorf(wire.UnknownBlock, "there is no block %q", id)
}

// Remove lifts a block.
func (s *Store) Remove(ctx context.Context, app, id string) error {
	return s.blocks.Remove(ctx, app+"."+id)
}

// Check refuses a visitor who is blocked, or calls from an address that is. Of several
// addresses theirs is one. The refusal says no more than that: neither by whom, why, until
// when, nor what is blocked.
func (s *Store) Check(app, userID string, clients []netip.Addr) error {
	ofAddress := func(client netip.Addr) bool {
		return client.IsValid() && s.counts(s.blocks.Get(app+"."+OfAddress(client)))
	}
	if s.counts(s.blocks.Get(app+"."+OfUser(userID))) || slices.ContainsFunc(clients, ofAddress) {
		return wire.Errorf(wire.Blocked, "you cannot write here at present")
	}
	return nil
}

func (s *Store) counts(r store.Record[Block]) bool {
	return r.Exists && ids.Unix(s.now()) < r.Value.Until
}

// NoteCaller remembers for a day from which address a visitor began a chat. It is sealed by
// the caller, as records of the bucket are removed without being overwritten.
func (s *Store) NoteCaller(ctx context.Context, app, userID string, sealed []byte) error {
	_, err := s.callers.Put(ctx, app+"."+userID, sealed)
	return err
}

// Caller gives what NoteCaller remembers, nil a day after the last chat that they began.
func (s *Store) Caller(ctx context.Context, app, userID string) (sealed []byte, err error) {
	entry, err := s.callers.Get(ctx, app+"."+userID)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return entry.Value(), nil
}

// Forget removes what is kept of a visitor: their block, and where they called from. A
// block of their address stays; it does not tell whose it was.
func (s *Store) Forget(ctx context.Context, app, userID string) error {
	if err := s.callers.Purge(ctx, app+"."+userID); err != nil {
		return err
	}
	return s.Remove(ctx, app, OfUser(userID))
}

// EraseApp removes what is kept for an app.
func (s *Store) EraseApp(ctx context.Context, app string) error {
	for key := range s.blocks.WithPrefix(app + ".") {
		if err := s.blocks.Remove(ctx, key); err != nil {
			return err
		}
	}
	return store.Each(ctx, s.engine, s.callers, app+".*", func(e jetstream.KeyValueEntry) {
		_ = s.callers.Purge(ctx, e.Key()) // else it expires within a day
	})
}
