package backup

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// magic is the first line of a file, with the version of the format.
const (
	magicName = "parley-backup "
	magic     = magicName + "1\n"
)

// Names of the entries that are no messages; their position is 0.
const (
	entryHeader    = "backup"
	entryStream    = "stream"
	entryStreamEnd = "end of stream"
	entryTrailer   = "end"
)

// Header says what a backup is of.
type Header struct {
	Program string    `json:"program"` // version of the one that made it
	Data    int       `json:"data"`    // version of the data
	Needs   string    `json:"needs"`   // first release that reads it
	Begun   time.Time `json:"begun"`
}

// streamHeader describes a stream.
type streamHeader struct {
	Config    jetstream.StreamConfig `json:"config"`
	Consumers []consumer             `json:"consumers,omitempty"`
}

// consumer is a durable consumer of a stream, as NATS restores one. What it has delivered
// and nobody has acknowledged is delivered again.
type consumer struct {
	Config jetstream.ConsumerConfig `json:"config"`
	State  consumerState            `json:"state"`
}

type consumerState struct {
	Delivered sequences `json:"delivered"`
	AckFloor  sequences `json:"ack_floor"`
}

type sequences struct {
	Consumer uint64 `json:"consumer_seq"`
	Stream   uint64 `json:"stream_seq"`
}

// streamEnd counts what of a stream is in the backup.
type streamEnd struct {
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	First    uint64 `json:"first"` // position of the first message
	Last     uint64 `json:"last"`  // last position that was given, also of a message that is gone
	// By subject, the position of a message that replaces all before it there, of those that
	// came while the stream was read.
	Replaced map[string]uint64 `json:"replaced,omitempty"`
}

// Restored says what the server has to bring into agreement after a backup was restored.
type Restored struct {
	Since    time.Time `json:"since"`              // a while before the backup began, by the clock of the store
	Erasures []string  `json:"erasures,omitempty"` // that ran meanwhile: keys of their records
}

// Trailer ends a backup.
type Trailer struct {
	Ended    time.Time `json:"ended"`
	Restored Restored  `json:"restored"`
}

// Summary counts what a backup has.
type Summary struct {
	Header   Header
	Streams  int
	Messages uint64
	Files    uint64 // of chats: chunks are messages too
	Bytes    uint64 // of messages
	Size     int64  // of the file
}
