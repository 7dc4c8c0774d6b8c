package gateway

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Bytes of a frame's header (RFC 6455 section 5.2).
const (
	finalText  = 0x81 // the only frame of a text message
	finalClose = 0x88 // a close frame
	length16   = 126  // the length follows in 2 bytes
	length64   = 127  // the length follows in 8 bytes
	maxLength7 = 125  // the length is this byte
	maskBytes  = 4    // of a client's frame
)

// appendHeader begins a text message of n bytes that a server sends.
func appendHeader(dst []byte, n int) []byte {
	dst = append(dst, finalText)
	switch {
	case n <= maxLength7:
		return append(dst, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, length16), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, length64), uint64(n))
}

const (
	maxHeader = 10       // bytes of what appendHeader appends
	maxJoined = 64 << 10 // bytes of a message of several frames
)

// addLine adds a frame to the last message, or begins one.
func (s *webSocket) addLine(frame []byte) {
	if s.lineAt == 0 {
		s.out = append(s.out, make([]byte, maxHeader)...) // in which the length is written when it is known
		s.lineAt = len(s.out)
	}
	s.out = append(append(s.out, frame...), '\n')
}

// endLines ends the message that addLine has begun, if there is one.
func (s *webSocket) endLines() {
	if s.lineAt == 0 {
		return
	}
	lines := s.out[s.lineAt:]
	header := appendHeader(s.out[:s.lineAt-maxHeader], len(lines)) // it may be shorter than its place, never longer
	s.out, s.lineAt = append(header, lines...), 0
}

// restOfLines is what has not been read yet of a message of several frames.
type restOfLines struct {
	text []byte
	cut  bool // its last frame is longer than what is there
}

func (r *restOfLines) any() bool { return len(r.text) > 0 }

// next gives the next frame, or its beginning if it is longer than the limit.
func (r *restOfLines) next(limit int) (frame []byte, err error) {
	frame, rest, ended := bytes.Cut(r.text, []byte{'\n'})
	if len(frame) > limit || !ended && r.cut {
		err = errFrameTooLong
	}
	if len(rest) == 0 {
		rest = nil // idle connections keep no memory
	}
	r.text = rest
	return frame, err
}
