package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options says where the data is. The zero value starts nothing: Dir or URL is needed.
type Options struct {
	// Dir is the folder of the embedded engine's data; it is made if it is missing.
	// Not used with URL.
	Dir string
	// URL is the address of a NATS server with JetStream, or several joined by
	// commas. Without it the engine runs inside the process.
	URL string
	// Login is what the NATS server asks for. Not used without URL.
	Login Login
	// Replicas is how many copies a NATS cluster keeps of everything, 1 to 5.
	// Defaults to 1; more needs a URL.
	Replicas int
	// ChatStreams is over how many streams the chats of a store are spread that is made, 1 to 64; a store that
	// is there has its own number, and another one is refused. Defaults to 16 with several replicas, else 1.
	ChatStreams int
	// SyncAlways makes the embedded engine force each write to the disk before it
	// acknowledges it, so that the write survives a loss of power too. Without it the
	// operating system has the write, which then survives a kill of the process, and
	// the disk has it within two minutes. A NATS server has its own setting for this.
	SyncAlways bool
	// LostStreams are streams that the store may have lost: they are made anew, without what was in them.
	LostStreams []string
	// Encryption of the embedded engine's data. Not used with URL: a NATS server has its own.
	Encryption Encryption
	// Reserve is how many bytes of the store are kept for what OnlyReserve lets pass.
	// Defaults to 5 % of the disk, or of the limit of the NATS account if it has one; at
	// least 256 MiB, and at most a quarter.
	Reserve int64
	// Space measures the store. Defaults to asking the disk of Dir, or the NATS account.
	Space func() Space
	// Logger gets the engine's own log: what an operator must see as warnings and
	// errors, the rest at debug level. Defaults to no log.
	Logger *slog.Logger
}

// Engine is a running NATS with JetStream, inside the process or reached by URL. It
// stores everything and carries messages between nodes.
type Engine struct {
	NC       *nats.Conn
	Reads    *nats.Conn // for what is long: what goes by NC does not wait behind it
	JS       jetstream.JetStream
	Replicas int // copies of each stream and bucket, for their configurations
	// ChatStreams is that of the Options, for the log of the chats.
	ChatStreams int

	where    string // the folder, or the address without a password
	reserve  *reserve
	embedded *embedded     // nil with a URL
	closed   chan struct{} // closed when the connection is
	link     link
	lost     atomic.Pointer[lostStreams] // those that are lost, as far as that was looked at

	sharing   sync.Mutex // held while a node joins
	nodes     []func()   // what to call when another one joins
	positions *Positions // nil before they are asked for
}

// Start starts the embedded engine with its data in Dir, or connects to URL if one is
// given. ctx bounds the start only. Start makes no stream and no bucket. Its error
// names the folder or the address, without a password, and says what to do.
func Start(ctx context.Context, o Options) (*Engine, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.Replicas < 0 || o.Replicas > 5 {
		return nil, fmt.Errorf("replicas: must be from 1 to 5, not %d", o.Replicas)
	}
	e := &Engine{Replicas: o.Replicas, ChatStreams: o.ChatStreams, where: Redacted(o.URL), closed: make(chan struct{})}
	if o.URL == "" {
		e.where = "the folder " + o.Dir
	}
	connection := []nats.Option{
		nats.Name("parleyd"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, time.Second),
		nats.DrainTimeout(5 * time.Second),
		nats.SyncQueueLen(queuedReplies),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { logAsynchronous(o.Logger, err) }),
	}
	var err error
	if o.URL == "" {
		err = e.startEmbedded(o, connection)
	} else {
		err = e.dial(ctx, o, connection)
	}
	if err != nil {
		return nil, err
	}
	e.reserve = &reserve{bytes: o.Reserve, measure: o.Space, logger: o.Logger}
	switch {
	case o.Space != nil:
	case o.URL == "":
		e.reserve.measure, e.reserve.fresh = func() Space { return diskSpace(o.Dir) }, diskMeasured
	default:
		e.reserve.measure, e.reserve.fresh = e.accountSpace, accountMeasured
	}
	return e, nil
}

