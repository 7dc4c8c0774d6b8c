package server

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Server answers for chats: over REST, and over WebSockets.
type Server struct {
	engine   *Engine
	identity *Identity
	options  Options
	node     string // of this Server, among those that share an engine
	begun    time.Time

	log      *Log
	hub      *hub
	members  *members
	duty     *duty
	absences *absences
	timers   *timers
	board    *board
	turns    *turns
	desk     *desk
	archive  *archive
	settings *settings
	media    *mediaStore
	webhooks *webhooks
	surveys  *surveys
	handler  http.Handler

	ctx  context.Context // until the server is closed
	stop context.CancelFunc

	mu       sync.Mutex // guards what follows
	conns    map[*conn]struct{}
	requests int // by REST, under way
	closing  bool
	running  sync.WaitGroup // connections and what they left to do
}

// New makes a Server on an engine; several may share one. Close ends it; the
// engine stays open.
func New(ctx context.Context, e *Engine, i *Identity, o Options) (*Server, error) {
	s := &Server{engine: e, identity: i, options: o.withDefaults(), node: NewID(), begun: time.Now(), hub: newHub(), absences: newAbsences(), desk: newDesk(), conns: map[*conn]struct{}{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	hears := logListener{s.noteDue, s.hub.entry, s.noteEntry, s.checkBoard}
	if s.log, err = openLog(ctx, s.engine, s.node, s.options.Limits.CachedChats, s.options.Logger, hears); err != nil {
		return err
	}
	// What follows lives as long as the server, and opens within bounds of its own.
	if s.members, err = openMembers(s.ctx, s.engine); err != nil {
		return err
	}
	if s.settings, err = openSettings(s.ctx, s.engine, s.options.Limits); err != nil {
		return err
	}
	if s.media, err = openMedia(s.ctx, s.engine); err != nil {
		return err
	}
	if s.turns, err = openTurns(s.ctx, s.engine); err != nil {
		return err
	}
	if s.archive, err = openArchive(ctx, s.engine); err != nil {
		return err
	}
	if s.board, err = openBoard(s.ctx, s.engine, s.node, s.boardChanged); err != nil {
		return err
	}
	if s.webhooks, err = openWebhooks(s.ctx, s.engine, s.log, s.options); err != nil {
		return err
	}
	if s.surveys, err = openSurveys(s.ctx, s.engine, s.options.Limits); err != nil {
		return err
	}
	if s.duty, err = openDuty(s.ctx, s.engine, s.hub, s.node, s.options.beat, s.passOn); err != nil {
		return err
	}
	if s.timers, err = openTimers(s.ctx, s.engine, s.lookAfter); err != nil {
		return err
	}
	if err = s.listen(); err != nil {
		return err
	}
	if err = s.answerPresence(); err != nil {
		return err
	}
	if err = s.log.follow(s.ctx); err != nil {
		return err
	}
	s.handler = s.routes()
	close(s.timers.started)
	close(s.desk.started)
	s.running.Go(s.mendAll)
	s.running.Go(s.attendDesk)
	s.running.Go(s.announceDesk)
	s.running.Go(func() {
		s.duty.beat(s.ctx, s.presenceNotTold)
	})
	s.running.Go(s.watchAbsences)
	s.running.Go(s.watchNodes)
	s.running.Go(s.tidyMedia)
	return nil
}

// Clients are asked to come back at different times when the server goes away: so
// many in each second, all within so many seconds.
const (
	backPerSecond = 500
	backWithin    = 20
)

// sendAway says goodbye to every connection, and takes no more.
func (s *Server) sendAway() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	spread := 1 + min(len(s.conns)/backPerSecond, backWithin-1)
	for c := range s.conns {
		c.end(byeGoingAway, "server is going away", float64(1+rand.IntN(spread)))
	}
}

func (s *Server) presenceNotTold(err error) {
	if s.engine.Failing() == nil { // else the operator knows
		s.options.Logger.Warn("duty: presence not told", "error", err)
	}
}

// Handler serves REST and the socket under /v1, and /healthz.
func (s *Server) Handler() http.Handler { return s.handler }

// Close says goodbye to every connection and waits until they are gone and requests
// are answered, or ctx ends; then they are cut. The server answers nothing afterwards.
func (s *Server) Close(ctx context.Context) error {
	s.sendAway()
	s.timers.stop()
	gone := make(chan struct{})
	go func() {
		s.waitForClients(ctx)
		if err := s.duty.close(ctx); err != nil && s.engine.Failing() == nil {
			s.options.Logger.Warn("duty: presence not withdrawn", "error", err)
		}
		s.stop()
		s.webhooks.close()
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		s.stop()
		return ctx.Err()
	}
}

// waitForClients returns when all connections are gone and all requests answered;
// at the end of ctx it cuts them.
func (s *Server) waitForClients(ctx context.Context) {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		s.mu.Lock()
		left := len(s.conns) + s.requests
		s.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			s.mu.Lock()
			for c := range s.conns {
				c.cut()
			}
			s.mu.Unlock()
			return
		}
	}
}

// came counts a connection in; false means that the server is closing.
func (s *Server) came(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.conns[c] = struct{}{}
	s.running.Add(1)
	return true
}

// counted counts the requests by REST that are under way.
func (s *Server) counted(h http.Handler) http.Handler {
	count := func(n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests += n
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count(1)
		defer count(-1)
		h.ServeHTTP(w, r)
	})
}

// left counts it out.
func (s *Server) left(c *conn) {
	chats := c.live()
	switch {
	case c.actor.User.ID == "" || !s.hub.leave(c):
	case !c.actor.User.IsAgent():
		s.absences.went(c.userKey(), chats)
	default:
		s.duty.went(s.ctx, c.userKey(), s.presenceNotTold)
	}
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.running.Done()
}
