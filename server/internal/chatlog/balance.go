package chatlog

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// balanceEvery is how often a node looks which NATS servers lead the streams.
const balanceEvery = 5 * time.Second

// Balance has the NATS servers lead about as many streams each, until ctx ends. NATS itself leaves a server that was
// started again with none, and the death of another would hold up half of the chats and more.
func (l *Log) Balance(ctx context.Context) {
	if l.engine.Replicas == 1 || len(l.parts) == 1 {
		return
	}
	ticker := time.NewTicker(balanceEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := l.balance(ctx); err != nil {
			l.logger.Debug("log: the leaders of the streams are not balanced now", "error", err)
		}
	}
}

// balance moves the leadership of one stream, if that is better. Nodes that look at the same time ask for the same.
func (l *Log) balance(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, balanceEvery)
	defer stop()
	led := make([]*jetstream.ClusterInfo, len(l.parts))
	for n, p := range l.parts {
		stream, err := l.engine.JS.Stream(ctx, p.stream)
		if err != nil {
			return err // one has no leader: nothing is moved while NATS elects
		}
		led[n] = stream.CachedInfo().Cluster
	}
	n, to := better(led)
	if to == "" {
		return nil
	}
	ask, err := json.Marshal(map[string]any{"placement": map[string]string{"preferred": to}})
	if err != nil {
		return err
	}
	reply, err := l.engine.NC.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+l.parts[n].stream, ask)
	if err != nil {
		return err
	}
	var answer struct{ Error *jetstream.APIError }
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	l.logger.Info("log: another server leads a stream, so that all lead as many", "stream", l.parts[n].stream, "server", to)
	return nil
}

// better gives the number of a stream, and the server that is to lead it as it leads at least two streams
// less than the one that does; "" if there is none. Only one that has all entries can: else it would come to an election.
func better(led []*jetstream.ClusterInfo) (stream int, to string) {
	count, most := map[string]int{}, 1
	for _, c := range led {
		if c == nil || c.Leader == "" {
			return 0, ""
		}
		count[c.Leader]++
	}
	for n, c := range led {
		for _, peer := range c.Replicas {
			less := count[c.Leader] - count[peer.Name]
			if peer.Current && !peer.Offline && peer.Lag == 0 && less > most {
				stream, to, most = n, peer.Name, less
			}
		}
	}
	return stream, to
}
