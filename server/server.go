package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"parley/core/wire"
)

// Server answers for chats: over REST, and over WebSockets.
type Server struct {
	engine   *Engine
	identity *Identity
	options  Options
	node     string // of this Server, among those that share an engine

	log      *Log
	hub      *hub
	rest     *restHandler
	table    *table // all operations
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

	ctx     context.Context // until the server is closed
	stop    context.CancelFunc
	running sync.WaitGroup // what the server does by itself
}

// New makes a Server on an engine; several may share one. Close ends it; the
// engine stays open.
func New(ctx context.Context, e *Engine, i *Identity, o Options) (*Server, error) {
	s := &Server{engine: e, identity: i, options: o.withDefaults(), node: NewID()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	limits := s.options.Limits
	s.hub = newHub(s.ctx, s.engine, HubOptions{
		FrameBytes: limits.FrameBytes, MessagesPerSecond: limits.MessagesPerSecond, OpenWithin: limits.OpenWithin,
		WriteWithin: limits.WriteWithin, Bye: limits.Bye, IdleAfter: limits.IdleAfter, Logger: s.options.Logger,
	})
	s.desk = newDesk(s.ctx, s.options.back, s.options.Logger)
	hears := logListener{ahead: s.desk.noteDue, told: s.hub.entry, changed: s.desk.noteEntry, stored: s.desk.checkBoard}
	if s.log, err = openLog(ctx, s.engine, s.node, limits.CachedChats, s.options.Logger, hears); err != nil {
		return err
	}
	// What follows lives as long as the server, and opens within bounds of its own.
	if s.members, err = openMembers(s.ctx, s.engine); err != nil {
		return err
	}
	if s.settings, err = openSettings(s.ctx, s.engine, limits.AssignTimeout, limits.AssignMaxAttempts); err != nil {
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
	if s.board, err = openBoard(s.ctx, s.engine, s.node, s.desk.boardChanged); err != nil {
		return err
	}
	if s.webhooks, err = openWebhooks(s.ctx, s.engine, s.log, s.options.Webhooks, s.options.Logger); err != nil {
		return err
	}
	if s.surveys, err = openSurveys(s.ctx, s.engine, limits.SurveyLink); err != nil {
		return err
	}
	if s.duty, err = openDuty(s.ctx, s.engine, s.node, s.options.Presence, s.hub.connected, s.desk.passOn); err != nil {
		return err
	}
	if s.timers, err = openTimers(s.ctx, s.engine, s.desk.lookAfter); err != nil {
		return err
	}
	s.absences = newAbsences(s.engine, s.duty, s.node, s.options.Presence, VisitorHooks{
		Connected: s.hub.connected, InChats: s.members.visitors, Grace: s.desk.grace, Absent: s.desk.absent,
	}, s.options.Logger)
	s.desk.attach(DeskParts{
		Engine: s.engine, Identity: s.identity, Log: s.log, Hub: s.hub, Settings: s.settings, Members: s.members,
		Board: s.board, Turns: s.turns, Timers: s.timers, Archive: s.archive, Duty: s.duty, Webhooks: s.webhooks,
	})
	s.table = s.operations()
	if err = s.hub.start(s.log, s.table, s); err != nil {
		return err
	}
	if err = s.absences.answer(s.ctx); err != nil {
		return err
	}
	if err = s.log.follow(s.ctx); err != nil {
		return err
	}
	s.rest, err = newREST(s.ctx, s.identity, s.table, RESTOptions{
		FrameBytes: limits.FrameBytes, Logger: s.options.Logger, Socket: s.hub, Carry: s.Do, Healthy: s.healthy,
	})
	if err != nil {
		return err
	}
	s.desk.start()
	s.running.Go(func() { s.duty.beat(s.ctx, s.presenceNotTold) })
	s.running.Go(func() { s.absences.watch(s.ctx) })
	s.running.Go(func() { s.absences.watchNodes(s.ctx) })
	s.running.Go(func() { s.media.tidyUp(s.ctx, s.tellsOf, s.mediaNotTidied) })
	return nil
}

// healthy tells whether the store answers, and can be written to.
func (s *Server) healthy(ctx context.Context) error {
	if err := s.engine.Failing(); err != nil { // the operator knows
		return wire.Errorf(wire.CodeUnavailable, "the store cannot be written to: %s", err)
	}
	if err := s.log.Answers(ctx); err != nil {
		s.options.Logger.Error("health", "error", err)
		return wire.Errorf(wire.CodeUnavailable, "the store does not answer")
	}
	return nil
}

func (s *Server) mediaNotTidied(err error) {
	if s.engine.Failing() == nil { // else the operator knows
		s.options.Logger.Warn("media: the rest of uploads is not tidied up, will be tried again", "error", err)
	}
}

func (s *Server) presenceNotTold(err error) {
	if s.engine.Failing() == nil { // else the operator knows
		s.options.Logger.Warn("duty: presence not told", "error", err)
	}
}

// Handler serves REST and the socket under /v1, and /healthz.
func (s *Server) Handler() http.Handler { return s.rest }

// Close says goodbye to every connection and waits until they are gone and requests
// are answered, or ctx ends; then they are cut. The server answers nothing afterwards.
func (s *Server) Close(ctx context.Context) error {
	s.hub.sendAway()
	s.timers.stop()
	gone := make(chan struct{})
	go func() {
		s.waitForClients(ctx)
		if err := s.duty.close(ctx); err != nil && s.engine.Failing() == nil {
			s.options.Logger.Warn("duty: presence not withdrawn", "error", err)
		}
		s.stop()
		s.webhooks.close()
		s.hub.wait()
		s.desk.wait()
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
	for s.hub.count()+s.rest.underway() > 0 {
		select {
		case <-poll.C:
		case <-ctx.Done():
			s.hub.cutAll()
			return
		}
	}
}

// Left notes that a user has lost their last connection to this node.
func (s *Server) Left(u User, user chatKey, chats []chatKey) {
	if u.IsAgent() {
		s.duty.went(s.ctx, user, s.presenceNotTold)
		return
	}
	s.absences.went(user, chats)
}

// Back brings a visitor back who was counted as gone while they opened a connection.
func (s *Server) Back(key chatKey, u User) { s.desk.stillHere(key, u) }
