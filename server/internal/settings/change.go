package settings

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// bytesAtMost bounds all that an app sets together, in bytes.
const bytesAtMost = 512 << 10

// Change merges a patch into what the app says (RFC 7396): a member replaces the
// one of then, null takes it away, so that the default holds; a list is replaced
// as a whole. What does not fit is a 400 that names the setting, and changes nothing.
func (s *Store) Change(ctx context.Context, app string, patch map[string]any) error {
	for range 10 {
		said, revision, _, err := store.Read[map[string]any](ctx, s.Stored.KV, app)
		if err != nil {
			return err
		}
		data, err := stdjson.Marshal(mergePatch(said, patch))
		if err != nil {
			return err
		}
		if len(data) > bytesAtMost {
			return wire.Errorf(wire.CodeTooLarge, "settings: %d bytes altogether, at most %d are allowed", len(data), bytesAtMost)
		}
		now := s.Of("")
		if err := json.Unmarshal(data, &now, json.RejectUnknownMembers(true)); err != nil {
			return mismatch(err)
		}
		if err := now.check(); err != nil {
			return err
		}
		done, err := s.Stored.Replace(ctx, app, data, revision)
		if done || err != nil {
			return err
		}
	}
	return ids.ErrConcurrent
}

// mergePatch changes target by patch; it may change target itself.
func mergePatch(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(target, name)
		case map[string]any:
			inside, _ := target[name].(map[string]any)
			target[name] = mergePatch(inside, value)
		default:
			target[name] = value
		}
	}
	return target
}

// mismatch says in our words what does not fit into Settings.
func mismatch(err error) error {
	var found *json.SemanticError
	if !errors.As(err, &found) {
		return wire.Errorf(wire.CodeBadRequest, "settings: %s", err)
	}
	name := strings.ReplaceAll(strings.TrimPrefix(string(found.JSONPointer), "/"), "/", ".")
	if errors.Is(err, json.ErrUnknownName) {
		return wire.Errorf(wire.CodeBadRequest, "%s: there is no such setting", name)
	}
	must := "a string"
	if found.GoType != nil {
		switch found.GoType.Kind() {
		case reflect.Bool:
			must = "true or false"
		case reflect.Int, reflect.Int64:
			must = "a whole number"
		case reflect.Float64:
			must = "a number"
		case reflect.Slice:
			must = "a list"
		case reflect.Struct:
			must = "an object"
		}
	}
	return wire.Errorf(wire.CodeBadRequest, "%s: must be %s", name, must)
}

// invalid is a 400 about a setting.
func invalid(name, format string, args ...any) error {
	return wire.Errorf(wire.CodeBadRequest, "%s: %s", name, fmt.Sprintf(format, args...))
}
