package load

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// fewest is of how many connections the last tenth must consist to be told.
const fewest = 10

// connect connects all visitors, the idle ones first, and gives those who are to speak.
func (l *loading) connect(ctx context.Context) []*speaker {
	count := l.options.Idle + l.options.Visitors
	if count == 0 {
		return nil
	}
	l.say("connecting %d visitors", count)
	before, begun := l.system.Usage(), time.Now()
	last := max(count/10, 1)
	var beforeLast time.Time
	var done, refused atomic.Int64
	came := make([]*speaker, count)
	_ = spread(count, func(i int) error {
		v, err := l.system.Visitor(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // others may have room
			refused.Add(1)
			l.fail(err)
			return nil
		}
		came[i] = &speaker{Visitor: v}
		if int(done.Add(1)) == count-last {
			beforeLast = time.Now()
		}
		return nil
	})
	c := &Connected{Connections: int(done.Load()), Refused: refused.Load()}
	c.PerSecond = float64(c.Connections) / time.Since(begun).Seconds()
	if c.Connections == count && last >= fewest {
		c.LastPerSecond = float64(last) / time.Since(beforeLast).Seconds()
	}
	if after := l.system.Usage(); after != nil && before != nil && c.Connections > 0 {
		c.MicrosEach = micros(before, after, int64(c.Connections))
	}
	l.figures.Connected = c
	missing := func(s *speaker) bool { return s == nil }
	return slices.DeleteFunc(came[l.options.Idle:], missing)
}

// idle measures what connections cost that say nothing, once what their coming has left is done.
func (l *loading) idle(ctx context.Context) {
	if l.first == nil || !pause(ctx, settle) {
		return
	}
	l.say("measuring %d idle connections for %s", l.figures.Connected.Connections, l.options.Duration)
	before, begun := l.system.Usage(), time.Now()
	pause(ctx, l.options.Duration)
	after, took := l.system.Usage(), time.Since(begun)
	if before == nil || after == nil { // it has ended
		return
	}
	there := max(l.figures.Connected.Connections, 1)
	l.figures.Idle = &Idle{
		Connections: there, Memory: after.Memory, BytesPerConnection: (after.Memory - l.first.Memory) / int64(there),
		CPUPercent: (after.CPU - before.CPU).Seconds() / took.Seconds() * 100, Seconds: took.Seconds(),
	}
}

// conversation lets each visitor speak to one of the agents.
func (l *loading) conversation(ctx context.Context, speakers []*speaker) error {
	agents, err := l.agents(ctx)
	if err != nil {
		return err
	}
	into := &heard{began: time.Now()}
	err = spread(len(speakers), func(i int) error { return agents[i%len(agents)].Hear(ctx, speakers[i].Chat(), into.listener()) })
	if err != nil {
		return fmt.Errorf("an agent cannot join a chat: %w", err)
	}
	l.say("%d visitors speak to %d agents for %s", len(speakers), len(agents), l.options.Duration)
	t := &talk{loading: l, speakers: speakers, listeners: 1, underWay: 1, heard: into}
	l.figures.Spoken = t.run(ctx)
	return nil
}

// fanOut lets one visitor speak, whom many connections hear.
func (l *loading) fanOut(ctx context.Context) error {
	v, err := l.system.Visitor(ctx)
	if err != nil {
		return err
	}
	into := &heard{began: time.Now()}
	if err := l.system.Crowd(ctx, v.Chat(), l.options.FanOut, into.listener); err != nil {
		return fmt.Errorf("those who are to hear a chat cannot connect: %w", err)
	}
	l.say("a visitor speaks to %d connections for %s", l.options.FanOut, l.options.Duration)
	t := &talk{loading: l, speakers: []*speaker{{Visitor: v}}, listeners: l.options.FanOut, underWay: fanUnderWay, heard: into}
	l.figures.FanOut = t.run(ctx)
	return nil
}
