package op

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/survey"
)

// Access is the rule that says who may call an operation. Package server decides
// by it, in authorize. The app's secret opens all but AdminSecret and Supervisor.
type Access int

const (
	AnyApp                  Access = iota // anyone who names an app and whose page's origin the app allows
	AnySession                            // a logged-in user
	UserOrSupervisor                      // a logged-in user about themselves; supervisors about others too
	AnyAgent                              // an agent
	AnySupervisor                         // a supervisor
	AppSecret                             // the app's secret only
	SettingsSecret                        // the app's secret only, as a setting is not about daily work
	AppSecretForChat                      // the app's secret only; the chat must exist
	AdminSecret                           // the server's admin secret only
	SignedAddress                         // anyone who has a signed address of the file
	OwnAccount                            // an agent, by their session, about themselves
	SurveyLink                            // anyone who has a link to a survey
	ChatReader                            // a member of the chat, also a past one up to where they left, the agent invited to it, or a supervisor; read only
	ChatVisitor                           // the visitor of the chat that the ticket names; read only
	ChatMember                            // a member of the chat
	ChatBlocker                           // an agent in the chat, a supervisor, or while it waits an agent of its room
	ChatCloser                            // a member of the chat, a supervisor, or while it waits an agent of its room
	AgentForChat                          // an agent, or a member of the chat; the chat must exist
	Invitee                               // an agent who was ever invited to the chat, is in it or of its room, or a supervisor
	ChatJoiner                            // an agent of the chat's room, the agent invited to it, a supervisor, or a member
	Supervisor                            // a supervisor; the chat must exist
	AgentInChatOrSupervisor               // an agent who is in the chat, or a supervisor
	ChatStaff                             // an agent who is in the chat, or was in it and it is closed, or a supervisor
)

// Operation is one thing that a client can ask of the server: over the socket,
// over REST or over both.
type Operation struct {
	Event   string // its name on the socket, "" if it is not offered there
	Method  string // its method of REST, "" if it is not offered there
	Path    string // its path of REST below /v1, with parameters as {name}
	Access  Access
	Writes  bool                                               // whether it writes to the store; it is refused while the store cannot be written to
	Reserve bool                                               // whether it may write for visitors too while only the store's reserve is left
	Counts  limit.Kind                                         // what it takes of, "" if only requests are counted
	Do      func(ctx context.Context, c *Call) (Result, error) // NewTable makes it of Together if it is nil

	// Together carries out several calls about one chat as Do would, one after the other.
	// When one fails that will be asked again, it ends, with no answers to those behind
	// it. nil if there is nothing to win.
	Together func(ctx context.Context, calls []*Call) []Answer
}

// Name is the operation's for logs and numbers: its event, or its method and path.
func (op *Operation) Name() string {
	if op.Event != "" {
		return op.Event
	}
	return op.Method + " " + op.Path
}

// Unknown stands for what is no operation.
const Unknown = "unknown"

// Answer is what Do gives for one call.
type Answer struct {
	Result
	Err error
}

func (op *Operation) doAlone(ctx context.Context, c *Call) (Result, error) {
	answer := op.Together(ctx, []*Call{c})[0]
	return answer.Result, answer.Err
}

// IsDownload tells whether the reply of the operation is a file.
func (op *Operation) IsDownload() bool {
	return op.Method == "GET" && (op.ofMedia() || op.Path == PicturePath)
}

// PicturePath is the path of the pictures of agents.
const PicturePath = "/apps/{appId}/pictures/{pictureId}"

// ofMedia tells whether the path of the operation is that of files of chats, or of one.
func (op *Operation) ofMedia() bool { return op.Path == "/media" || op.Path == "/media/{mediaId}" }

// IsUpload tells whether a request of the operation may carry a file, in a form.
func (op *Operation) IsUpload() bool { return op.Method == "POST" && op.Path == "/media" }

// IsAboutFile tells whether the operation is about one file.
func (op *Operation) IsAboutFile() bool {
	return op.Method == "GET" && op.ofMedia() || strings.HasPrefix(op.Path, "/media/{mediaId}")
}

// AccessOf gives the rule for a call of the operation. GET /media without the id of a file
// lists the app's files, which is for the app's secret, as is a change of settings that are
// not about daily work.
func (op *Operation) AccessOf(p *Params) Access {
	if op.Path == "/settings" && op.Writes && !isDaily(p) {
		return SettingsSecret
	}
	if op.Path == "/media" && op.IsDownload() && !p.Has("id") {
		return AppSecret
	}
	if op.IsDownload() && op.ofMedia() && p.Has("signed") {
		return SignedAddress
	}
	return op.Access
}

