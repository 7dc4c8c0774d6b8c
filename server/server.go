package server

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"parley/server/internal/audit"
	"parley/server/internal/block"
	"parley/server/internal/chatlog"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/limit"
	"parley/server/internal/media"
	"parley/server/internal/note"
	"parley/server/internal/oidc"
	"parley/server/internal/op"
	"parley/server/internal/presence"
	"parley/server/internal/privacy"
	"parley/server/internal/rest"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/store"
	"parley/server/internal/survey"
	"parley/server/internal/webhook"
)

// Server is the chat server on one node: REST and WebSockets. Make it with New.
type Server struct {
	engine   *store.Engine
	identity *identity.Store
	options  Options
	node     string // id of this Server among those that share an engine

	table      *op.Table // all operations
	meter      *limit.Meter
	log        *chatlog.Log
	hub        *gateway.Hub
	rest       *rest.Handler
	dispatcher *routing.Dispatcher
	members    *index.Members
	board      *index.Board
	archive    *index.Archive
	answers    *index.Answers
	chats      *index.ChatList
	activity   *index.AgentActivity
	timers     *index.Timers
	agents     *presence.Agents
	users      *presence.Users
	settings   *settings.Store
	logins     *oidc.Logins
	media      *media.Store
	blocks     *block.Store
	webhooks   *webhook.Hooks
	surveys    *survey.Store
	notes      *note.Store
	privacy    *privacy.Store
	refusals   *refusals
	audit      *audit.Log
	probe      prober
	exporting  atomic.Int64 // exports under way
	hide       func()       // from the metrics
	readings   readings
	room       *limit.Room // for what is read whole

	ctx     context.Context // ends when the server is closed
	stop    context.CancelFunc
	running sync.WaitGroup // what runs until then
}

// New makes a Server on an engine and starts it. Servers on several nodes may share
// the data of one engine's NATS; each user and chat can be on any of them.
//
// ctx bounds the start only; the server runs until Close, which leaves the engine open.
// The error names the bucket or stream that could not be opened.
func New(ctx context.Context, e *Engine, i *Identity, o Options) (*Server, error) {
	s := &Server{engine: e, identity: i, options: o.withDefaults(), node: ids.New()}
	s.readings, s.room = newReadings(s.options.Limits), limit.NewRoom(roomOfAddress, roomOfAll)
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.refusals = newRefusals(s.ctx, s.options.Logger)
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, err
	}
	s.hide = s.options.Metrics.Show(s.state)
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	s.dispatcher.Attach(routing.Parts{
		Engine: s.engine, Identity: s.identity, Log: s.log, Hub: s.hub, Settings: s.settings, Members: s.members,
		Chats: s.chats, Board: s.board, Activity: s.activity, Timers: s.timers, Archive: s.archive, Presence: s.agents, Webhooks: s.webhooks,
	})
	s.table = s.operations()
	if err := s.hub.Start(s.log, s.table, service{s}); err != nil {
		return err
	}
	if err := s.users.AnswerNodes(s.ctx); err != nil {
		return err
	}
	if err := s.log.Follow(s.ctx); err != nil {
		return err
	}
	var err error
	door := &doorkeeper{meter: s.meter, logger: s.options.Logger}
	s.rest, err = rest.New(s.ctx, s.identity, s.table, rest.Options{
		FrameBytes: s.options.Limits.FrameBytes, Logger: s.options.Logger, Socket: s.hub, Begin: s.begin, Do: service{s}.Do, Healthy: s.Ready,
		Answered: service{s}.Answered, Room: s.room, Tracer: s.options.Tracer,
		Count: door.count, CountProbe: door.countProbe, CountCaller: s.takeRequest,
	})
	if err != nil {
		return err
	}
	if err := s.settleRestored(ctx); err != nil {
		return fmt.Errorf("restored backup: %w", err)
	}
	s.dispatcher.Start()
	s.running.Go(func() { s.agents.Beat(s.ctx, s.presenceFailed) })
	s.running.Go(func() { s.watchStore(s.ctx) })
	s.running.Go(func() { s.engine.WatchStreams(s.ctx, s.options.Logger) })
	s.running.Go(func() { s.log.Balance(s.ctx) })
	s.running.Go(func() { s.users.Watch(s.ctx) })
	s.running.Go(func() { s.watchSessions(s.ctx, true) })
	s.running.Go(func() { s.watchSessions(s.ctx, false) })
	s.running.Go(func() { s.users.WatchNodes(s.ctx) })
	s.running.Go(func() { s.media.TidyUp(s.ctx, s.hasFile, s.tidyFailed) })
	s.running.Go(func() { s.finishErasures(s.ctx) })
	s.running.Go(func() { s.keepRetention(s.ctx) })
	s.running.Go(func() { s.removeSilent(s.ctx) })
	return nil
}

