// Package advice says of each reason of an error what it means and what to do about it.
// docs/errors.md is generated from its table. Nothing that pages load imports it: there
// only the reasons' names travel.
package advice

import "parley/core/wire"

//go:generate go test . -run TestPageIsGenerated -update

// Advice is about the errors of one reason.
type Advice struct {
	Reason wire.Reason
	Means  string
	Do     string
}

// Table has every reason, by code and name. Those without a constant in package wire
// are of the page.
var Table = []Advice{
	{wire.HTTPStatus, "Something between the page and the chat server answered, such as a proxy or a login page. The code is the HTTP status of the answer.",
		"Look at the answer in the browser's network panel, and let the proxy pass requests below `/v1/` on to the chat server."},

	{wire.BadArgument, "An argument is missing, of the wrong type, or out of bounds. The message names it, says what it must be and what came.",
		"Correct the argument. The types in `index.d.ts` find most of these before the page runs."},
	{wire.BadEntry, "An entry of a chat's log lacks what entries of its kind have.",
		"Nothing in the page: the chat is loaded again. Report it, with a recording (see [debugging](debugging.md))."},
	{wire.BadFrame, "What was sent over the connection is no frame of the protocol.",
		"Look for a proxy or an extension that changes WebSocket messages. A client of your own must keep to the frames of `core/wire/doc.go`."},
	{wire.BadJSON, "A text that must be JSON is not, or is nested deeper than 500.", "Write it by a JSON encoder, such as `JSON.stringify`."},
	{wire.BadRecord, "A message that an earlier page stored in this browser cannot be read.",
		"Nothing: it was discarded. Look for code of the page that writes to Parley's IndexedDB database."},
	{wire.FileEmpty, "The file has no bytes.", "Let the user choose another file."},
	{wire.FileUnreadable, "The file was changed, moved or deleted while it was sent.", "Let the user choose it again."},
	{wire.MessageEmpty, "The message has only blanks or invisible characters.", "Do not send it: disable the button while the text shows nothing."},
	{"400 no-server", "The script has no address, since the page made it from text, and the option `server` is missing.",
		"Give `ICF.init` the option `server`."},
	{wire.NoTransfers, "The native client moves no files.", "Use the route `/v1/media` with an HTTP client."},
	{"400 not-a-chat", "A method of a chat was called without its chat, as in `const { sendMessage } = chat`.",
		"Call it as `chat.sendMessage(...)`, or bind it."},
	{wire.NotInitialised, "`ICF.init` was not called, or has failed.",
		"Call `ICF.init` and wait for its promise; calls that come while it is under way wait by themselves."},
	{wire.RequestCut, "The request ended before its last byte.",
		"Send it again. If it happens again, look for a proxy that limits the size or the time of requests."},
	{wire.ReservedEvent, "Events that begin with `session:`, and `ping`, `pong` and `bye`, are the connection's own.",
		"Send another event, or use `ICF.Lobby` for sessions."},

	{wire.BadIdentity, "The proof of who the user is does not hold, such as one that no identity key of the app has signed. The message says why.",
		"Look at the server that makes it; see [known users](known-users/README.md)."},
	{wire.BadLink, "The link to a survey or a file is cut or was changed.", "Use the whole link as the server gave it."},
	{wire.IdentityExpired, "The proof of who the user is has expired, or was to be used once and has been.",
		"Get a fresh one from your server; the page can send it at once."},
	{wire.LoggedOut, "`ICF.Lobby.close` was called before the answer came.", "Nothing, if the user wanted to leave."},
	{wire.NotLoggedIn, "The call needs a user, and none is logged in.",
		"Call `ICF.Lobby.init`, or `ICF.Chat.init`, which makes a visitor. On REST send the token as `x-hyper-token`."},
	{wire.SessionEnded, "The token is not valid any more: the session has ended, or it expired.", "Log in again. Do not keep tokens beside the cookie."},
	{wire.UnknownApp, "The server has no app of this id, or the id is missing.",
		"Compare `appId` with the server's apps; REST calls send it as `x-hyper-appId`."},
	{wire.WrongDomainKey, "The domain key is not the app's.", "Take `domainKey` from the app's settings."},
	{wire.WrongPassword, "There is no agent with this name and password.", "Let the agent try again; a supervisor can set another password."},
	{wire.WrongSecret, "The secret of the app, or the server's admin secret, is wrong.",
		"Take it from where the server is configured. Never put a secret into a page."},

	{wire.AgentDisabled, "The agent's account is disabled.", "A supervisor can enable it."},
	{wire.FileType, "The app does not allow files of this type, judged by the name and the first bytes. `detail` has the file, what it is, and what is allowed.",
		"Show `detail` to the user, or allow the type in the app's settings (`media.types`)."},
	{wire.FilesOff, "The app does not allow files.", "Hide the button, or allow files in the app's settings."},
	{wire.NotAllowed, "The user is known, but may not do this.", "The message says who may. Log in as such a user, or leave the call out."},
	{wire.NotInChat, "The user is not in the chat, or only watches it.", "Join the chat first."},
	{wire.OriginRefused, "The app does not allow pages of this origin.", "Add the page's origin (scheme, host and port) to the app's origins."},
	{wire.WrongApp, "The credentials are of another app than the one named.", "Use one app's id with that app's token or secret."},
	{wire.WrongUser, "The token is of another user than the one named.", "Leave the user out: it follows from the token."},

	{wire.NoAgent, "No agent is on duty in the chat's room, or all are as busy as they may be.", "Try later, or turn queues on, so that visitors wait in line."},
	{wire.NoSuchApp, "There is no app of this id.", "Look at the list of apps; the id may be misspelt."},
	{wire.NotPending, "No message of this `eventId` waits or was refused: it was sent, discarded, or never made.",
		"Take the ids from `ICF.Parley.pending()` just before."},
	{wire.UnknownAgent, "There is no agent of this id.", "Take ids from `GET /v1/agents`."},
	{wire.UnknownChat, "There is no chat of this id, or the user may not know of it.", "Look for a chat id that was stored by the page and is too old."},
	{wire.UnknownCommand, "The script and its WebAssembly are of different versions.", "Serve all files of one build together; clear a cache that mixes them."},
	{wire.UnknownEvent, "There is no request of this name.", "See the events in `docs/conformance.md`."},
	{wire.UnknownFile, "There is no file of this id, or it was deleted.", "Take the address from the message of type `media`."},
	{wire.UnknownKey, "The app has no identity key, or no key of this id.", "See `GET /v1/apps/{appId}/identity-keys`."},
	{wire.UnknownMessage, "The chat has no message of this id.", "Take ids from the chat's history."},
	{wire.UnknownRoute, "The server has no such path.", "See `/v1/openapi.json` for all paths; behind a proxy, check the base path."},
	{wire.UnknownSession, "The user has no session of this id: it has ended.", "Take ids from `GET /v1/sessions`."},
	{wire.UnknownSurvey, "There is no survey of this id.", "Take the id from the settings of the app."},
	{wire.UnknownTicket, "There is no ticket of this id.", "Take it from `system:info`, which comes after the chat's end."},
	{wire.UnknownUser, "There is no user of this id.", "Make the user first: `POST /v1/users`."},
	{wire.UnknownWebhook, "There is no webhook of this id.", "See `GET /v1/webhooks`."},

	{wire.WrongMethod, "The path is known, but not with this HTTP method. The message names those that it has.", "Use one of them."},

	{wire.MessageTooOld, "A message waited in this browser for longer than is sensible, a week by default, and was discarded.", "Let the user write it again."},
	{wire.NoAnswer, "The server did not answer within 30 s; also, there was no connection for so long.",
		"Tell the user, and offer to try again. Stored messages never end so: they wait."},

	{wire.AgentFull, "The agent has as many chats as the app allows.", "Choose another agent, or raise the limit in the settings."},
	{wire.AgentInChat, "The agent is in the chat already.", "Choose another agent."},
	{wire.AgentInvited, "Another agent is being invited.", "Wait for `user:joined` or `forever:alone`, then try again."},
	{wire.AgentOffDuty, "The agent is not on duty.", "Choose one of the list of agents who are."},
	{wire.Changed, "Somebody else changed it at the same moment.", "Read it again, then try again."},
	{wire.ChatTaken, "A colleague has the chat.", "Ask to assist, or let the colleague transfer it."},
	{wire.HasChat, "The user has an open chat, perhaps in another tab.", "Go on with that chat: `ICF.Lobby.chats` has it after `ICF.init`."},
	{wire.IDReused, "The id of a request was used before for something else.", "Make a new id for each request; the script does."},
	{wire.InitRunning, "`ICF.init` is under way.", "Wait for the promise of the first call."},
	{wire.InvitationOver, "The invitation was answered, has run out, or went to somebody else.", "Nothing: take it off the list."},
	{wire.LoggedInAlready, "Another user is logged in.", "Call `ICF.Lobby.close()` first."},
	{wire.MaybeSent, "The message was on its way when the connection broke, or comes from an earlier page, so that the server may have it.",
		"Wait: it is sent again until the server has said so, and arrives once."},
	{wire.NameTaken, "The name or id exists already.", "Choose another one, or use what exists."},
	{wire.OtherOptions, "`ICF.init` was called before, with other options.", "Call it once, with one set of options."},
	{wire.SessionOpen, "The connection has a session already.", "Open one session per connection."},
	{wire.SurveyAnswered, "The survey of this chat was answered.", "Thank the user."},

	{wire.ChatClosed, "The chat is closed.", "Begin another one with `ICF.Chat.init`."},
	{wire.ConnectionGone, "The connection by HTTP has ended, or the server has restarted.",
		"Nothing: the script opens another one. Clients of your own open one with `open`."},
	{wire.LinkExpired, "The link to a survey or a file is too old.", "Ask for another address of the file. A survey cannot be answered any more."},

	{"413 arguments-too-long", "The arguments of a call are longer than 1,048,576 characters of JSON.", "Send less, or in parts."},
	{wire.ChatFilesFull, "The chat has as many files, or as many bytes of them, as the app allows. The message names the limit.",
		"Close the chat and begin another one, or raise the limit in the app's settings (`quotas`)."},
	{wire.ChatFull, "The chat has as many messages, or as many bytes, as the app allows. Agents may write a tenth more, and close it.",
		"Close the chat and begin another one, or raise the limit in the app's settings (`quotas`)."},
	{wire.FileTooLong, "The file is larger than the app or the server allows.",
		"Tell the user the limit, which the message has; it is a setting of the app and an option of the server."},
	{wire.HistoryTooLong, "An imported history has too many entries.", "Import it in parts."},
	{wire.MessageTooLong, "The message has more characters than the server takes. The message of the error has both numbers.",
		"Limit the input field (`maxlength`), or raise the limit of the server."},
	{wire.RequestTooLong, "The request is longer than the server takes, 262,144 bytes unless it says otherwise.",
		"Send less, or in parts. Files go by `chat.sendMedia`."},

	{wire.NoForm, "The request carries a form where only JSON is taken.", "Send JSON. Only `POST /v1/media` takes a form, for its file."},

	{wire.WebhookFailed, "The webhook's target did not answer the test as it must.", "The message says what came. See [webhooks](webhooks.md)."},
	{wire.OnHold, "The user or the chat is on legal hold, so nothing of it may be removed. The message has the reason of the hold.",
		"Ask whoever set the hold. `DELETE /v1/users/{userId}/hold` or `DELETE /v1/chats/{chatId}/hold` releases it."},
	{wire.NotAWebSocket, "A plain request came to the address of the WebSocket.",
		"Connect by `ws:` or `wss:`. A proxy must pass `Upgrade` and `Connection` on."},

	{wire.DayFilesFull, "The visitor has sent as many files, or as many bytes of them, as the app allows in a day. Days begin at midnight UTC.",
		"Wait for the seconds of `Retry-After`, or raise the limit in the app's settings (`quotas`)."},
	{wire.HandlerBusy, "A handler of the native client has not returned, so that events wait.", "Return soon from handlers; do long work on a goroutine."},
	{"429 too-many-calls", "More than 1,000 calls wait for `ICF.init`.", "Look for a loop; call after `ICF.init` has succeeded."},
	{wire.TooManyFiles, "Too many file transfers run or wait.", "Wait for some to end."},
	{wire.TooManyLogins, "Too many attempts to log in.", "Wait for the seconds of `retryAfter`. A browser on which the agent has logged in before sends its `device`, and is not held up by others."},
	{wire.TooManyRequests, "Already 4,096 requests, or 32 MiB of them, wait for the server.",
		"Look at `ICF.Parley.connection`: the page is probably offline. Wait until some requests have ended."},
	{wire.TooManyWebhooks, "The app has as many webhooks as it may.", "Delete one first."},

	{"499 destroyed", "`ICF.Parley.destroy` was called: the call was given up, or it is one of a chat of before.",
		"Call `ICF.init`, and take the chat from `ICF.Lobby.chats`. The server may have carried the request out."},
	{"499 destroyed-stored", "`ICF.Parley.destroy` was called while the message waited. It is stored in this browser.",
		"Nothing: it is sent after the next `ICF.init`, or by another tab, once."},
	{wire.Discarded, "The page gave the message up with `ICF.Parley.discard`.", "Nothing."},

	{wire.BadAnswer, "The server, or this browser's store, gave something that Parley cannot read.",
		"The chat goes on where it can. Report it, with a recording (see [debugging](debugging.md)); a proxy that changes answers is another cause."},
	{"500 core-ended", "The chat core has ended by a defect. It starts again by itself, three times a minute at most.",
		"After the event `fatal`, offer to reload. Report the message, with a recording (see [debugging](debugging.md))."},
	{wire.Internal, "A defect of the server, which has logged it.", "Look at the server's log, and report what it says."},
	{"500 no-page", "`ICF.init` was called where there is no page: on a server, or in a Worker.", "Call it in the browser, as in an effect or an event handler."},
	{"500 no-webassembly", "The browser has no WebAssembly, or one that lacks what the core needs: it is old, or in a mode that turns it off.",
		"Show another way to reach you. See the [supported browsers](browsers.md)."},
	{wire.NotDialled, "The browser refuses to make the connection at all.",
		"Look at the page's content security policy (`connect-src`), and at an `https:` page with an `http:` server."},
	{wire.NotStored, "The browser refuses to keep something: storage is full or blocked.",
		"The chat goes on. What was not stored is lost when the page is left."},
	{"500 wrong-version", "The script, its engine and its WebAssembly are of different versions.",
		"Serve all files of one build together; clear a cache that mixes them."},

	{"502 wrong-file", "A file beside the script is not the one that belongs to it, so its integrity hash differs; or the browser cannot run it.",
		"Serve all files of one build together, unchanged."},

	{wire.EarlierFailed, "An earlier message of this chat failed and must be sent first, so that the order stays.",
		"Nothing: the script sends them again in their order."},
	{"503 not-loaded", "A file beside the script could not be loaded. The message has the address and the cause.",
		"Open the address; look for a blocked host, missing CORS headers, or an error page in place of the file."},
	{"503 refused-by-policy", "The page's content security policy refuses what the chat needs. The message names what is missing, and the directive.",
		"Add it to the policy; [security headers](security-headers.md) has the lines that pages need."},
	{wire.ShuttingDown, "The server is restarting.", "Nothing: the script connects again."},
	{wire.StoreFailed, "The server's store cannot be written or does not answer.",
		"Try again later. The operator finds the cause in the server's log: a full disk, or NATS that is not reached."},
	{wire.Unreachable, "The server could not be reached. The browser does not say why: it can be the network, CORS, the page's policy or an extension.",
		"Open the server's address; look at the browser's console for a policy, and at `ICF.Parley.connection`."},

	{wire.Unconfirmed, "The server's store has not confirmed the request in time. It may have been done.",
		"Look whether it was done before you repeat it. Stored messages are repeated under the same id, and arrive once."},

	{wire.AppFilesFull, "The app has as many files, or as many bytes of them, as it may.",
		"Delete files or chats that are not needed, or let the operator raise the limit (`-app-files`, `-app-file-bytes`)."},
	{wire.StoreFull, "Only the reserve of the server's store is left, which is for agents. Visitors can read, leave and close.",
		"Try again later: stored messages wait, and are sent then. The operator gives the server's disk more space, or deletes something."},
}