// Reaches tells whether a visitor comes to the agents by a call of the operation, or may
// later by what it stores; who is blocked does not. They may still leave, close and erase,
// say what they have read, and answer a survey, which agents do not see.
func (op *Operation) Reaches(p *Params) bool {
	switch {
	case op.Event == chat.EventActivity:
		return true
	case op.Event == chat.EventClose:
		return p.Has("extraData")
	}
	return op.Writes && !op.Reserve && op.Event != chat.EventRead && op.Access != SurveyLink
}

// KeepsOrder tells whether clients store such a request and send it again until it
// succeeds. Requests of this kind are appended to a chat in the order of sending.
func (op *Operation) KeepsOrder() bool {
	switch op.Event {
	case chat.EventMessage, chat.EventRead, chat.EventImport, chat.EventClose:
		return true
	}
	return false
}

// Table holds all operations, and finds one by its event or by a request of REST.
type Table struct {
	List    []*Operation
	byEvent map[string]*Operation
}

// NewTable makes a table. No two operations may have the same event.
func NewTable(list ...*Operation) *Table {
	t := &Table{List: list, byEvent: map[string]*Operation{}}
	for _, op := range list {
		if op.Do == nil {
			op.Do = op.doAlone
		}
		if op.Event != "" {
			t.byEvent[op.Event] = op
		}
	}
	return t
}

// Event finds an operation by its name on the socket; nil if there is none.
func (t *Table) Event(name string) *Operation { return t.byEvent[name] }

// Call is one call of an operation.
type Call struct {
	Actor     identity.Actor
	EventID   string       // id of the request; the server recognises a repeated one by it, unless it is ""
	ConnID    string       // of the connection that asked, "" over REST
	Session   string       // digest of the session's token, "" without one
	Base      string       // address of the server as the client sees it, "" over the socket
	Origin    string       // of the server's pages, if the server knows it to be its own (address.OwnOrigin)
	Named     []string     // origins at which the options say that the server's pages are (address.Named)
	RequestID string       // its name in the log, "" over the socket
	UserAgent string       // what the client calls itself, "" over the socket
	Client    netip.Addr   // address of the client, as package address knows it; invalid if unknown
	Rivals    []netip.Addr // addresses among which the client's is (address.Rivals)
	Params    *Params
	Order     SendOrder // of the connection, nil over REST
	Upload    *Upload   // nil if the request carries no file
	Counted   int       // bytes that are counted of what it stores, without its file

	// Set by authorize.
	User  identity.User   // who acts: the session's user, or the one for whom the app's secret speaks; chat.System if none
	Key   ids.Key         // the chat that the call is about
	State chatstate.State // that chat when the call began; to who has left it, as it was then
	Left  bool            // the caller has left the chat, and may read what was said until then
	Link  survey.Link     // the survey link by which the call came, if it came by one

	// Noted is set by the operation: ids of what it has made, for the audit log.
	Noted map[string]string
}

// Note has the audit log name what the operation has made.
func (c *Call) Note(name, id string) {
	if c.Noted == nil {
		c.Noted = map[string]string{}
	}
	c.Noted[name] = id
}

// SendOrder keeps what one connection sends to a chat in the order of sending. The
// gateway has one for each connection; Server.Do asks it.
type SendOrder interface {
	// Admit refuses a request that must wait until an earlier one has been sent again.
	Admit(key ids.Key, eventID string) error
	// Ended notes how a request ended. One that Admit refused changes nothing.
	Ended(key ids.Key, eventID string, err error)
}

// Upload is the file that a request carries. It has not been read yet.
type Upload struct {
	Name     string
	Declared string // media type that the sender declares
	Size     int64  // bytes of the request, which the file has not; less than 0 if it does not say
	Head     []byte // the first bytes, which Content gives again
	Content  io.Reader
}

// ByStaff tells whether the call is made for an agent, or for nobody with a secret.
func (c *Call) ByStaff() bool {
	secret := c.Actor.Secret || c.Actor.Admin
	return c.User.IsAgent() || secret && (c.User.ID == "" || c.User.ID == chat.System)
}

// Check asks whether the chat allows the event to the user. The server itself need
// not be a member: for it the chat only has to be open.
func (c *Call) Check(now chat.Chat, event string) error {
	if c.User.ID == chat.System {
		event = chat.EventClose // requires only that the chat is open
	}
	return chat.Check(now, c.User.ID, event)
}

// Reader is who reads by the call. A program with the app's secret has no limit of its own,
// and many agents work behind one address.
func (c *Call) Reader() limit.Reader {
	switch who := (limit.Reader{User: ids.Key{App: c.Actor.App.ID, ID: c.Actor.User.ID}.Name()}); {
	case c.Actor.Secret:
		return limit.Reader{}
	case c.Actor.Admin, c.Actor.User.IsAgent():
		return who
	default:
		who.Household = limit.Household(limit.NetworkOf(c.Client))
		return who
	}
}

