package server

import (
	"context"
	"encoding/json"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/op"
	"parley/server/internal/webhook"
)

// listSessions gives the sessions of the user who asks, or of the one whom a supervisor
// or the app's secret names.
func (s *Server) listSessions(ctx context.Context, c *op.Call) (op.Result, error) {
	if c.User.ID == chat.System {
		return op.Result{}, wire.Errorf(wire.BadArgument, "userId: must be given and must not be empty")
	}
	list, err := s.identity.Sessions(ctx, c.Actor.App.ID, c.User)
	if err != nil {
		return op.Result{}, err
	}
	for i := range list {
		list[i].Current = list[i].ID == c.Session
	}
	data, err := json.Marshal(list)
	return op.Reply(func(o *wire.Object) { o.Raw("sessions", data) }), err
}

// revokeSession ends a session and its connections on all nodes. An agent without another
// one goes off duty.
func (s *Server) revokeSession(ctx context.Context, c *op.Call) (op.Result, error) {
	user, id := ids.Key{App: c.Actor.App.ID, ID: c.User.ID}, c.Params.Text("sessionId")
	if err := s.identity.Revoke(ctx, user, id); err != nil {
		return op.Result{}, err
	}
	s.hub.PushToUser(user, gateway.Push{Event: gateway.SessionEnded, Session: id})
	return op.Result{}, s.leaveDuty(ctx, c, c.User, id)
}

// leaveDuty takes an agent off duty whose session has ended, unless they are connected
// with another one.
func (s *Server) leaveDuty(ctx context.Context, c *op.Call, u identity.User, session string) error {
	user := ids.Key{App: c.Actor.App.ID, ID: u.ID}
	if !u.IsAgent() || s.hasOtherSession(ctx, user, session) {
		return nil
	}
	if err := s.retire(ctx, user, chatstate.ReasonLogout); err != nil {
		return err
	}
	s.notifyOfAgent(c, webhook.EventLogout, u)
	return nil
}

// watchSessions keeps the sessions of the connections of agents, or of visitors, to this
// node alive, and ends connections whose session is over or whose user has other rights: at
// the session's absolute end, and where the word of a change was lost.
func (s *Server) watchSessions(ctx context.Context, agents bool) {
	tick := time.NewTicker(s.identity.CheckSessionsEvery(agents))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s.hub.Recheck(agents, func(user ids.Key, digest string) (identity.User, bool, error) {
			_, err := s.identity.App(ctx, user.App)
			var now identity.User
			var ended bool
			if err == nil {
				now, ended, err = s.identity.SessionOf(ctx, user, digest)
			}
			if ids.IsCode(err, wire.CodeUnauthorized) {
				return now, true, nil
			}
			return now, ended, err
		})
	}
}
