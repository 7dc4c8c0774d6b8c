package note

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/text/unicode/norm"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Bounds of a chat's tags.
const (
	MaxTags = 10 // of a chat
	MaxTag  = 40 // characters of a tag
)

// Tag gives a tag as it is stored: in lower case and composed (Unicode NFC), with single
// blanks, so that what looks the same is the same. A tag that shows nothing, is too long or
// has a comma or a control or direction mark is a 400.
func Tag(field, text string) (string, error) {
	tag := norm.NFC.String(strings.ToLower(strings.Join(strings.Fields(text), " ")))
	if strings.ContainsFunc(tag, func(c rune) bool { return c == ',' || c != ' ' && !ids.Visible(string(c)) }) || !ids.Visible(tag) {
		return "", wire.Errorf(wire.BadArgument, "%s: %q is no tag: it must have no comma and nothing that cannot be seen", field, text)
	}
	return tag, ids.CheckText(field, tag, MaxTag)
}

// Tags gives the tags of a chat, in the order in which they were added.
func (s *Store) Tags(ctx context.Context, chat ids.Key) ([]string, error) {
	tags, _, err := s.tags(ctx, chat)
	return tags, err
}

func (s *Store) tags(ctx context.Context, chat ids.Key) (tags []string, position uint64, err error) {
	msg, err := s.stream.GetLastMsgForSubject(ctx, tagsSubject+chat.Name())
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return []string{}, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(msg.Data, &tags)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("tags of %s: %w", chat.Name(), err)
	}
	return tags, msg.Sequence, nil
}

// ChangeTags adds tags to a chat and removes others, and gives those that it has then. What
// another agent changes meanwhile is kept. Too many tags are a 400.
func (s *Store) ChangeTags(ctx context.Context, chat ids.Key, add, remove []string) ([]string, error) {
	subject := tagsSubject + chat.Name()
	for try := range store.Tries {
		before, position, err := s.tags(ctx, chat)
		if err != nil {
			return nil, err
		}
		tags := slices.DeleteFunc(slices.Clone(before), func(tag string) bool { return slices.Contains(remove, tag) })
		for _, tag := range add {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
		if len(tags) > MaxTags {
			return nil, wire.Errorf(wire.BadArgument, "add: the chat would have %d tags, at most %d are allowed", len(tags), MaxTags)
		}
		if slices.Equal(before, tags) {
			return tags, nil
		}
		err = s.put(ctx, subject, tags, position, subject)
		if err == nil && position != 0 {
			err = s.eraseAt(ctx, position)
		}
		if !store.IsConflict(err) {
			return tags, err
		}
		store.Pause(ctx, try)
	}
	return nil, store.ErrConcurrent
}