// Proven tells whether what the call says of its user, and of others, is taken as it is:
// by the app's secret. A page can say anything.
func (c *Call) Proven() bool { return c.Actor.Secret }

// AudienceOf tells what an actor may see of a chat: the app's secret sees what agents see.
func AudienceOf(a identity.Actor) chatstate.Audience {
	if a.Secret {
		return chatstate.Staff
	}
	return chatstate.AudienceOf(a.User.IsAgent())
}

// LongConversation is how many bytes of conversations a reply may have without asking for
// room to be read.
const LongConversation = 1 << 20

// ShortReply is how many bytes of conversations a reply may have that takes no room at all.
const ShortReply = 16 << 10

// WholeFrame is how often the memory has a conversation that is written as one frame: as
// JSON, as a frame, and as what is sent.
const WholeFrame = 3

// WithChat adds the chat to a result. A connection may ask for the history in parts.
func (c *Call) WithChat(r Result, s *chatstate.State, with chatstate.Related) Result {
	write := func(to chatstate.Audience) *wire.Object { return s.JSON(to, with) }
	switch inParts := c.ConnID != "" && c.Params.Flag("inParts"); {
	case !with.History:
	case inParts:
		r.Memory = s.Bytes
		r.Before, write = s.HistoryInParts(with)
	default:
		r.Memory = WholeFrame * s.Bytes
	}
	r.Body = func(to chatstate.Audience) *wire.Object { return wire.NewObject(nil).Raw("chat", write(to).Done()) }
	return r
}

// Result is what an operation gives: data for a reply, or a file. The reply follows
// the entries of ChatID up to UpTo, which may include the one that the operation
// appended.
type Result struct {
	File   *File                                    // if set, nothing else counts
	Stream *Stream                                  // likewise
	Body   func(to chatstate.Audience) *wire.Object // the reply's data, to be completed by Data; nil is {"success":true}
	ChatID string                                   // the chat whose entries go before the reply, "" if none
	UpTo   uint64                                   // position of the last of them
	Record chatstate.Record                         // the entry that the reply takes the place of; zero if none
	Before []chatstate.EarlierHistory               // parts of histories that go before the reply
	Memory int64                                    // bytes of conversations that are in memory while it is written
	Opens  bool                                     // whether it is the reply to session:open
	Live   []LiveFrom                               // chats that are live after that reply
}

// LiveFrom says after which position the entries of a chat are delivered.
type LiveFrom struct {
	ChatID string
	Cursor uint64
}

// File is the reply to a download.
type File struct {
	Header  http.Header   // without Content-Length
	Content io.ReadSeeker // its end is the file's
}

// Stream is a reply over REST that is written as it is made, so that it takes no memory
// that grows with it.
type Stream struct {
	Header http.Header            // without Content-Length
	Write  func(to *bufio.Writer) // an error of to shows when it is flushed

	// Begin is called before it is written, which must end with reading; an error is the
	// reply instead.
	Begin func() (reading context.Context, end func(), err error)
}

// Reply makes a result that follows no entries of a chat.
func Reply(body func(o *wire.Object)) Result {
	return Result{Body: func(chatstate.Audience) *wire.Object {
		o := wire.NewObject(nil)
		body(o)
		return o
	}}
}

// Page makes the result of a list in pages. next, which is the after of the next page, is
// in it unless it is 0: then there are no more.
func Page(name string, list []wire.Raw, next uint64) Result {
	return Reply(func(o *wire.Object) {
		if o.Raw(name, wire.AppendArray(nil, list)); next != 0 {
			o.Str("next", strconv.FormatUint(next, 10))
		}
	})
}

// ResultOf makes the result of an append. If nothing was appended, the reply follows
// the chat as it is.
func ResultOf(o chatlog.Outcome, key ids.Key, body func(to chatstate.Audience) *wire.Object) Result {
	r := Result{Body: body, ChatID: key.ID, UpTo: o.State.Seq}
	if o.Record.Seq != 0 {
		r.Record, r.UpTo = o.Record, o.Record.Seq
	}
	return r
}

// Data is the reply's data for a recipient, with the position of the entry that the
// reply takes the place of.
func (r *Result) Data(to chatstate.Audience) wire.Raw {
	var o *wire.Object
	if r.Body == nil {
		o = wire.NewObject(nil).Bool("success", true)
	} else {
		o = r.Body(to)
	}
	if r.Record.VisibleTo[to] {
		o.Uint("seq", r.Record.Seq).Uint("prev", r.Record.Prev[to])
	}
	return o.Done()
}
