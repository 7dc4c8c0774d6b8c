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
)

// maxBytes bounds what an app sets altogether.
const maxBytes = 512 << 10

// Change merges a patch into what the app has set, as a JSON Merge Patch (RFC 7396):
// a value overwrites, null restores the default, a list is replaced as a whole. A
// setting that is unknown or does not fit is a 400 that names it, too much data a 413;
// then nothing changes.
func (s *Store) Change(ctx context.Context, app string, patch map[string]any) error {
	_, err := s.stored.Modify(ctx, app, func(data *stdjson.RawMessage, found bool) (err error) {
		set := map[string]any{}
		if found {
			if err := stdjson.Unmarshal(*data, &set); err != nil {
				return err
			}
		}
		if *data, err = stdjson.Marshal(mergePatch(set, patch)); err != nil {
			return err
		}
		return s.check(*data)
	})
	return err
}

// check refuses what an app would set, as Change says.
func (s *Store) check(data []byte) error {
	if len(data) > maxBytes {
		return wire.Errorf(wire.CodeTooLarge, "settings: %d bytes altogether, at most %d are allowed", len(data), maxBytes)
	}
	result := s.Of("")
	if err := json.Unmarshal(data, &result, json.RejectUnknownMembers(true)); err != nil {
		return mismatch(err)
	}
	return result.check()
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
