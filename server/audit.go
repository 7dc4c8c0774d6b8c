package server

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/audit"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// audited has the acts of operations, by their names, that are noted when they have
// succeeded. Log-ins are noted where they end.
var audited = map[string]string{
	"PUT /settings": "settings.change", "POST /settings": "settings.change",

	"POST /agents": "agent.add", "PUT /agents/{agentId}": "agent.change", "PUT /agents/{agentId}/name": "agent.rename",
	"PUT /agents/{agentId}/picture": "agent.picture.set", "DELETE /agents/{agentId}/picture": "agent.picture.remove",
	"DELETE /agents/{agentId}": "agent.remove", "POST /agents/logout": actLogout, "DELETE /sessions/{sessionId}": "session.end",

	"POST /account/totp/confirm": "account.totp.add", "DELETE /account/totp": "account.totp.remove",
	"POST /account/passkeys/confirm": "account.passkey.add", "DELETE /account/passkeys/{passkeyId}": "account.passkey.remove",
	"PUT /account/password": "account.password",

	"POST /apps": "app.add", "PUT /apps/{appId}": "app.change", "DELETE /apps/{appId}": actRemoveApp,
	"POST /admin/secret": actRenewAdmin,

	"POST /apps/{appId}/keys": "key.access.add", "DELETE /apps/{appId}/keys/{keyId}": "key.access.revoke",
	"POST /apps/{appId}/secret": "key.secret.renew", "POST /apps/{appId}/key": "key.domain.renew",
	"POST /apps/{appId}/identity-keys": "key.identity.add", "DELETE /apps/{appId}/identity-keys/{kid}": "key.identity.retire",

	"GET /users/{userId}/export": "export.json", "GET /users/{userId}/export.zip": "export.zip",

	chat.EventIntervene: "chat.intervene", chat.EventJoin: actWatch,

	"DELETE /users/{userId}": "erase.user", "DELETE /chats/{chatId}/data": "erase.chat", "DELETE /media/{mediaId}": "erase.file",
	"DELETE /chats/{chatId}/notes/{noteId}": "note.remove",
	"PUT /chats/{chatId}/hold":              "hold.chat", "DELETE /chats/{chatId}/hold": "hold.chat.release",
	"PUT /users/{userId}/hold": "hold.user", "DELETE /users/{userId}/hold": "hold.user.release",

	"POST /chats/{chatId}/block": "block.add", "POST /blocks": "block.add", "DELETE /blocks/{blockId}": "block.lift",

	"POST /webhooks": "webhook.add", "PUT /webhooks/{webhookId}": "webhook.change", "DELETE /webhooks/{webhookId}": "webhook.remove",
}

// Acts that are about no app, or outlive it: they stand in the server's own log.
const (
	actRemoveApp  = "app.remove"
	actRenewAdmin = "admin.renew"
)

const (
	actLogin     = "login"
	actFailLogin = "login.fail"

	actLogout = "logout"
	actWatch  = "chat.watch" // joining a chat to watch it; to join as anybody else is not noted
)

// changes are the acts of which the names of what was given are noted, without the values.
var changes = []string{"settings.change", "agent.change", "app.change", "webhook.change"}

// noteAct notes an operation that has succeeded.
func (s *Server) noteAct(ctx context.Context, act string, operation *op.Operation, c *op.Call) {
	if act == actWatch && c.Params.Text("mode") != chat.ModeWatch {
		return
	}
	about := maps.Clone(c.Noted)
	if about == nil {
		about = map[string]string{}
	}
	for _, name := range pathParameters(operation) {
		if id := c.Params.Text(name); id != "" {
			about[name] = id
		}
	}
	if slices.Contains(changes, act) {
		about["changed"] = strings.Join(changed(operation, c.Params), ",")
	}
	s.note(ctx, c, c.Actor.User, audit.Entry{Act: act, About: about})
}

var inBraces = regexp.MustCompile(`\{([a-zA-Z]+)\}`)

// pathParameters are the names in an operation's path; the same are in the data of its event.
func pathParameters(operation *op.Operation) (names []string) {
	for _, found := range inBraces.FindAllStringSubmatch(operation.Path, -1) {
		names = append(names, found[1])
	}
	return names
}

// changed gives the names of what a request gives beside its path.
func changed(operation *op.Operation, p *op.Params) []string {
	names := slices.Sorted(maps.Keys(p.Values))
	names = append(names, slices.Sorted(maps.Keys(p.Nulls))...)
	return slices.DeleteFunc(names, func(name string) bool {
		return name == "eventId" || name == op.ParamVersion || slices.Contains(pathParameters(operation), name)
	})
}

// noteLogin notes that an agent has logged in.
func (s *Server) noteLogin(ctx context.Context, c *op.Call, u identity.User) {
	s.note(ctx, c, u, audit.Entry{Act: actLogin, By: "user", User: u.ID})
}

// noteFailedLogin notes that somebody has not. Whom they named is noted if there is such an
// agent: a name that is nobody's may be a password in the wrong field.
func (s *Server) noteFailedLogin(c *op.Call, named identity.User, reason string) {
	ctx, stop := context.WithTimeout(s.ctx, ids.OperationWithin)
	defer stop()
	s.note(ctx, c, named, audit.Entry{Act: actFailLogin, By: "nobody", User: named.ID, Reason: reason})
}

