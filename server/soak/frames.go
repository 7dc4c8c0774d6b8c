package main

import (
	"bufio"
	"encoding/binary"
	"io"
)

// longestFrame is the most bytes of a frame that readFrame returns.
const longestFrame = 64 << 20

// readFrame reads one WebSocket frame with its header (RFC 6455, section 5.2).
func readFrame(in *bufio.Reader) ([]byte, error) {
	head, err := in.Peek(2)
	if err != nil {
		return nil, err
	}
	size, length := 2, uint64(head[1]&0x7f)
	switch length {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if head, err = in.Peek(size); err != nil {
		return nil, err
	}
	switch length {
	case 126:
		length = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		length = binary.BigEndian.Uint64(head[2:])
	}
	if head[1]&0x80 != 0 {
		size += 4 // the mask
	}
	if length > longestFrame {
		return nil, io.ErrShortBuffer
	}
	frame := make([]byte, uint64(size)+length)
	n, err := io.ReadFull(in, frame)
	return frame[:n], err
}

// available reads the bytes that have arrived.
func available(in *bufio.Reader) ([]byte, error) {
	b := make([]byte, 32<<10)
	n, err := in.Read(b)
	return b[:n], err
}
