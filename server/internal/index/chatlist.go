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
	kv     jetstream.KeyValue // <app>.<chat>, and filledKey
	stream jetstream.Stream   // of the bucket
	filled chan struct{}      // closed when the list has the chats of before there was one
}

const (
	filledKey = "filled" // is there when the list has all chats
	fillBatch = 1000     // chats that are written at a time when it is filled
)

// OpenChatList makes sure that the bucket exists.
func OpenChatList(ctx context.Context, e *store.Engine) (*ChatList, error) {
	kv, err := store.Bucket(ctx, e, "parley_chats", "all chats of each app, in the order in which they began", 0)
	if err != nil {
		return nil, err
	}
	stream, err := e.JS.Stream(ctx, "KV_"+kv.Bucket())
	return &ChatList{e.JS, kv, stream, make(chan struct{})}, err
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
	if _, err := l.kv.Get(ctx, filledKey); !errors.Is(err, jetstream.ErrKeyNotFound) {
		if err == nil {
			close(l.filled)
		}
		return err
	}
	names, err := all(ctx)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for batch := range slices.Chunk(names, fillBatch) {
		if err := l.addMany(ctx, batch); err != nil {
			return err
		}
	}
	if _, err := l.kv.Put(ctx, filledKey, nil); err != nil {
		return err
	}
	close(l.filled)
	return nil
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
	select {
	case <-l.filled:
	case <-ctx.Done():
		return ids.ErrUnavailable("the list of all chats is being made, which happens once")
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
