package server

import (
	"maps"
	"slices"

	"context"
	"time"

	"parley/server/internal/chatlog"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/media"
	"parley/server/internal/op"
	"parley/server/internal/presence"
	"parley/server/internal/privacy"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/survey"
	"parley/server/internal/webhook"
)

// Rooms are the parts of a server, for tests that look into them.
type Rooms struct {
	Log        *chatlog.Log
	Hub        *gateway.Hub
	Table      *op.Table
	Members    *index.Members
	Board      *index.Board
	Timers     *index.Timers
	Activity   *index.AgentActivity
	Agents     *presence.Agents
	Users      *presence.Users
	Dispatcher *routing.Dispatcher
	Settings   *settings.Store
	Media      *media.Store
	Webhooks   *webhook.Hooks
	Surveys    *survey.Store
	Privacy    *privacy.Store
	Identity   *identity.Store
}

// RoomsOf gives the parts of a server.
func RoomsOf(s *Server) Rooms {
	return Rooms{
		Log: s.log, Hub: s.hub, Table: s.table, Members: s.members, Board: s.board, Timers: s.timers, Activity: s.activity,
		Agents: s.agents, Users: s.users, Dispatcher: s.dispatcher, Settings: s.settings, Media: s.media, Webhooks: s.webhooks, Surveys: s.surveys, Privacy: s.privacy, Identity: s.identity,
	}
}

// Abort ends a server as kill -9 does: it says no goodbye and tidies nothing up.
func Abort(s *Server) {
	s.stop()
	s.timers.Stop()
	s.hub.CutAll()
}

// Operations is the table of all operations, which cannot be carried out.
func Operations() *op.Table { return (*Server)(nil).operations() }

// Sweep removes what is too old at a time, as the server does now and again.
func Sweep(ctx context.Context, s *Server, now time.Time) error { return s.sweep(ctx, now) }

// TakeUpErasures finishes the erasures that are not, as the server does when they are old.
func TakeUpErasures(ctx context.Context, s *Server) error { return s.takeUpErasures(ctx, 0) }

// RunErasure carries out an erasure that was allowed before, as one that is under way.
func RunErasure(s *Server, e privacy.Erasure) error {
	_, err := s.finishErasure(e, "a test")
	return err
}

// TellsOf tells whether a chat's log has a message about a file.
func TellsOf(s *Server) func(ctx context.Context, key ids.Key, id string) (bool, error) {
	return s.hasFile
}

// ArchivedName is where a file is in an export with files.
func ArchivedName(id, name string) string { return archivedName(id, name) }

// ImportedAtMost is the number of entries that one import may have.
const ImportedAtMost = maxImported

// DemoSurvey is the survey of the demo app.
var DemoSurvey = demoSurvey

// AuditedOperations are the names in the list of what is audited.
func AuditedOperations() []string { return slices.Collect(maps.Keys(audited)) }

// AuditedActs are the acts of AuditedOperations.
func AuditedActs() []string { return slices.Collect(maps.Values(audited)) }
