package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/singleflight"
)

// Compression dictionaries (RFC 9842): a browser that has the core or the engine of another
// build names it by its hash, and gets the difference (dcz) in place of the whole.

// asDictionary are the files that are dictionaries of their successors.
var asDictionary = regexp.MustCompile(`^(parley|engine)\.[0-9a-f]{16}(\.wasm|\.js)$`)

// successors is the URL pattern of the files that a file is a dictionary for, wherever a
// proxy has the folders. A file that is no dictionary gives "".
func successors(name string) string {
	if parts := asDictionary.FindStringSubmatch(name); parts != nil {
		return "/*" + parts[1] + ".*" + parts[2]
	}
	return ""
}

const (
	// deltaWindow is what every browser that takes dcz can look back (RFC 9842, section 5).
	// Neither file may be longer.
	deltaWindow = 8 << 20
	// deltaWithin is how long a browser waits for a difference that is not made yet.
	deltaWithin = time.Second
	// deltasKept is enough for two files from each of the builds that are kept.
	deltasKept = 16
	// deltasWaiting bounds the differences that wait to be made.
	deltasWaiting = 8
)

// dczMagic begins a difference; the dictionary's hash follows (RFC 9842, section 5).
var dczMagic = []byte{0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0}

type hash = [sha256.Size]byte

// deltas makes differences, one at a time, when they are first asked for.
type deltas struct {
	// dictionary gives the file with this content among those with these successors. It gives
	// nil if no build has it.
	dictionary func(successors string, content hash) *asset
	difference func(dictionary, file []byte) ([]byte, error)

	kept    *lru.Cache[string, *variant] // nil is for what is not worth it
	flights singleflight.Group
	waiting chan struct{}
	making  sync.Mutex
}

func newDeltas(dictionary func(string, hash) *asset) *deltas {
	kept, _ := lru.New[string, *variant](deltasKept) // fails for no size only
	return &deltas{dictionary: dictionary, difference: difference, kept: kept, waiting: make(chan struct{}, deltasWaiting)}
}

// of gives the difference to a file that the client has, nil if the whole is to be sent.
func (d *deltas) of(target *asset, r *http.Request) *variant {
	has, found := availableDictionary(r.Header.Get("Available-Dictionary"))
	if !found || target.successors == "" || acceptedQualities(acceptEncoding(r))["dcz"] == 0 {
		return nil
	}
	plain := target.variants[""].sum
	key := string(plain[:]) + string(has[:])
	if made, found := d.kept.Get(key); found {
		return made
	}
	made := d.flights.DoChan(key, func() (any, error) { return d.make(key, target, has), nil })
	late := time.NewTimer(deltaWithin)
	defer late.Stop()
	select {
	case result := <-made:
		return result.Val.(*variant)
	case <-late.C:
	case <-r.Context().Done():
	}
	return nil
}

func (d *deltas) make(key string, target *asset, has hash) *variant {
	select {
	case d.waiting <- struct{}{}:
		defer func() { <-d.waiting }()
	default:
		return nil
	}
	from := d.dictionary(target.successors, has)
	if from == nil {
		return nil
	}
	d.making.Lock()
	defer d.making.Unlock()
	if made, found := d.kept.Get(key); found {
		return made
	}
	var made *variant
	body, err := d.difference(from.variants[""].body, target.variants[""].body)
	if err == nil && len(body) < len(target.variants[target.choose("br")].body) {
		made = newVariant(body)
	}
	d.kept.Add(key, made)
	return made
}

// difference gives what makes a file of a dictionary, as dcz.
func difference(dictionary, file []byte) ([]byte, error) {
	if max(len(dictionary), len(file)) > deltaWindow {
		return nil, errors.New("too long")
	}
	out, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(deltaWindow), zstd.WithEncoderDictRaw(0, dictionary))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(dictionary)
	return out.EncodeAll(file, bytes.Join([][]byte{dczMagic, sum[:]}, nil)), nil
}

// availableDictionary reads the header of this name: a hash between colons (RFC 9651,
// section 3.3.5).
func availableDictionary(header string) (has hash, found bool) {
	inner, begins := strings.CutPrefix(strings.TrimSpace(header), ":")
	inner, ends := strings.CutSuffix(inner, ":")
	sum, err := base64.StdEncoding.DecodeString(inner)
	if !begins || !ends || err != nil || len(sum) != len(has) {
		return has, false
	}
	return hash(sum), true
}

// useAsDictionary is the header that has browsers keep a file for its successors.
func useAsDictionary(successors string) string { return fmt.Sprintf(`match="%s"`, successors) }
