package rest

import (
	"errors"
	"io"
	"net/http"
	"time"

	"parley/core/wire"
	"parley/server/internal/address"
	"parley/server/internal/limit"
	"parley/server/internal/media"
)

// Bounds of how long a client may take to send a body. Beside them, media.Pace ends one
// that comes too slowly.
const (
	bodyWithin = time.Minute      // a JSON body, and the fields of a form
	skipWithin = 10 * time.Second // what follows a refusal
)

// replyWithin is how long a reply may take after its request, unless it is a file.
const replyWithin = 2 * time.Minute

// How much of a body is read after a refusal, in bytes. Browsers look for a reply only
// after they have sent everything; a connection that has more to send is closed.
const (
	skippedOfStrangers = 4 << 10  // of a caller who may not call
	skippedOfMembers   = 32 << 20 // of a file that is refused
)

// skippedAfter is how much of a file is skipped after its upload has ended like this.
func skippedAfter(err error) int64 {
	var refused *wire.Error
	if !errors.As(err, &refused) {
		return skippedOfMembers
	}
	switch refused.Reason {
	case wire.NotAllowed.Name(), wire.WrongUser.Name(), wire.UnknownChat.Name():
		return skippedOfStrangers
	}
	return skippedOfMembers
}

// pacedBody is the body of a request. Reading it fails when the client sends it too slowly
// (media.Pace), or has not sent it when its time is over. This replaces the server's
// deadline for the whole request.
type pacedBody struct {
	body    io.ReadCloser
	writer  http.ResponseWriter
	request *http.Request
	control *http.ResponseController
	pace    *media.Pace
	end     time.Time // when it must have been sent
	ended   bool      // its end was read, or an error
	part    *limit.Part
}

// freeBytes is how much of a body needs no room.
const freeBytes = 16 << 10

// paceBody replaces the body of a request, unless it has none. What is read whole of it has
// room until forget is called.
func (h *Handler) paceBody(w http.ResponseWriter, r *http.Request) *pacedBody {
	p := &pacedBody{
		body: r.Body, writer: w, request: r, control: http.NewResponseController(w), pace: media.NewPace(),
		part: h.options.Room.Part(limit.NetworkOf(address.Client(r)), freeBytes),
	}
	if r.Body == http.NoBody {
		p.ended = true
		return p
	}
	p.endWithin(bodyWithin)
	r.Body = p
	return p
}

// endWithin says how long the rest may take from now on.
func (p *pacedBody) endWithin(d time.Duration) { p.end = time.Now().Add(d) }

func (p *pacedBody) Read(b []byte) (int, error) {
	until := p.pace.Until()
	if p.end.Before(until) {
		until = p.end
	}
	_ = p.control.SetReadDeadline(until) // fails only if the connection is gone
	_ = p.control.SetWriteDeadline(until.Add(replyWithin))
	n, err := p.body.Read(b)
	p.pace.Moved(n)
	switch {
	case errors.Is(err, io.EOF):
		p.ended = true
		_ = p.control.SetReadDeadline(time.Time{}) // its end would count as that of the connection
	case err != nil:
		p.ended, err = true, errCut
	}
	return n, err
}

// whole reads a body to its end; from is the body, or what has read some of it.
func (p *pacedBody) whole(from io.Reader, most int) ([]byte, error) {
	bounded := http.MaxBytesReader(p.writer, io.NopCloser(from), int64(most))
	text, err := io.ReadAll(p.part.Reader(p.request.Context(), bounded))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, wire.Errorf(wire.RequestTooLong, "body is longer than the limit of %d bytes", tooLong.Limit)
	case errors.Is(err, limit.ErrNoRoom):
		return nil, errNoRoom()
	case err != nil:
		return nil, unread(err)
	}
	return text, nil
}

// errNoRoom refuses a long body while too much of others is being read.
func errNoRoom() *wire.Error {
	err := wire.Errorf(wire.ServerFull, "too many long requests are under way, from this address or in all; try again in 2 s")
	err.RetryAfter = 2
	return err
}

// forget gives back the room of what was read whole.
func (p *pacedBody) forget() { p.part.End() }

// errCut stands for every error of the connection: their texts have the addresses of this
// server and of its proxy.
var errCut = wire.Errorf(wire.RequestCut, "body: it came too slowly, or ended before its last byte")

// unread is the refusal of a body that could not be read whole.
func unread(err error) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	return wire.Errorf(wire.RequestCut, "body: cannot be read: %s", err)
}

func (p *pacedBody) Close() error { return p.body.Close() }

// skip reads on to the end of the body, if that is near. Otherwise the connection is
// closed after the reply.
func (p *pacedBody) skip(most int64) {
	p.endWithin(skipWithin)
	if !p.ended && p.request.ContentLength <= most {
		_, _ = io.CopyN(io.Discard, p, most+1)
	}
	if !p.ended {
		p.writer.Header().Set("Connection", "close")
	}
}
