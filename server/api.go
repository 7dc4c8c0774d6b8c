package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"parley/server/internal/address"
	"parley/server/internal/audit"
	"parley/server/internal/builds"
	"parley/server/internal/certificate"
	"parley/server/internal/chatlog"
	"parley/server/internal/identity"
	"parley/server/internal/limit"
	"parley/server/internal/metrics"
	"parley/server/internal/presence"
	"parley/server/internal/settings"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
	"parley/server/internal/webhook"
)

// Types of rooms that a program needs to run a Server.
type (
	// Engine is a running NATS with JetStream, in the process or reached by URL. It
	// stores everything, and carries messages between nodes. Close it after the Servers
	// on it. Healed says when an embedded one must be restarted.
	Engine = store.Engine
	// EngineOptions says where the data is. Either Dir or URL must be set; the other
	// fields have defaults.
	EngineOptions = store.Options
	// Identity has the apps, their users and agents, and their sessions. EnsureAdmin
	// makes the admin secret on the first start.
	Identity = identity.Store
	// IdentityOption changes a default of NewIdentity.
	IdentityOption = identity.Option
	// WebhookOptions says how events are posted to apps' own servers. The zero value
	// has all defaults.
	WebhookOptions = webhook.Options
	// PresenceOptions says how fast lost connections and lost nodes are noticed. The
	// zero value has all defaults.
	PresenceOptions = presence.Options
	// Quotas are how much the chats, the visitors and the files of an app may take. The
	// zero value has all defaults.
	Quotas = settings.Quotas
	// AuditOptions says how much of the audit log is kept. The zero value has all defaults.
	AuditOptions = audit.Options
	// Metrics are the numbers of a process, as Prometheus reads them.
	Metrics = metrics.Metrics
	// Tracer makes the traces of a process, and brings them to a collector.
	Tracer = tracing.Tracer
	// TraceOptions says what is traced, and where traces go.
	TraceOptions = tracing.Options
	// Rates are rates of what clients take, such as chats/visitor.
	Rates = limit.Table
	// EngineEncryption says how the files of the embedded engine are encrypted.
	EngineEncryption = store.Encryption
	// EngineLogin is what a NATS server asks for.
	EngineLogin = store.Login
	// AddressOptions says where clients find the server. The zero value has all defaults;
	// Handler must be around all that is served.
	AddressOptions = address.Options
	// ConnectionLimit is what LimitConnections gives.
	ConnectionLimit = limit.Bounded
	// CertificatePair names the files of a certificate and of its key.
	CertificatePair = certificate.Pair
	// CertificateFiles are certificates from files, which may change.
	CertificateFiles = certificate.Files
	// ACME gets certificates from an authority.
	ACME = certificate.ACME
	// ACMEOptions says which certificates an ACME gets, and where.
	ACMEOptions = certificate.ACMEOptions
)

// NewMetrics makes the metrics of a process. version and commit are the program's.
func NewMetrics(version, commit string) *Metrics { return metrics.New(version, commit) }

// NewTracer makes a Tracer, which is closed after the Servers. version is the program's. The
// error says what is wrong with the options.
func NewTracer(o TraceOptions, version string, logger *slog.Logger) (*Tracer, error) {
	return tracing.New(o, version, logger)
}

// NoteTrace gives a context of a request in which the name of its trace is noted, for who
// asks when it is answered; "" if it is not sampled.
func NoteTrace(ctx context.Context) (noted context.Context, traceID *string) {
	return tracing.Note(ctx)
}

// LimitConnections bounds the connections of TCP listeners together, in all and with one
// address. Trusted proxies may have more, as they have those of many.
func LimitConnections(most, perAddress int, o AddressOptions) *ConnectionLimit {
	return limit.Connections{Most: most, PerAddress: perAddress, Exempt: o.WithDefaults().TrustedProxies.Has}.Bounded()
}

