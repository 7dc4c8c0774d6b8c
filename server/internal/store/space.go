package store

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Space is how much of the store is free, as far as that is known.
func (e *Engine) Space() Space { return e.reserve.measure() }

// Used is how many bytes the store holds.
func (e *Engine) Used(ctx context.Context) (uint64, error) {
	info, err := e.JS.AccountInfo(ctx)
	if err != nil {
		return 0, err
	}
	return info.Store, nil
}

// The stream of probes keeps the last one.
const (
	probeStream  = "PARLEY_PROBE"
	probeSubject = "parley.probe"
)

// OpenProbe makes what Probe writes to.
func (e *Engine) OpenProbe(ctx context.Context) error {
	_, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: probeStream, Description: "the last check that the store takes writes", Subjects: []string{probeSubject},
		Storage: jetstream.FileStorage, Replicas: e.Replicas, MaxMsgs: 1, Duplicates: time.Second,
	})
	if err != nil {
		return fmt.Errorf("stream %s: %w", probeStream, err)
	}
	return nil
}

// Probe writes to the store, as an append does, and waits for its acknowledgement.
func (e *Engine) Probe(ctx context.Context) error {
	_, err := e.JS.Publish(ctx, probeSubject, nil)
	return err
}