func (e *Engine) startEmbedded(o Options, connection []nats.Option) (err error) {
	if e.Replicas != 1 {
		return errors.New("replicas: the embedded engine keeps one copy; give the URL of a NATS cluster for more")
	}
	e.embedded, err = startEmbedded(o)
	if err != nil {
		return err
	}
	if err = e.connect("", append(connection, nats.InProcessServer(e.embedded.server))); err == nil {
		e.JS, err = jetstream.New(e.NC)
	}
	if err == nil {
		err = e.embedded.checkRecovered(e.JS)
	}
	if err != nil {
		e.disconnect()
		e.embedded.stop()
	}
	return err
}

// connect makes both connections. watch is for the first.
func (e *Engine) connect(address string, options []nats.Option, watch ...nats.Option) (err error) {
	watch = append(watch, nats.ClosedHandler(func(*nats.Conn) { close(e.closed) }))
	if e.NC, err = nats.Connect(address, slices.Concat(options, watch)...); err == nil {
		e.Reads, err = nats.Connect(address, options...)
	}
	if err != nil {
		e.disconnect()
	}
	return err
}

func (e *Engine) disconnect() {
	for _, connection := range []*nats.Conn{e.NC, e.Reads} {
		if connection != nil {
			connection.Close()
		}
	}
}

func (e *Engine) dial(ctx context.Context, o Options, connection []nats.Option) (err error) {
	name := Redacted(o.URL)
	connection = append(connection,
		nats.Timeout(5*time.Second),
		nats.ReconnectBufSize(-1),                                     // without a connection sending fails at once, and nothing is sent later
		nats.IgnoreAuthErrorAbort(),                                   // a log-in that is refused while secrets are renewed is tried again
		nats.PingInterval(2*time.Second), nats.MaxPingsOutstanding(2), // a link that is silently cut is found within 6 s
	)
	login, err := o.Login.options()
	if err != nil {
		return err
	}
	watch := (&connectionLog{to: o.Logger, name: name, link: &e.link}).options()
	e.link.lost() // there has been none yet
	if err = e.connect(o.URL, append(connection, login...), watch...); err != nil {
		return explainDial(name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if e.JS, err = jetstream.New(e.NC); err == nil {
		_, err = e.JS.AccountInfo(ctx)
	}
	if err != nil {
		e.disconnect()
	}
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled):
		return fmt.Errorf("the NATS server at %s does not offer JetStream: %w; start it with -js", name, err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s does not offer JetStream to this user's account: %w; enable it for the account", name, err)
	case err != nil:
		return fmt.Errorf("JetStream of NATS at %s does not answer: %w; a cluster does once most of its servers run and have elected a leader", name, err)
	}
	return nil
}

// Share notes that a node uses the engine. alone tells that no other one does, as the
// engine runs in this process and none has called Share before. When another one does,
// onOther is called before that call returns.
func (e *Engine) Share(onOther func()) (alone bool) {
	if e.embedded == nil {
		return false
	}
	e.sharing.Lock()
	defer e.sharing.Unlock()
	for _, notify := range e.nodes {
		notify()
	}
	e.nodes = append(e.nodes, onOther)
	return len(e.nodes) == 1
}

// OneCopy tells that each stream has one copy as long as the engine runs, as it runs in
// this process. On a NATS server another node may change how many there are at any time.
func (e *Engine) OneCopy() bool { return e.embedded != nil }

// Explain adds to an error the last problem that the embedded engine logged, such as a
// full disk, and what to do about it. Without one it gives the error as it is.
func (e *Engine) Explain(err error) error {
	if e.embedded == nil || e.embedded.log.lastProblem() == "" {
		return err
	}
	return fmt.Errorf("%w; the engine in the folder %s said: %s; %s", err, e.embedded.dir, e.embedded.log.lastProblem(), checkDisk)
}

// Close drains the connection, so that work in progress is finished, and stops the
// embedded engine. It returns shortly after ctx ends at the latest. The engine cannot
// be used afterwards; closing it again does nothing.
func (e *Engine) Close(ctx context.Context) error {
	err := e.NC.Drain()
	if errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrConnectionDraining) || errors.Is(err, nats.ErrConnectionReconnecting) {
		err = nil // nothing to drain: what could not be sent has failed already
	}
	select {
	case <-e.closed:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("engine: closed before all work was finished: %w", ctx.Err()))
	}
	e.disconnect()
	if e.embedded != nil {
		e.embedded.stop()
	}
	return err
}
