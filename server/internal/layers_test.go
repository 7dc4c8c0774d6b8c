// Package internal_test holds the rooms of the server to their floors.
package internal_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "parley"

// floors are the rooms of the server from the lowest. A room imports only from
// lower floors; docs/architecture.md shows the same table with a sentence for each.
var floors = [][]string{
	{"ids", "store", "address", "limit", "proof", "outbound", "passkey", "metrics", "tracing"},
	{"password", "settings", "chatstate", "presence", "survey", "builds", "privacy", "block", "certificate", "audit", "backup", "note"},
	{"identity", "chatlog", "index", "media"},
	{"webhook", "op", "oidc"},
	{"gateway"},
	{"routing", "rest"},
}

// forTests are packages that only tests import; they stand on no floor.
var forTests = []string{"statetest", "storetest", "certificatetest", "tracetest"}

// Every package below server/internal has a floor, and imports only downwards.
func TestRoomsImportDownwards(t *testing.T) {
	floorOf := map[string]int{}
	for n, rooms := range floors {
		for _, room := range rooms {
			floorOf[room] = n + 1
		}
	}
	for _, line := range goList(t, "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		fields := strings.Fields(line)
		room, inside := roomOf(fields[0])
		if !inside || slices.Contains(forTests, room) {
			continue
		}
		require.Contains(t, floorOf, room, "room %s has no floor", room)
		for _, path := range fields[1:] {
			switch other, inside := roomOf(path); {
			case inside && slices.Contains(forTests, other):
				assert.Fail(t, "room "+room+" imports "+other+", which is for tests")
			case inside:
				assert.Less(t, floorOf[other], floorOf[room], "room %s imports %s", room, other)
			case strings.HasPrefix(path, module+"/"):
				assert.Contains(t, []string{module + "/core/chat", module + "/core/wire"}, path, "room %s", room)
			}
		}
	}
}

// The engine is NATS in one room, and WebSockets are the gateway's alone.
func TestRoomsThatOwnALibrary(t *testing.T) {
	owners := map[string]string{
		"nhooyr.io/websocket": "gateway", "github.com/nats-io/nats-server/v2/server": "store",
		"github.com/go-webauthn/webauthn/webauthn": "passkey", "github.com/prometheus/client_golang/prometheus": "metrics",
		"go.opentelemetry.io/otel/trace": "tracing", "go.opentelemetry.io/otel/sdk/trace": "tracing",
	}
	for _, line := range goList(t, "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		fields := strings.Fields(line)
		room, inside := roomOf(fields[0])
		if !inside || slices.Contains(forTests, room) {
			continue
		}
		for library, owner := range owners {
			if slices.Contains(fields[1:], library) {
				assert.Equal(t, owner, room, library)
			}
		}
	}
}

// What drives a server from outside, as clients and operators do, has nothing of its inside.
func TestDriversImportNoRoom(t *testing.T) {
	for _, path := range goList(t, "{{join .Deps \"\\n\"}}", "../load") {
		if strings.HasPrefix(path, module+"/server") {
			assert.Equal(t, module+"/server/drive", path)
		}
	}
}

// roomOf gives the room of a package, and whether it is in one.
func roomOf(path string) (string, bool) {
	return strings.CutPrefix(path, module+"/server/internal/")
}

func goList(t *testing.T, format, pattern string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", format, pattern).Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
