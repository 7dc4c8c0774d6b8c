//go:build js && wasm

package jsbridge

import (
	"parley/core"
	"parley/core/wire"
)

// fields reads the members of a JSON object strictly: a required one that is
// absent or null, or any of the wrong type, is an error. The first error stays.
type fields struct {
	raw     wire.Raw
	members map[string]wire.Raw
	err     *wire.Error
}

func fieldsOf(raw wire.Raw) (*fields, *wire.Error) {
	f := &fields{raw: raw, members: map[string]wire.Raw{}}
	err := wire.Members(raw, func(name string, v wire.Raw) error {
		if !wire.IsNull(v) {
			f.members[name] = v
		}
		return nil
	})
	if err != nil {
		return nil, wire.Errorf(wire.CodeBadRequest, "command: %s", err)
	}
	return f, nil
}

func (f *fields) fail(name string, err error) {
	if err != nil && f.err == nil {
		f.err = wire.Errorf(wire.CodeBadRequest, "%s %s", name, err)
	}
}

func (f *fields) str(name string) string {
	text, err := wire.String(f.members[name])
	f.fail(name, err)
	return text
}

func (f *fields) optStr(name string) string {
	if f.members[name] == nil {
		return ""
	}
	return f.str(name)
}

func (f *fields) optBool(name string) bool {
	if f.members[name] == nil {
		return false
	}
	v, err := wire.Bool(f.members[name])
	f.fail(name, err)
	return v
}

func (f *fields) uint(name string) uint64 {
	n, err := wire.Uint(f.members[name])
	f.fail(name, err)
	return n
}

func (f *fields) optUint(name string) uint64 {
	if f.members[name] == nil {
		return 0
	}
	return f.uint(name)
}

// optRaw gives a copy: the input buffer is used again by the next call.
func (f *fields) optRaw(name string) wire.Raw {
	if f.members[name] == nil {
		return nil
	}
	return f.members[name].Clone()
}

func (f *fields) list(name string) (items []wire.Raw) {
	if f.members[name] == nil {
		return nil
	}
	f.fail(name, wire.Items(f.members[name], func(v wire.Raw) error {
		items = append(items, v.Clone())
		return nil
	}))
	return items
}

// config reads Chat.init's second argument.
func (f *fields) config() core.Config {
	if f.members["config"] == nil {
		return core.Config{}
	}
	c, err := fieldsOf(f.members["config"])
	if err != nil {
		f.fail("config", err)
		return core.Config{}
	}
	config := core.Config{AssignMaxAttempts: int(c.optUint("assignMaxAttempts")), AssignTimeout: string(c.members["assignTimeout"])}
	if c.err != nil {
		f.fail("config", c.err)
	}
	return config
}
