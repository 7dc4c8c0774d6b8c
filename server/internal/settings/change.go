package settings

import (
	"cmp"
	"context"
	stdjson "encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
)

// maxBytes bounds what an app sets altogether.
const maxBytes = 512 << 10

// Change merges a patch into what the app has set, as a JSON Merge Patch (RFC 7396):
// a value overwrites, null restores the default, a list is replaced as a whole. A
// setting that is unknown or does not fit is a 400 that names it, too much data a 413, and
// another Version than from, unless that is "", a 409; then nothing changes. offered are the
// ways to log in that the server has.
func (s *Store) Change(ctx context.Context, app, from string, patch map[string]any, offered OfferedWays) error {
	_, err := s.stored.Modify(ctx, app, func(data *stdjson.RawMessage, found bool) (err error) {
		if from != "" && from != versionOf(*data) {
			return ErrOtherVersion
		}
		set := map[string]any{}
		if found {
			if err := stdjson.Unmarshal(*data, &set); err != nil {
				return err
			}
		}
		before := s.settings(*data)
		if *data, err = stdjson.Marshal(mergePatch(set, patch)); err != nil {
			return err
		}
		if err := s.check(*data); err != nil {
			return err
		}
		login := s.settings(*data).Login
		if _, changes := patch["login"]; changes {
			err = login.checkOffered(offered)
		}
		return cmp.Or(err, login.checkChange(before.Login, patch))
	})
	return err
}

// ErrOtherVersion is a 409: a change was made from a version that is not the app's any more.
var ErrOtherVersion = wire.Errorf(wire.Changed, "version: the settings have been changed by somebody else meanwhile; read them again")

// Version names what an app has set, as this node knows it. The same settings have the same version.
func (s *Store) Version(app string) string { return versionOf(s.stored.Get(app).Value) }

func versionOf(data []byte) string { return ids.Digest(string(data))[:16] }

// Put replaces all that an app has set by an object of settings. It refuses what Change
// refuses.
func (s *Store) Put(ctx context.Context, app string, set wire.Raw) error {
	if err := s.check(set); err != nil {
		return err
	}
	return s.stored.Put(ctx, app, stdjson.RawMessage(set))
}

// check refuses what an app would set, as Change says.
func (s *Store) check(data []byte) error {
	if len(data) > maxBytes {
		return wire.Errorf(wire.RequestTooLong, "settings: %d bytes altogether, at most %d are allowed", len(data), maxBytes)
	}
	result := s.unset()
	if err := json.Unmarshal(data, &result, json.RejectUnknownMembers(true)); err != nil {
		return mismatch(err)
	}
	result.Login.withDefaults()
	return result.check(s.server)
}

// mergePatch changes target by patch and gives it; nil is an empty target.
func mergePatch(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(target, name)
		case map[string]any:
			inner, _ := target[name].(map[string]any)
			target[name] = mergePatch(inner, value)
		default:
			target[name] = value
		}
	}
	return target
}

// kindNames says what a setting must be, by the kind of its field. Any other is a string.
var kindNames = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Int64: "a whole number",
	reflect.Float64: "a number", reflect.Slice: "a list", reflect.Struct: "an object", reflect.Pointer: "an object",
}

// mismatch says in our words what does not fit into Settings.
func mismatch(err error) error {
	var found *json.SemanticError
	if !errors.As(err, &found) {
		return wire.Errorf(wire.BadArgument, "settings: %s", err)
	}
	name := strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(string(found.JSONPointer), "/"), "/", "."), "~1", "/")
	if errors.Is(err, json.ErrUnknownName) {
		return ids.Refuse(wire.BadArgument, name, "there is no such setting")
	}
	if errors.Is(err, limit.ErrUnknown) {
		return malformed(name, "%s", found.Err)
	}
	must := "a string"
	if found.GoType != nil {
		must = cmp.Or(kindNames[found.GoType.Kind()], must)
	}
	return malformed(name, "must be %s", must)
}

// malformed is a 400 about a setting that is not what it must be.
func malformed(name, format string, args ...any) error {
	return ids.Refuse(wire.ValueMalformed, name, format, args...)
}