// OpenCertificates reads certificates and their keys from pairs of files. The error names
// the file, and says what is in it.
func OpenCertificates(pairs []CertificatePair, logger *slog.Logger) (*CertificateFiles, error) {
	return certificate.OpenFiles(pairs, logger)
}

// NewACME makes an ACME, which needs Use before the first handshake.
func NewACME(o ACMEOptions, logger *slog.Logger) *ACME { return certificate.NewACME(o, logger) }

// CheckFolder says what keeps the embedded engine from having its data in a folder. It
// leaves nothing there.
func CheckFolder(dir string) error { return store.CheckFolder(dir) }

// CheckReserve refuses a reserve that leaves nothing to visitors, of the disk of a folder.
func CheckReserve(dir string, bytes int64) error { return store.CheckReserve(dir, bytes) }

// CheckEncryption refuses a key for data that is not encrypted, and none for data that is.
func CheckEncryption(dir string, c EngineEncryption) error { return store.CheckEncryption(dir, c) }

// MaxChatStreams is the most that EngineOptions.ChatStreams may be.
const MaxChatStreams = chatlog.MaxStreams

// ErrFolderInUse is the error of StartEngine for a folder that another process uses.
var ErrFolderInUse = store.ErrInUse

// ErrAdminEnded is the error of Identity.UseAdmin for a secret that was renewed.
var ErrAdminEnded = identity.ErrAdminEnded

// IsElecting tells whether a start has failed only because a NATS cluster has no leaders yet.
func IsElecting(err error) bool { return store.IsElecting(err) }

// RedactURLs gives addresses of NATS servers without what is secret in them.
func RedactURLs(urls string) string { return store.Redacted(urls) }

// NewIdentity opens the buckets of Identity, and makes those that are missing.
func NewIdentity(ctx context.Context, e *Engine, options ...IdentityOption) (*Identity, error) {
	return identity.Open(ctx, e, options...)
}

// CheckIdentity refuses options that NewIdentity would refuse.
func CheckIdentity(options ...IdentityOption) error { return identity.Check(options...) }

// VisitorSessions is the time after its last use until a visitor's session ends, and the
// time after which it ends however it is used. Defaults to 30 days and a year; each is at
// least a minute.
func VisitorSessions(unused, whole time.Duration) IdentityOption {
	return identity.VisitorSessions(identity.Life{Unused: unused, Whole: whole})
}

// AgentSessions is VisitorSessions for agents. Defaults to a day and a week.
func AgentSessions(unused, whole time.Duration) IdentityOption {
	return identity.AgentSessions(identity.Life{Unused: unused, Whole: whole})
}

// SilentVisitors is the time after its last use until the session of a visitor ends who was
// made by a page and has no chat; then the visitor is removed. A chat in which nothing was
// said goes this time after its close. Defaults to a day; it is at least a second.
func SilentVisitors(life time.Duration) IdentityOption { return identity.SilentVisitors(life) }

// AfterLogout is the time after a logout in which the visitor's token still reads their
// own chats and answers a survey. Defaults to an hour; 0 ends it with the logout.
func AfterLogout(life time.Duration) IdentityOption { return identity.AfterLogout(life) }

// AllowOrigins adds origins (such as https://www.example.com) whose pages may use every
// app, beside the origins of the app itself. Defaults to none.
func AllowOrigins(origins ...string) IdentityOption { return identity.AllowOrigins(origins...) }

// PublicBase is the server's address as the client of the request has it, such as
// https://example.com/chat: that of the proxy, if a trusted one is in between.
func PublicBase(r *http.Request) string { return address.Of(r) }

// ClientOf is the address of a request's client, behind trusted proxies too.
func ClientOf(r *http.Request) string { return address.Client(r).String() }

// RequestID is the name of a request in the log.
func RequestID(r *http.Request) string { return address.RequestID(r) }

// OpenBuilds opens the store of the files of the last builds, which web.Assets keeps there.
func OpenBuilds(ctx context.Context, e *Engine) (*builds.Store, error) { return builds.Open(ctx, e) }
