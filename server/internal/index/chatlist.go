package index

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// ChatList lists all chats of an app, open and closed, in the order in which they began,
// without asking the log's stream for its subjects, which costs by all chats that ever
// were. A record is written before the log has the chat, and may be left over after a
// crash; the log decides.
type ChatList struct {
	js     jetstream.JetStream
	kv     jetstream.KeyValue // <app>.<chat>
	stream jetstream.Stream   // of the bucket
	filled filled             // when the list has the chats of before there was one
}

// fillBatch is how many chats are written at a time when the list is filled.
const fillBatch = 1000

// OpenChatList makes sure that the bucket exists.
func OpenChatList(ctx context.Context, e *store.Engine) (*ChatList, error) {
	kv, err := store.Bucket(ctx, e, "parley_chats", "all chats of each app, in the order in which they began", 0)
	if err != nil {
		return nil, err
	}
	stream, err := e.JS.Stream(ctx, "KV_"+kv.Bucket())
	return &ChatList{e.JS, kv, stream, newFilled(kv)}, err
}

// Add puts a chat into the list. Adding it again changes nothing.
func (l *ChatList) Add(ctx context.Context, key ids.Key) error {
	_, err := l.kv.Create(ctx, key.Name(), nil)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil
	}
	return err
}

// Remove takes a chat out of the list, or all of the app if its id is "".
func (l *ChatList) Remove(ctx context.Context, key ids.Key) error {
	if key.ID == "" {
		key.ID = "*"
	}
	return l.stream.Purge(ctx, jetstream.WithPurgeSubject("$KV."+l.kv.Bucket()+"."+key.Name()))
}

// Fill puts the chats into the list that began before there was one, which all gives by
// their keys, unless that has been done. Page waits for it.
func (l *ChatList) Fill(ctx context.Context, all func(ctx context.Context) ([]string, error)) error {
	return l.filled.fill(ctx, func() error {
		names, err := all(ctx)
		slices.Sort(names)
		for batch := range slices.Chunk(names, fillBatch) {
			if err == nil {
				err = l.addMany(ctx, batch)
			}
		}
		return err
	})
}

// addMany is Add for many keys, without waiting for one after the other.
func (l *ChatList) addMany(ctx context.Context, names []string) (err error) {
	acks := make([]jetstream.PubAckFuture, len(names))
	for i, name := range names {
		acks[i], err = l.js.PublishAsync("$KV."+l.kv.Bucket()+"."+name, nil, jetstream.WithExpectLastSequencePerSubject(0))
		if err != nil {
			return err
		}
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			if !store.IsConflict(err) { // else it is in the list already
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Page gives the ids of chats of an app after one of them, "" for the first, to visit,
// until it has taken limit of them. An unknown one is a 404.
func (l *ChatList) Page(ctx context.Context, app, after string, limit int, visit func(chatID string) (taken bool, err error)) error {
	if err := l.filled.wait(ctx, "the list of all chats"); err != nil {
		return err
	}
	from := uint64(0)
	if after != "" {
		entry, err := l.kv.Get(ctx, ids.Key{App: app, ID: after}.Name())
		if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey) {
			return wire.Errorf(wire.UnknownChat, "after: unknown chat %q", after)
		}
		if err != nil {
			return err
		}
		from = entry.Revision()
	}
	prefix := "$KV." + l.kv.Bucket() + "." + app + "."
	for count := 0; count < limit; {
		next, err := store.Page(ctx, l.stream, prefix+"*", from, limit-count, func(msg *jetstream.RawStreamMsg) (bool, error) {
			taken, err := visit(strings.TrimPrefix(msg.Subject, prefix))
			if taken {
				count++
			}
			return taken, err
		})
		if err != nil || next == 0 {
			return err
		}
		from = next
	}
	return nil
}
