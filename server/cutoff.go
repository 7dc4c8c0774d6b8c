package server

import (
	"context"
	"time"
)

const (
	// cutOffLook is how often a node looks whether it has the store.
	cutOffLook = 250 * time.Millisecond

	// untilElected is how many times longer a node waits for a store that it reaches, and that takes no write: NATS
	// elects a leader in 5 to 8 s, for all nodes alike.
	untilElected = 5
)

// cutOff finds that this node alone has lost the store.
type cutOff struct {
	others bool      // served clients when the store was lost
	lost   time.Time // when it was seen to be lost; zero while it is there
	away   bool      // the clients are sent away
}

// look takes what is seen at a time, and tells whether the clients are to be sent away from now on. patience is for how
// long the store may be lost as it is now; 0 says that it is there. The clients stay where no other node was
// known: all would come back, to a node that still waits.
func (c *cutOff) look(now time.Time, patience time.Duration, others bool) (away bool) {
	switch {
	case patience == 0:
		*c = cutOff{}
	case c.lost.IsZero():
		c.lost, c.others = now, others
	case c.others && now.Sub(c.lost) >= patience:
		c.away = true
	}
	return c.away
}

// patience is for how long the store may be as it is now; 0 if it is well. It writes to the store if the node is not alone.
func (s *Server) patience(alone bool) time.Duration {
	after := s.options.Presence.CutOff
	switch {
	case !s.engine.Connected():
		return after
	case !alone && s.probe.ask(s.probeStore, s.probed) != nil:
		return untilElected * after
	}
	return 0
}

// watchStore sends the clients to the other nodes while this one is cut off from the store, until ctx ends.
func (s *Server) watchStore(ctx context.Context) {
	var c cutOff
	ticker := time.NewTicker(cutOffLook)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		was, others := c.away, s.agents.OthersLive()
		patience := s.patience(!others && c.lost.IsZero())
		switch away := c.look(time.Now(), patience, others); {
		case away && !was:
			s.options.Logger.Error("this node has lost the store, and sends its clients to the others")
			s.hub.SendAway()
		case was && !away:
			s.options.Logger.Warn("this node has the store again, and takes clients")
			s.hub.TakeAgain()
		}
	}
}
