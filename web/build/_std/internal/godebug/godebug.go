// Package godebug stands for Go's internal/godebug in the core that pages load: the settings of the environment variable
// GODEBUG, which no page has, so that each has its default. Go's own counts their use and can search, by halves, which
// call of one matters; with that come the runtime's metrics.
package godebug

// Setting is one setting.
type Setting struct{ name string }

// New gives the setting of a name; with # before it, it is an undocumented one.
func New(name string) *Setting { return &Setting{name} }

// Name gives the name.
func (s *Setting) Name() string {
	if s.Undocumented() {
		return s.name[1:]
	}
	return s.name
}

// Undocumented tells whether the name began with #.
func (s *Setting) Undocumented() bool { return s.name != "" && s.name[0] == '#' }

// String gives the name and the value, as in GODEBUG.
func (s *Setting) String() string { return s.Name() + "=" }

// Value gives the value, which is always the default.
func (s *Setting) Value() string { return "" }

// IncNonDefault counts nothing.
func (s *Setting) IncNonDefault() {}