// note adds an entry to the audit log of the call's app. What was done is done: if it cannot
// be noted the log has it.
func (s *Server) note(ctx context.Context, c *op.Call, who identity.User, e audit.Entry) {
	e.At, e.RequestID = ids.Unix(time.Now()), c.RequestID
	if e.By == "" {
		e.By, e.User = actorOf(c)
	}
	e.Sealed = who.Seal(identity.Client{Address: c.Client}.Network())
	app := c.Actor.App.ID
	if made := c.Noted["appId"]; app == "" {
		app = made
	}
	if e.Act == actRemoveApp || e.Act == actRenewAdmin {
		app = audit.OfServer
	}
	if s.options.Audit.Log {
		s.options.Logger.Info("audit", "app", app, "act", e.Act, "by", e.By, "userId", e.User, "about", e.About, "reason", e.Reason, "requestId", e.RequestID)
	}
	if err := s.audit.Add(ctx, app, whose(c, e), e); err != nil {
		s.options.Logger.Error("audit: not stored", "app", app, "act", e.Act, "by", e.By, "userId", e.User, "about", e.About, "error", err)
	}
}

// actorOf says by what right a call is made, and the id of the user or of the access key.
func actorOf(c *op.Call) (by, id string) {
	switch {
	case c.Actor.Admin:
		return "admin", ""
	case c.Actor.AccessKey != nil:
		return "key", c.Actor.AccessKey.ID
	case c.Actor.Secret:
		return "secret", ""
	}
	return "user", c.Actor.User.ID
}

// whose tells of whom an entry is one, so that it pushes out none of somebody else.
func whose(c *op.Call, e audit.Entry) string {
	switch {
	case e.By == "user" && !c.Actor.User.IsAgent():
		return audit.Visitors
	case e.User != "":
		return e.By + "." + e.User
	}
	return e.By
}

// takeAct counts what an agent does that is noted. Without it they could push out what they did
// before. Each log-in has one log-out, which must not fail.
func (s *Server) takeAct(operation *op.Operation, c *op.Call) error {
	switch act := audited[operation.Name()]; {
	case act == "", act == actLogout, act == actWatch && c.Params.Text("mode") != chat.ModeWatch:
		return nil
	}
	caller := s.callerOf(c)
	if caller.Scope != limit.Agent {
		return nil
	}
	if refused := s.meter.TakeFor(limit.Count{Kind: limit.Acts, Scope: limit.Agent}, caller); refused != nil {
		return refusalOf(refused)
	}
	return nil
}

// maxAudit is how many entries one page may have.
const maxAudit = 1000

// listAudit gives a page of the app's audit log.
func (s *Server) listAudit(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.auditPage(ctx, c, c.Actor.App.ID)
}

// listServerAudit gives a page of the server's own log.
func (s *Server) listServerAudit(ctx context.Context, c *op.Call) (op.Result, error) {
	return s.auditPage(ctx, c, audit.OfServer)
}

// auditPage gives a page of a log, the oldest first unless the newest are asked for.
func (s *Server) auditPage(ctx context.Context, c *op.Call, app string) (op.Result, error) {
	p := c.Params
	f := audit.Filter{Act: knownAct(p), User: p.Text("by"), About: p.Text("about"), Since: p.Number("since", 0, 1e12, 0)}
	after, limit := p.Cursor("after"), p.Count("limit", 1, maxAudit, 100)
	page := s.audit.Page
	if p.Flag("newest") {
		page = s.audit.Latest
	}
	if p.Err != nil {
		return op.Result{}, p.Err
	}
	found, next, err := page(ctx, app, f, after, limit)
	list := make([]wire.Raw, len(found))
	for i, e := range found {
		if err == nil {
			list[i], err = s.readable(ctx, app, e)
		}
	}
	if err != nil {
		return op.Result{}, err
	}
	return op.Page("entries", list, next), nil
}

// knownAct reads the act that is asked for, or its beginning; "" for all.
func knownAct(p *op.Params) string {
	asked := p.Text("act")
	first, _, _ := strings.Cut(asked, ".")
	acts := append(slices.Collect(maps.Values(audited)), actLogin, actFailLogin)
	var begin, within []string
	for _, act := range acts {
		if asked == "" || act == asked || strings.HasPrefix(act, asked+".") {
			return asked
		}
		beginning, _, _ := strings.Cut(act, ".")
		begin = append(begin, beginning)
		if beginning == first {
			within = append(within, act)
		}
	}
	known := begin
	if len(within) > 0 {
		known = within
	}
	slices.Sort(known)
	p.Fail("act: there is no act %q; there are %s", asked, strings.Join(slices.Compact(known), ", "))
	return ""
}

// readable is an entry as supervisors read it: with the network, as long as its user exists.
func (s *Server) readable(ctx context.Context, app string, e audit.Entry) (wire.Raw, error) {
	if e.Sealed != nil && e.User != "" {
		u, err := s.identity.User(ctx, app, e.User)
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return nil, err
		}
		e.Network = u.Unseal(e.Sealed)
	}
	e.Sealed = nil
	return json.Marshal(e)
}
