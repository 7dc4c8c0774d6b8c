package wire

// Reason says what is wrong in a form for programs: the code, a blank, and the name,
// which never changes and is an anchor in docs/errors.md. Package core/wire/advice has
// what to do about each.
type Reason string

// Code gives the error's number.
func (r Reason) Code() int { return int(r[0]-'0')*100 + int(r[1]-'0')*10 + int(r[2]-'0') }

// Name gives the name alone.
func (r Reason) Name() string { return string(r[4:]) }

// The reasons of the core and the server. Those of the page alone stand in its sources.
const (
	HTTPStatus Reason = "000 http-status" // the code is the status

	BadArgument    Reason = "400 bad-argument"
	BadEntry       Reason = "400 bad-entry"
	BadFrame       Reason = "400 bad-frame"
	BadJSON        Reason = "400 bad-json"
	BadRecord      Reason = "400 bad-record"
	FileEmpty      Reason = "400 file-empty"
	FileUnreadable Reason = "400 file-unreadable"
	MessageEmpty   Reason = "400 message-empty"
	NoTransfers    Reason = "400 no-transfers"
	NotInitialised Reason = "400 not-initialised"
	OutOfRange     Reason = "400 out-of-range"
	RequestCut     Reason = "400 request-cut"
	ReservedEvent  Reason = "400 reserved-event"
	TooManyValues  Reason = "400 too-many-values"
	ValueMalformed Reason = "400 value-malformed"
	ValueMissing   Reason = "400 value-missing"
	ValueTooLong   Reason = "400 value-too-long"
	ValueTwice     Reason = "400 value-twice"
	WeakPassword   Reason = "400 weak-password"

	BadIdentity     Reason = "401 bad-identity"
	BadLink         Reason = "401 bad-link"
	BadLogin        Reason = "401 bad-login"
	CodeNeeded      Reason = "401 code-needed"
	IdentityExpired Reason = "401 identity-expired"
	LoggedOut       Reason = "401 logged-out"
	LoginOver       Reason = "401 login-over"
	NotLoggedIn     Reason = "401 not-logged-in"
	SessionEnded    Reason = "401 session-ended"
	UnknownApp      Reason = "401 unknown-app"
	WrongCode       Reason = "401 wrong-code"
	WrongDomainKey  Reason = "401 wrong-domain-key"
	WrongPasskey    Reason = "401 wrong-passkey"
	WrongPassword   Reason = "401 wrong-password"
	WrongSecret     Reason = "401 wrong-secret"

	AgentDisabled       Reason = "403 agent-disabled"
	Blocked             Reason = "403 blocked"
	FileType            Reason = "403 file-type"
	FilesOff            Reason = "403 files-off"
	LoginOff            Reason = "403 login-off"
	NotAllowed          Reason = "403 not-allowed"
	NotInChat           Reason = "403 not-in-chat"
	OriginRefused       Reason = "403 origin-refused"
	UnknownPerson       Reason = "403 unknown-person"
	WrongApp            Reason = "403 wrong-app"
	WrongUser           Reason = "403 wrong-user"
	SecondFactorMissing Reason = "403 second-factor-missing"

	NoAgent        Reason = "404 no-agent"
	NoSuchApp      Reason = "404 no-such-app"
	NotPending     Reason = "404 not-pending"
	UnknownAgent   Reason = "404 unknown-agent"
	UnknownBlock   Reason = "404 unknown-block"
	UnknownChat    Reason = "404 unknown-chat"
	UnknownCommand Reason = "404 unknown-command"
	UnknownEvent   Reason = "404 unknown-event"
	UnknownFile    Reason = "404 unknown-file"
	UnknownKey     Reason = "404 unknown-key"
	UnknownMessage Reason = "404 unknown-message"
	UnknownNote    Reason = "404 unknown-note"
	UnknownPasskey Reason = "404 unknown-passkey"
	UnknownRoute   Reason = "404 unknown-route"
	UnknownSession Reason = "404 unknown-session"
	UnknownSurvey  Reason = "404 unknown-survey"
	UnknownTicket  Reason = "404 unknown-ticket"
	UnknownUser    Reason = "404 unknown-user"
	UnknownWebhook Reason = "404 unknown-webhook"

	WrongMethod Reason = "405 wrong-method"

	MessageTooOld Reason = "408 message-too-old"
	NoAnswer      Reason = "408 no-answer"

	AgentFull       Reason = "409 agent-full"
	AgentInChat     Reason = "409 agent-in-chat"
	AgentInvited    Reason = "409 agent-invited"
	AgentOffDuty    Reason = "409 agent-off-duty"
	Changed         Reason = "409 changed"
	ChatTaken       Reason = "409 chat-taken"
	HasChat         Reason = "409 has-chat"
	IDReused        Reason = "409 id-reused"
	InitRunning     Reason = "409 init-running"
	InvitationOver  Reason = "409 invitation-over"
	LoggedInAlready Reason = "409 logged-in-already"
	MaybeSent       Reason = "409 maybe-sent"
	NameTaken       Reason = "409 name-taken"
	OtherOptions    Reason = "409 other-options"
	SessionOpen     Reason = "409 session-open"
	SurveyAnswered  Reason = "409 survey-answered"

	ChatClosed     Reason = "410 chat-closed"
	ConnectionGone Reason = "410 connection-gone"
	LinkExpired    Reason = "410 link-expired"

	ChatFilesFull  Reason = "413 chat-files-full"
	ChatFull       Reason = "413 chat-full"
	FileTooLong    Reason = "413 file-too-long"
	HistoryTooLong Reason = "413 history-too-long"
	MessageTooLong Reason = "413 message-too-long"
	RequestTooLong Reason = "413 request-too-long"

	NoForm Reason = "415 no-form"

	WebhookFailed Reason = "422 webhook-failed"
	OnHold        Reason = "423 on-hold"
	NotAWebSocket Reason = "426 not-a-websocket"

	DayFilesFull    Reason = "429 day-files-full"
	HandlerBusy     Reason = "429 handler-busy"
	RateExceeded    Reason = "429 rate-exceeded"
	ReadingBusy     Reason = "429 reading-busy"
	TooManyChats    Reason = "429 too-many-chats"
	TooManyFiles    Reason = "429 too-many-files"
	TooManyLogins   Reason = "429 too-many-logins"
	TooManyRequests Reason = "429 too-many-requests"
	TooManySearches Reason = "429 too-many-searches"
	TooManySockets  Reason = "429 too-many-sockets"
	TooManyUploads  Reason = "429 too-many-uploads"
	TooManyVisitors Reason = "429 too-many-visitors"
	TooManyWebhooks Reason = "429 too-many-webhooks"
	TooMuchSent     Reason = "429 too-much-sent"

	Discarded Reason = "499 discarded"

	BadAnswer  Reason = "500 bad-answer"
	Internal   Reason = "500 internal"
	NotDialled Reason = "500 not-dialled"
	NotStored  Reason = "500 not-stored"

	ProviderFailed Reason = "502 provider-failed"

	EarlierFailed Reason = "503 earlier-failed"
	ServerFull    Reason = "503 server-full"
	ShuttingDown  Reason = "503 shutting-down"
	StoreFailed   Reason = "503 store-failed"
	Unreachable   Reason = "503 unreachable"

	Unconfirmed Reason = "504 unconfirmed"

	AppFilesFull Reason = "507 app-files-full"
	StoreFull    Reason = "507 store-full"
)