// open makes the rooms, lower floors first. Those that follow a bucket take the
// server's context, as they run until it is closed; they bound their start themselves.
func (s *Server) open(ctx context.Context) (err error) {
	limits, logger := s.options.Limits, s.options.Logger
	if err := s.engine.OpenProbe(ctx); err != nil {
		return err
	}
	s.meter = meterOf(limits)
	s.hub = gateway.NewHub(s.ctx, s.engine, gateway.Options{
		FrameBytes: limits.FrameBytes, OpenBytes: openBytes, OpenWithin: limits.OpenWithin,
		WriteWithin: limits.WriteWithin, Bye: limits.Bye, IdleAfter: limits.IdleAfter,
		Meter: s.meter, Sockets: limits.Sockets, Unopened: limits.Sockets / unopenedShare,
		SocketsPerAddress: limits.SocketsPerAddress, SocketsPerUser: limits.SocketsPerUser,
		ConnectionsPerUser: limits.SocketsPerUser * connectionsOfSockets, Room: s.room, Logger: logger, Tracer: s.options.Tracer,
	})
	s.dispatcher = routing.New(s.ctx, s.options.Presence.Return, logger)
	s.log, err = chatlog.Open(ctx, s.engine, s.node, limits.CachedChats, logger, chatlog.Hooks{
		Order: func() uint64 { return s.board.Order() }, BeforeAppend: s.dispatcher.BeforeAppend, OnEntry: s.hub.NotifyEntry, Indexed: routing.ChangesBoard,
		Appended: s.dispatcher.OnAppended, OnStored: s.dispatcher.OnEntryStored, Confirmed: s.confirmed(),
	})
	if err != nil {
		return err
	}
	if s.audit, err = audit.Open(ctx, s.engine, s.options.Audit); err != nil {
		return err
	}
	if s.members, err = index.OpenMembers(s.ctx, s.engine); err != nil {
		return err
	}
	if s.settings, err = settings.Open(s.ctx, s.engine, settings.Server{
		AssignTimeout: limits.AssignTimeout, AssignMaxAttempts: limits.AssignMaxAttempts, Quotas: limits.Quotas,
		PlainProviders: s.options.Webhooks.Private,
	}, s.log.DeadlinesChanged); err != nil {
		return err
	}
	if s.logins, err = oidc.Open(ctx, s.engine, s.options.Webhooks.Private); err != nil {
		return err
	}
	if s.blocks, err = block.Open(s.ctx, s.engine); err != nil {
		return err
	}
	if s.media, err = media.Open(s.ctx, s.engine); err != nil {
		return err
	}
	if s.activity, err = index.OpenAgentActivity(s.ctx, s.engine); err != nil {
		return err
	}
	if s.archive, err = index.OpenArchive(ctx, s.engine); err != nil {
		return err
	}
	if s.chats, err = index.OpenChatList(ctx, s.engine); err != nil {
		return err
	}
	if s.board, err = index.OpenBoard(s.ctx, s.engine, s.node, s.boardChanged); err != nil {
		return err
	}
	s.answers = index.NewAnswers(s.board, s.archive)
	if s.webhooks, err = webhook.Open(s.ctx, s.engine, s.log, s.options.Webhooks, logger); err != nil {
		return err
	}
	if s.surveys, err = survey.Open(s.ctx, s.engine, limits.SurveyLink); err != nil {
		return err
	}
	if s.notes, err = note.Open(ctx, s.engine); err != nil {
		return err
	}
	if s.privacy, err = privacy.Open(ctx, s.engine); err != nil {
		return err
	}
	s.agents, err = presence.OpenAgents(s.ctx, s.engine, s.node, s.options.Presence, s.hub.Connected, s.dispatcher.ReassignInvitations)
	if err != nil {
		return err
	}
	if s.timers, err = index.OpenTimers(s.ctx, s.engine, s.dispatcher.RunDue); err != nil {
		return err
	}
	s.users = presence.NewUsers(s.engine, s.agents, s.node, s.options.Presence, presence.Hooks{
		Connected: s.hub.Connected, Sessions: s.hub.Sessions, InChats: s.members.Connecting,
		Grace: s.dispatcher.AbsenceGrace, Absent: s.dispatcher.OnAbsent,
	}, logger)
	return nil
}

// warn logs what failed and is tried again, unless the store cannot be written to,
// which the engine has logged.
func (s *Server) warn(what string, err error) {
	if s.engine.Failing() == nil {
		s.options.Logger.Warn(what, "error", err)
	}
}

func (s *Server) tidyFailed(err error) { s.warn("media: left-overs of uploads remain for now", err) }

func (s *Server) presenceFailed(err error) {
	s.warn("presence: the agents of this node are not published", err)
}

// Handler serves REST and WebSockets below /v1, and /healthz.
func (s *Server) Handler() http.Handler { return s.rest }

// Close sends every connection a bye, and returns when all are closed and all requests
// are answered. If ctx ends before, it cuts them and returns the error of ctx. The
// Handler must not be called afterwards.
func (s *Server) Close(ctx context.Context) error {
	s.hide()
	s.hub.Drain(s.agents.OthersLive())
	s.timers.Stop()
	gone := make(chan struct{})
	go func() {
		s.waitForClients(ctx)
		if err := s.agents.Close(ctx); err != nil {
			s.warn("presence: the agents of this node are not withdrawn", err)
		}
		s.stop()
		s.webhooks.Close()
		s.hub.Wait()
		s.dispatcher.Wait()
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

// waitForClients returns when all connections are closed and all requests answered. At
// the end of ctx it cuts the connections.
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
