package op

import (
	"time"

	"parley/core/wire"
	"parley/server/internal/tracing"
)

// Answered says how requests of an operation were answered. It has nothing of what they
// said.
type Answered struct {
	Transport string // "rest" or "socket"
	Operation string // its name, Unknown if there is none
	App       string // "" if the caller is of none
	Code      int    // 200, or that of the error
	Took      time.Duration
	Requests  int    // that were carried out together, and took as long each
	RequestID string // "" if they are several
	TraceID   string // "" if they are not traced
}

// End ends the span of the requests.
func (a Answered) End(s *tracing.Span) {
	if s == nil {
		return
	}
	s.Name(a.Operation)
	s.Text("parley.operation", a.Operation)
	s.Text("parley.transport", a.Transport)
	s.Text("parley.app", a.App)
	s.Text("parley.request_id", a.RequestID)
	s.Number("parley.code", a.Code)
	s.Number("parley.requests", a.Requests)
	var failed error
	if a.Code >= wire.CodeInternal { // others are the client's
		failed = ErrInternal
	}
	s.End(failed)
}
