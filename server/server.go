package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/media"
	"parley/server/internal/op"
	"parley/server/internal/presence"
	"parley/server/internal/rest"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/store"
	"parley/server/internal/survey"
	"parley/server/internal/webhook"
)

// Server answers for chats: over REST, and over WebSockets.
type Server struct {
	engine   *store.Engine
	identity *identity.Store
	options  Options
	node     string // of this Server, among those that share an engine

	log      *chatlog.Log
	hub      *gateway.Hub
	rest     *rest.Handler
	table    *op.Table // all operations
	members  *index.Members
	duty     *presence.Agents
	absences *presence.Visitors
	timers   *index.Timers
	board    *index.Board
	turns    *index.AgentActivity
	desk     *routing.Dispatcher
	archive  *index.Archive
	settings *settings.Store
	media    *media.Store
	webhooks *webhook.Hooks
	surveys  *survey.Store

	ctx     context.Context // until the server is closed
	stop    context.CancelFunc
	running sync.WaitGroup // what the server does by itself
}

// New makes a Server on an engine; several may share one. Close ends it; the
// engine stays open.
func New(ctx context.Context, e *store.Engine, i *identity.Store, o Options) (*Server, error) {
	s := &Server{engine: e, identity: i, options: o.withDefaults(), node: ids.New()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	limits := s.options.Limits
	s.hub = gateway.NewHub(s.ctx, s.engine, gateway.Options{
		FrameBytes: limits.FrameBytes, MessagesPerSecond: limits.MessagesPerSecond, OpenWithin: limits.OpenWithin,
		WriteWithin: limits.WriteWithin, Bye: limits.Bye, IdleAfter: limits.IdleAfter, Logger: s.options.Logger,
	})
	s.desk = routing.New(s.ctx, s.options.Presence.Return, s.options.Logger)
	hears := chatlog.Hooks{Before: s.desk.BeforeAppend, OnEntry: s.hub.NotifyEntry, Appended: s.desk.OnAppended, OnStored: s.desk.OnEntryStored}
	if s.log, err = chatlog.Open(ctx, s.engine, s.node, limits.CachedChats, s.options.Logger, hears); err != nil {
		return err
	}
	// What follows lives as long as the server, and opens within bounds of its own.
	if s.members, err = index.OpenMembers(s.ctx, s.engine); err != nil {
		return err
	}
	if s.settings, err = settings.Open(s.ctx, s.engine, limits.AssignTimeout, limits.AssignMaxAttempts); err != nil {
		return err
	}
	if s.media, err = media.Open(s.ctx, s.engine); err != nil {
		return err
	}
	if s.turns, err = index.OpenAgentActivity(s.ctx, s.engine); err != nil {
		return err
	}
	if s.archive, err = index.OpenArchive(ctx, s.engine); err != nil {
		return err
	}
	if s.board, err = index.OpenBoard(s.ctx, s.engine, s.node, s.desk.OnBoardChange); err != nil {
		return err
	}
	if s.webhooks, err = webhook.Open(s.ctx, s.engine, s.log, s.options.Webhooks, s.options.Logger); err != nil {
		return err
	}
	if s.surveys, err = survey.Open(s.ctx, s.engine, limits.SurveyLink); err != nil {
		return err
	}
	if s.duty, err = presence.OpenAgents(s.ctx, s.engine, s.node, s.options.Presence, s.hub.Connected, s.desk.ReassignInvitations); err != nil {
		return err
	}
	if s.timers, err = index.OpenTimers(s.ctx, s.engine, s.desk.RunDue); err != nil {
		return err
	}
	s.absences = presence.NewVisitors(s.engine, s.duty, s.node, s.options.Presence, presence.Hooks{
		Connected: s.hub.Connected, InChats: s.members.Visitors, Grace: s.desk.AbsenceGrace, Absent: s.desk.OnVisitorAbsent,
	}, s.options.Logger)
	s.desk.Attach(routing.Parts{
		Engine: s.engine, Identity: s.identity, Log: s.log, Hub: s.hub, Settings: s.settings, Members: s.members,
		Board: s.board, Activity: s.turns, Timers: s.timers, Archive: s.archive, Duty: s.duty, Webhooks: s.webhooks,
	})
	s.table = s.operations()
	if err = s.hub.Start(s.log, s.table, s); err != nil {
		return err
	}
	if err = s.absences.Answer(s.ctx); err != nil {
		return err
	}
	if err = s.log.Follow(s.ctx); err != nil {
		return err
	}
	s.rest, err = rest.New(s.ctx, s.identity, s.table, rest.Options{
		FrameBytes: limits.FrameBytes, Logger: s.options.Logger, Socket: s.hub, Do: s.Do, Healthy: s.healthy,
	})
	if err != nil {
		return err
	}
	s.desk.Start()
	s.running.Go(func() { s.duty.Beat(s.ctx, s.presenceNotTold) })
	s.running.Go(func() { s.absences.Watch(s.ctx) })
	s.running.Go(func() { s.absences.WatchNodes(s.ctx) })
	s.running.Go(func() { s.media.TidyUp(s.ctx, s.hasFile, s.mediaNotTidied) })
	return nil
}

// healthy tells whether the store answers, and can be written to.
func (s *Server) healthy(ctx context.Context) error {
	if err := s.engine.Failing(); err != nil { // the operator knows
		return wire.Errorf(wire.CodeUnavailable, "the store cannot be written to: %s", err)
	}
	if err := s.log.Ping(ctx); err != nil {
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
	s.hub.Drain()
	s.timers.Stop()
	gone := make(chan struct{})
	go func() {
		s.waitForClients(ctx)
		if err := s.duty.Close(ctx); err != nil && s.engine.Failing() == nil {
			s.options.Logger.Warn("duty: presence not withdrawn", "error", err)
		}
		s.stop()
		s.webhooks.Close()
		s.hub.Wait()
		s.desk.Wait()
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
	for s.hub.Count()+s.rest.InFlight() > 0 {
		select {
		case <-poll.C:
		case <-ctx.Done():
			s.hub.CutAll()
			return
		}
	}
}

// Disconnected notes that a user has lost their last connection to this node.
func (s *Server) Disconnected(u identity.User, user ids.Key, chats []ids.Key) {
	if u.IsAgent() {
		s.duty.Disconnected(s.ctx, user, s.presenceNotTold)
		return
	}
	s.absences.Disconnected(user, chats)
}

// VisitorReturned brings a visitor back who was counted as gone while they opened a connection.
func (s *Server) VisitorReturned(key ids.Key, u identity.User) { s.desk.OnVisitorBack(key, u) }
