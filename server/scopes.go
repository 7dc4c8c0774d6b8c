package server

import (
	"strings"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/op"
)

// areas are the scopes that operations need by the first part of their path. What is not
// here is only for the full scope.
var areas = map[string]identity.Scope{
	"chats": identity.ScopeMessages, "messages": identity.ScopeMessages, "media": identity.ScopeMessages, "invitations": identity.ScopeMessages,
	"surveys": identity.ScopeMessages, "queues": identity.ScopeMessages, "blocks": identity.ScopeMessages,
	"users": identity.ScopeUsers, "sessions": identity.ScopeUsers,
	"agents":   identity.ScopeAgents,
	"settings": identity.ScopeSettings, "webhooks": identity.ScopeSettings,
}

// scopesOf gives the scopes of which an access key needs one for an operation. What anybody
// may read needs none in particular.
func scopesOf(o *op.Operation) []identity.Scope {
	if o.Access == op.AnyApp && !o.Writes {
		return identity.Scopes
	}
	needed := []identity.Scope{identity.ScopeFull}
	area, there := areaOf(o)
	switch {
	case strings.Contains(o.Path, "/export"):
		return append(needed, identity.ScopeExport)
	case o.Path == "/apps/{appId}" && o.Access == op.AppSecret:
		area = identity.ScopeSettings
	case !there:
		return needed
	}
	needed = append(needed, area)
	if o.Method == "GET" && !o.Writes {
		needed = append(needed, identity.ScopeRead)
	}
	return needed
}

func areaOf(o *op.Operation) (area identity.Scope, there bool) {
	first, _, _ := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/")
	area, there = areas[first]
	return area, there
}

// checkScope refuses what the access key may not do whose secret was given.
func checkScope(o *op.Operation, a identity.Actor) error {
	if needed := scopesOf(o); a.AccessKey != nil && !a.AccessKey.May(needed) {
		return wire.Errorf(wire.NotAllowed, "the key %q has none of the scopes that this needs: %q", a.AccessKey.Name, needed)
	}
	return nil
}

// forAgents are the scopes of which a key needs one to change agents.
var forAgents = []identity.Scope{identity.ScopeFull, identity.ScopeAgents}

// checkScopeForAgent refuses to change an agent by an operation for users with a key that is for
// visitors alone: agents are users, too.
func checkScopeForAgent(o *op.Operation, c *op.Call) error {
	area, _ := areaOf(o)
	if key := c.Actor.AccessKey; key == nil || area != identity.ScopeUsers || !o.Writes || !c.User.IsAgent() || key.May(forAgents) {
		return nil
	}
	return wire.Errorf(wire.NotAllowed, "the key %q has none of the scopes that this needs about an agent: %q", c.Actor.AccessKey.Name, forAgents)
}
