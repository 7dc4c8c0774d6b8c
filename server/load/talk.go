package load

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"parley/server/drive"
)

const (
	repliesWithin = 30 * time.Second       // after the end of a phase, for what is under way
	quietWithin   = 5 * time.Second        // without a delivery; then the rest is lost
	afterRefusal  = 100 * time.Millisecond // a visitor waits who was refused
)

// speaker is a visitor whose messages have numbers.
type speaker struct {
	Visitor
	next atomic.Int64
}

// talk is a phase in which people speak.
type talk struct {
	*loading
	speakers  []*speaker
	listeners int // of each speaker
	underWay  int // messages of one speaker at a time
	heard     *heard

	answered, refused, missing atomic.Int64
	inTime                     atomic.Int64 // answered before the end
	times                      histogram    // from sending to the reply
}

// run lets everybody speak until the time is over, or ctx ends, and waits for what is under way.
func (t *talk) run(ctx context.Context) *Spoken {
	before, own := t.system.Usage(), UsageOf(os.Getpid())
	begun := time.Now()
	ctx, stop := context.WithTimeout(ctx, t.options.Duration)
	defer stop()
	// What is under way at the end is not cut off by it.
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var all sync.WaitGroup
	for i, s := range t.speakers {
		for range t.underWay {
			all.Go(func() { t.speak(ctx, sending, s, i, begun) })
		}
	}
	<-ctx.Done()
	took := time.Since(begun)
	inTime := t.inTime.Load()
	delivered, _, _ := t.heard.counts()
	waiting := time.AfterFunc(repliesWithin, cut)
	all.Wait()
	waiting.Stop()
	t.awaitDeliveries()
	return t.figures(took, inTime, delivered, before, own)
}

// speak sends one message after the other. With a rate each has its time; who is late then
// counts from when it should have been sent.
func (t *talk) speak(ctx, sending context.Context, s *speaker, place int, begun time.Time) {
	for turn := 0; ctx.Err() == nil; turn++ {
		at := time.Now()
		if t.options.Rate > 0 {
			due := begun.Add(time.Duration(float64(turn*len(t.speakers)+place) / float64(t.options.Rate) * float64(time.Second)))
			if due.After(at) {
				if !pause(ctx, due.Sub(at)) {
					return
				}
				at = time.Now()
			} else {
				at = due
			}
		}
		if !t.send(ctx, sending, s, at) {
			pause(ctx, afterRefusal)
		}
	}
}

func pause(ctx context.Context, length time.Duration) (whole bool) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// send sends one message, and tells whether the server has it.
func (t *talk) send(ctx, sending context.Context, s *speaker, at time.Time) bool {
	err := s.Say(sending, textOf(int(s.next.Add(1))-1, at.Sub(t.heard.began)))
	switch {
	case err == nil:
		t.times.add(time.Since(at))
		t.answered.Add(1)
		if ctx.Err() == nil {
			t.inTime.Add(1)
		}
	case sending.Err() != nil:
		t.missing.Add(1)
	default:
		t.refused.Add(1)
		t.fail(err)
	}
	return err == nil
}

// awaitDeliveries waits until all that was answered was heard, or nothing comes any more.
func (t *talk) awaitDeliveries() {
	expected := t.answered.Load() * int64(t.listeners)
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	quiet := time.Now()
	for range poll.C {
		once, _, last := t.heard.counts()
		if last.After(quiet) {
			quiet = last
		}
		if once >= expected || time.Since(quiet) > quietWithin {
			return
		}
	}
}

func (t *talk) figures(took time.Duration, inTime, delivered int64, before, own *drive.Usage) *Spoken {
	once, twice, _ := t.heard.counts()
	answered := t.answered.Load()
	f := &Spoken{
		Seconds: took.Seconds(), Messages: answered, PerSecond: float64(inTime) / took.Seconds(), Refused: t.refused.Load(), Unanswered: t.missing.Load(),
		Listeners: t.listeners, Deliveries: once, DeliveriesPerSecond: float64(delivered) / took.Seconds(),
		Lost: max(answered*int64(t.listeners)-once, 0), Twice: twice,
		Reply: t.times.latency(), Received: t.heard.times.latency(),
	}
	if now := t.system.Usage(); now != nil && before != nil && answered > 0 {
		f.MicrosPerMessage = micros(before, now, answered)
		if once > 0 {
			f.MicrosPerDelivery = micros(before, now, once)
		}
	}
	if now := UsageOf(os.Getpid()); now != nil && own != nil && answered > 0 {
		f.LoaderMicrosPerMessage = micros(own, now, answered)
	}
	return f
}

func micros(before, now *drive.Usage, by int64) *float64 {
	each := float64((now.CPU - before.CPU).Microseconds()) / float64(by)
	return &each
}
