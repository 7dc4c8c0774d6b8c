package index

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Past remembers every chat in which a user ever was, for as long as there is the user.
// A record is written before the log says that the user joined, and may be left over
// after a crash; the log decides.
type Past struct {
	kv     jetstream.KeyValue // <app>.<user>.<chat>
	stream jetstream.Stream   // of the bucket
	filled filled             // when it has the chats of before there was the bucket
}

// OpenPast makes sure that the bucket exists.
func OpenPast(ctx context.Context, e *store.Engine) (*Past, error) {
	kv, err := store.Bucket(ctx, e, "parley_past", "every chat of each user", 0)
	if err != nil {
		return nil, err
	}
	stream, err := e.JS.Stream(ctx, "KV_"+kv.Bucket())
	return &Past{kv, stream, newFilled(kv)}, err
}

// Add notes that a user is or will be in a chat. Adding it again changes nothing.
func (p *Past) Add(ctx context.Context, key ids.Key, userID string) error {
	_, err := store.Create(ctx, p.kv, pastPrefix(key.App, userID)+key.ID, nil)
	return err
}

// Fill adds who was in the chats that began before there was the bucket, which all gives,
// unless that has been done. Page and Each wait for it.
func (p *Past) Fill(ctx context.Context, all func(ctx context.Context, add AddPast) error) error {
	return p.filled.fill(ctx, func() error { return all(ctx, p.Add) })
}

// AddPast is Past.Add.
type AddPast = func(ctx context.Context, key ids.Key, userID string) error

// Wait returns when all chats are there; a 503 if ctx ends before.
func (p *Past) Wait(ctx context.Context) error {
	return p.filled.wait(ctx, "the list of each user's chats")
}

func pastPrefix(app, userID string) string { return app + "." + userID + "." }

// Page gives the ids of chats of a user in the order in which they came into them: at
// most limit of them after a position, 0 for the first. next is the after of the next
// page, 0 if there are no more.
func (p *Past) Page(ctx context.Context, app, userID string, after uint64, limit int) (chatIDs []string, next uint64, err error) {
	if err := p.Wait(ctx); err != nil {
		return nil, 0, err
	}
	prefix := "$KV." + p.kv.Bucket() + "." + pastPrefix(app, userID)
	next, err = store.Page(ctx, p.stream, prefix+"*", after, limit, func(msg *jetstream.RawStreamMsg) (bool, error) {
		chatIDs = append(chatIDs, strings.TrimPrefix(msg.Subject, prefix))
		return true, nil
	})
	return chatIDs, next, err
}

// Each visits the ids of all chats of a user.
func (p *Past) Each(ctx context.Context, app, userID string, visit func(chatID string) error) error {
	for after := uint64(0); ; {
		chatIDs, next, err := p.Page(ctx, app, userID, after, fillBatch)
		if err != nil {
			return err
		}
		for _, id := range chatIDs {
			if err := visit(id); err != nil {
				return err
			}
		}
		if next == 0 {
			return nil
		}
		after = next
	}
}

// Remove removes a chat from those of a user.
func (p *Past) Remove(ctx context.Context, key ids.Key, userID string) error {
	return p.purge(ctx, pastPrefix(key.App, userID)+key.ID)
}

// Forget removes what is remembered of a user, or of all of the app if userID is "".
func (p *Past) Forget(ctx context.Context, app, userID string) error {
	if userID == "" {
		return p.purge(ctx, app+".>")
	}
	return p.purge(ctx, pastPrefix(app, userID)+"*")
}

func (p *Past) purge(ctx context.Context, filter string) error {
	return p.stream.Purge(ctx, jetstream.WithPurgeSubject("$KV."+p.kv.Bucket()+"."+filter))
}
