package server

import (
	"sync"
	"time"
)

// absences notices who has no connection any more, to any node. The node that had
// the last one asks the others, tells the agents, and after the app's grace lets
// the visitor count as gone. Nothing is stored of it, so that to connect costs
// nothing: what a node knew that died, another finds out by looking through all
// visitors in open chats (sweep).
type absences struct {
	settle time.Duration // until a loss is told: a page that changes is back within it
	news   chan struct{}

	mu   sync.Mutex
	lost map[chatKey]*absence // by visitor
}

// absence is a visitor's from this node.
type absence struct {
	since time.Time
	chats []string
	told  bool // the agents know
}

const lookAgain = time.Second // after what could not be found out, or done

func newAbsences() *absences {
	return &absences{settle: time.Second, news: make(chan struct{}, 1), lost: map[chatKey]*absence{}}
}

// went notes that a visitor's last connection to this node is lost, and which
// chats were live there.
func (all *absences) went(visitor chatKey, chats []chatKey) {
	if len(chats) == 0 {
		return
	}
	a := &absence{since: time.Now()}
	for _, key := range chats {
		a.chats = append(a.chats, key.id)
	}
	all.mu.Lock()
	all.lost[visitor] = a
	all.mu.Unlock()
	all.look()
}

// missed notes a visitor who is not connected here, and may never have been.
func (all *absences) missed(visitor chatKey, chatID string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lost[visitor] == nil {
		all.lost[visitor] = &absence{since: time.Now(), chats: []string{chatID}}
	}
}

func (all *absences) look() {
	select {
	case all.news <- struct{}{}:
	default:
	}
}

// wait is the time until there is something to do about an absence; false means
// that there never is.
func (all *absences) wait(a *absence, grace time.Duration) (time.Duration, bool) {
	wait := all.settle
	switch {
	case a.told && grace == 0:
		return 0, false
	case a.told || grace > 0 && grace < wait:
		wait = grace
	}
	return time.Until(a.since.Add(wait)), true
}

// due gives the absences about which something is to be done now, and when to
// look next. Those which were told and may last are forgotten.
func (all *absences) due(grace func(app string) time.Duration) (due map[chatKey]*absence, next time.Duration) {
	all.mu.Lock()
	defer all.mu.Unlock()
	due, next = map[chatKey]*absence{}, time.Hour
	for visitor, a := range all.lost {
		switch wait, ends := all.wait(a, grace(visitor.app)); {
		case !ends:
			delete(all.lost, visitor)
		case wait <= 0:
			due[visitor] = a
		default:
			next = min(next, wait)
		}
	}
	return due, next
}

// forget ends an absence, unless there is a newer one.
func (all *absences) forget(visitor chatKey, a *absence) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.lost[visitor] == a {
		delete(all.lost, visitor)
	}
}

// since says when a visitor was lost here; false if he was not.
func (all *absences) since(visitor chatKey) (time.Time, bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if a := all.lost[visitor]; a != nil {
		return a.since, true
	}
	return time.Time{}, false
}

// watchAbsences looks after those who are lost, until the server is closed.
func (s *Server) watchAbsences() {
	next := time.NewTimer(time.Hour)
	defer next.Stop()
	for {
		select {
		case <-s.absences.news:
		case <-next.C:
		case <-s.ctx.Done():
			return
		}
		next.Reset(s.lookForAbsent())
	}
}

// lookForAbsent does what is due, and says when to look again.
func (s *Server) lookForAbsent() time.Duration {
	graces := map[string]time.Duration{} // thousands may be lost at once
	due, next := s.absences.due(func(app string) time.Duration {
		if _, known := graces[app]; !known {
			graces[app] = s.grace(app)
		}
		return graces[app]
	})
	for visitor, a := range due {
		if s.hub.connected(visitor) {
			s.absences.forget(visitor, a)
			delete(due, visitor)
		}
	}
	if len(due) == 0 {
		return next
	}
	elsewhere, certain := s.elsewhere(due)
	for visitor, a := range due {
		switch {
		case elsewhere[visitor]:
			s.absences.forget(visitor, a)
		case !certain:
			next = min(next, lookAgain)
		default:
			next = min(next, s.absent(visitor, a))
		}
	}
	return next
}

func (s *Server) grace(app string) time.Duration {
	return time.Duration(s.settings.of(app).Chats.VisitorGrace * float64(time.Second))
}
