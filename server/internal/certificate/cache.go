package certificate

import (
	"context"
	"encoding/base64"
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/crypto/acme/autocert"

	"parley/server/internal/store"
)

const (
	storeWithin = 5 * time.Second
	longestName = 256 // of what is kept; strangers ask for names of their own
)

var errNoStore = errors.New("the store of certificates does not answer")

// cache keeps certificates, their keys and the account's key in a bucket, and what answers
// the authority's challenges, so that it may ask any node. Errors do not say what is inside:
// strangers get to see them.
type cache struct {
	bucket atomic.Pointer[jetstream.KeyValue] // of the running engine
}

var _ autocert.Cache = (*cache)(nil)

// use opens the bucket of an engine, and makes it if it is missing.
func (c *cache) use(ctx context.Context, e *store.Engine) error {
	bucket, err := store.Bucket(ctx, e, "parley_certificates", "certificates by ACME, with their keys", store.MarkerLife)
	if err == nil {
		c.bucket.Store(&bucket)
	}
	return err
}

// with calls do with the bucket and with the key of a name.
func (c *cache) with(ctx context.Context, name string, do func(context.Context, jetstream.KeyValue, string) error) error {
	if len(name) > longestName {
		return autocert.ErrCacheMiss
	}
	bucket := c.bucket.Load()
	if bucket == nil {
		return errNoStore
	}
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	err := do(ctx, *bucket, base64.RawURLEncoding.EncodeToString([]byte(name))) // keys of NATS have no plus signs
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return autocert.ErrCacheMiss
	case err != nil:
		return errNoStore
	}
	return nil
}

// Get gives what was put under a name, and autocert.ErrCacheMiss if that is nothing.
func (c *cache) Get(ctx context.Context, name string) (data []byte, err error) {
	err = c.with(ctx, name, func(ctx context.Context, bucket jetstream.KeyValue, key string) error {
		entry, err := bucket.Get(ctx, key)
		if err == nil {
			data = entry.Value()
		}
		return err
	})
	return data, err
}

// Put stores data under a name.
func (c *cache) Put(ctx context.Context, name string, data []byte) error {
	return c.with(ctx, name, func(ctx context.Context, bucket jetstream.KeyValue, key string) error {
		_, err := bucket.Put(ctx, key, data)
		return err
	})
}

// Delete removes what is under a name, if anything is.
func (c *cache) Delete(ctx context.Context, name string) error {
	return c.with(ctx, name, func(ctx context.Context, bucket jetstream.KeyValue, key string) error {
		return bucket.Purge(ctx, key)
	})
}
