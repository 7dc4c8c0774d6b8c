package chatlog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// The chats are spread over several streams. A NATS cluster elects a leader for each, and spreads
// the leaders over its servers: so the death of one holds up only the chats of those that it led. A chat's key
// says in which stream it is; so their number is decided when a store is made, and stays.
const (
	// Stream is the name of the first stream. Those of the others have a number behind it.
	Stream = "PARLEY_CHATS"
	// SubjectPrefix is that of the first stream's subjects; the app, a dot, and the chat's id follow. Those of the
	// others have the stream's number before the last dot.
	SubjectPrefix = subjectRoot + "."
	subjectRoot   = "parley.chat"

	// MaxStreams is the most streams that chats can be spread over.
	MaxStreams = 64
	// onCluster is how many there are by default where NATS has several servers, else one.
	onCluster = 16

	passedOver = "$positions" // behind a prefix: no chat has that subject

	// streamsKey has, in the metadata of each stream, how many there are.
	streamsKey = "parley-chat-streams"
)

// part is one of the streams, which holds some of the chats.
type part struct {
	stream string
	prefix string // of its subjects
}

// partOf gives the n-th stream.
func partOf(n int) part {
	if n == 0 {
		return part{Stream, SubjectPrefix}
	}
	number := strconv.Itoa(n)
	return part{Stream + "_" + number, subjectRoot + number + "."}
}

// isChats tells whether a stream is one of those of the chats.
func isChats(stream string) bool {
	return stream == Stream || strings.HasPrefix(stream, Stream+"_")
}

// placeOf gives the number of the stream that has a chat. It must never change (FNV-1a).
func (l *Log) placeOf(k ids.Key) int {
	sum := uint32(2166136261)
	for _, text := range [...]string{k.App, ".", k.ID} {
		for n := range len(text) {
			sum = (sum ^ uint32(text[n])) * 16777619
		}
	}
	return int(sum % uint32(len(l.parts)))
}

// find gives the stream and the subject of a chat.
func (l *Log) find(k ids.Key) (stream, subject string) {
	p := l.parts[l.placeOf(k)]
	return p.stream, p.prefix + k.App + "." + k.ID
}

// KeyOf gives the chat that has entries with this subject; found is false if it is that of no chat.
func KeyOf(subject string) (k ids.Key, found bool) {
	rest, ours := strings.CutPrefix(subject, subjectRoot)
	_, name, dotted := strings.Cut(rest, ".")
	app, id, whole := strings.Cut(name, ".")
	return ids.Key{App: app, ID: id}, ours && dotted && whole
}

// Streams gives the names of the streams, each at its number.
func (l *Log) Streams() (names []string) {
	for _, p := range l.parts {
		names = append(names, p.stream)
	}
	return names
}

// FilterOf gives the filter for the entries of an app's chats in the n-th stream.
func (l *Log) FilterOf(n int, app string) string { return l.parts[n].prefix + app + ".>" }

// NumberOf gives the number of a position of a chat among all positions of all chats: each has
// another one. With one stream it is the position.
func (l *Log) NumberOf(k ids.Key, seq uint64) uint64 {
	return seq*uint64(len(l.parts)) + uint64(l.placeOf(k))
}

// Ends gives the last position of each stream.
func (l *Log) Ends(ctx context.Context) (ends []uint64, err error) {
	for _, p := range l.parts {
		stream, err := l.engine.JS.Stream(ctx, p.stream)
		if err != nil {
			return nil, err
		}
		ends = append(ends, stream.CachedInfo().State.LastSeq)
	}
	return ends, nil
}

// openStreams makes sure that the streams are there, and gives them.
func openStreams(ctx context.Context, e *store.Engine) (streams []jetstream.Stream, err error) {
	number, err := decided(ctx, e)
	if err != nil {
		return nil, err
	}
	for n := range number {
		p := partOf(n)
		stream, err := e.JS.CreateOrUpdateStream(ctx, configOf(e, p, number))
		if err != nil {
			return nil, fmt.Errorf("stream %s: %w", p.stream, err)
		}
		streams = append(streams, stream)
	}
	return streams, nil
}

func configOf(e *store.Engine, p part, number int) jetstream.StreamConfig {
	names := time.Second // of one copy: no entry is published twice under one name, and Publisher needs none longer
	if e.Replicas > 1 {
		names = namesFor
	}
	return jetstream.StreamConfig{
		Name: p.stream, Description: "logs of chats", Subjects: []string{p.prefix + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas, Duplicates: names,
		Metadata: map[string]string{streamsKey: strconv.Itoa(number)},
	}
}

// decided gives how many streams there are: as a stream that is there says, else as the
// engine's options do. Of nodes that begin together the one decides that makes the first stream.
func decided(ctx context.Context, e *store.Engine) (number int, err error) {
	number, err = noted(ctx, e)
	if err == nil && number == 0 {
		if number = e.ChatStreams; number == 0 {
			number = 1
			if e.Replicas > 1 {
				number = onCluster
			}
		}
		_, err = e.JS.CreateStream(ctx, configOf(e, partOf(0), number))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			number, err = noted(ctx, e)
		}
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("streams of the chats: %w", err)
	case number < 1 || number > MaxStreams:
		return 0, fmt.Errorf("stream %s: it says that there are %d streams of chats, and this parleyd knows 1 to %d", Stream, number, MaxStreams)
	case e.ChatStreams != 0 && e.ChatStreams != number:
		return 0, fmt.Errorf("the store has %d streams of chats, as was decided when it was made, and -chat-streams says %d: leave that option out",
			number, e.ChatStreams)
	}
	return number, nil
}

// noted gives how many streams there are, as one of them says; 0 if there is none.
func noted(ctx context.Context, e *store.Engine) (int, error) {
	names, err := store.OwnStreams(ctx, e)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if !isChats(name) {
			continue
		}
		stream, err := e.JS.Stream(ctx, name)
		if err != nil {
			return 0, err
		}
		text, said := stream.CachedInfo().Config.Metadata[streamsKey]
		if !said { // it is of a release that knew one
			return 1, nil
		}
		number, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("stream %s: its metadata %s: %w", name, streamsKey, err)
		}
		return number, nil
	}
	return 0, nil
}
