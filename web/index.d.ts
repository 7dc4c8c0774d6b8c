// The public interface of Parley: what `import … from 'parley-chat'` gives, and what `icf.sdk.js` puts on the page
// as the global `ICF` (icf.d.ts). The implementation is checked against this file.
//
// `@see a.2 sendMessage` names a row of the documented chat interface. docs/conformance.md
// has all rows with what their tests show. What has no such line is Parley's own.
//
// `@throws` lists the errors of a call: the code of the `ParleyError`, and when. A promise
// is rejected with it; `importHistory`, `monitorUserActivity` and the methods that add
// listeners throw it. Which errors each call shares with others is at `ParleyError`.

/** A visitor, an agent or a supervisor. */
export interface User {
  id: string;
  name: string;
  nickname?: string;
  contact?: string;
  extraInfo?: Record<string, unknown>;
  /** The id in the integrator's own system, which has proven it. */
  externalId?: string;
  /** The same as the page has said without a proof. */
  claimedExternalId?: string;
  /** Name and contact are those that the integrator's system knows. */
  verified?: boolean;
  /** Not empty for agents, and only for them. */
  providerId?: string;
  /** Of agents who have one: the path of their picture, on the server's API. */
  picture?: string;
  /** Only in what agents get about themselves, such as `Connection.me`. */
  role?: 'agent' | 'supervisor';
}

/** The agent that `searchAgent` found. */
export type Agent = Required<Pick<User, 'id' | 'name' | 'nickname' | 'providerId'>>;

/** A file in a conversation. */
export interface Media {
  id: string;
  /** `/media/<id>`, on the server's API. */
  url: string;
  /** MIME type. */
  type: string;
  name: string;
  /** Size in bytes. */
  size: number;
}

/** The answer to `sendMedia`. */
export interface SentMedia {
  id: string;
  name: string;
  /** Size in bytes. */
  size: number;
  /** Id of the user who sent it. */
  senderId: string;
}

/** One message of a chat. */
export interface Message {
  id: string;
  /** Id of the chat. */
  chat: string;
  /** Id of the user who wrote it; or `system` or `assistant`, which are no users. */
  sender: string;
  type: 'text' | 'media' | 'object';
  /** The text exactly as sent, plain unless `format` says otherwise. A `Media` for type `media`. */
  message: string | Media;
  /** There if the text is HTML, as agents and programs may send it: sanitise it before you show it. */
  format?: 'html';
  /** Unix time in seconds, with fractions. */
  created: number;
  /** It was imported from elsewhere. Its `id` is empty until the server has it. */
  imported?: boolean;
  /** Its content was removed, as when its user was erased: `message` is empty. */
  redacted?: boolean;
  /** Ids of the users who have read it. */
  readBy?: string[];
}

/** The answer to a message that is sent or read. */
export interface MessageResponse {
  message: Message;
}

/** The answer to `sendMessage`. */
export interface SentMessage extends MessageResponse {
  /** The id that `onCreate` was called with. */
  eventId: string;
}

/** An entry of a conversation that took place elsewhere. */
export interface HistoryEntry {
  /** Id of a user, or `assistant`. */
  sender: string;
  message: string;
  /**
   * Unix time in seconds, by this page's clock: a difference to the server's clock is corrected, and what would be in the future
   * is now. Defaults to the time of the next entry that has one, or to now.
   */
  created?: number;
  /** Defaults to `text`. */
  type?: 'text' | 'object';
  /** `html` if the message is HTML. Defaults to `text`. */
  format?: 'text' | 'html';
}

/** The properties of a chat, as they come in events and replies. */
export interface ChatProperties {
  id: string;
  status: 'waiting' | 'active' | 'closed';
  closed: boolean;
  /** Id of the user who opened it. */
  creator: string;
  room: string;
  lang: string;
  source: string | number;
  /** Unix time in seconds, with fractions. */
  created: number;
  externalId: string | null;
  /** Of a closed chat, for people, such as K7QF-2M9X. */
  ticketNumber?: string;
  inQueue: boolean;
  users: User[];
  watchers: User[];
  /** Who had left when the chat was loaded, as they were when they came. Absent if nobody had. */
  formerUsers?: User[];
  /** All messages, imported or live, by `created`. */
  history: Message[];
}

/** Whether a user types. */
export type ActivityType = 'writing' | 'stop-writing' | 'not-writing';

/** The events of a chat and what their listeners get, which they may keep and change. */
export interface ChatEvents {
  /** A user joined; `mode` is `watch` for a supervisor who only reads, otherwise empty. */
  'user:joined': { chat: ChatProperties; mode: '' | 'watch'; sender: string; transfer: boolean; user: User };
  /**
   * A user left. `reason` says why an agent did who did not leave by choice: `lost` the connection for too long, `logout`, or the
   * account is `disabled`. With `searching` the server looks for another agent; with `inQueue` the chat waits in the queue for one.
   */
  'user:left': {
    chatId: string;
    userId: string;
    user: User;
    reason?: 'lost' | 'logout' | 'disabled';
    searching?: boolean;
    inQueue?: boolean;
  };
  /** Another user, who is in `chat.users`, types or stopped typing. */
  'user:activity': { userId: string; type: ActivityType };
  /** A message of another user, or of this one from another tab. */
  'message:received': MessageResponse & { chatId: string; userId: string };
  /** A user has read a message; with `upTo`, also all before it. */
  'message:read': MessageResponse & { chatId: string; userId: string; upTo?: boolean };
  /** Another user or the server (`userId` is `system`) closed the chat. */
  'chat:closed': { chatId: string; userId: string };
  /** A supervisor took the chat over from the agents in `intervenedUsers`. */
  'chat:intervened': { chat: ChatProperties; interventor: User; intervenedUsers: User[] };
  /** No agent is available for the chat, or none has accepted; it stays open. */
  'forever:alone': { chatId: string };
  /** The chat's position in the queue, from 1, and the estimated wait in seconds. */
  'queue:update': { queuePosition: number; waitingTime: number };
  /** The server closes the chat in `timeLeft` seconds unless somebody writes. */
  'chat:timer:expiryAlert': { chatId: string; timeLeft: number };
  /** Parley's own: the server refused what `importHistory` sent in the background. */
  error: { code: number; message: string; reason: string; chatId: string };
}

/** The events of the lobby. */
export interface LobbyEvents {
  /** A notice of the server, such as the ticket made of a closed chat; `ticketNumber` is for people, such as K7QF-2M9X. */
  'system:info': { chatId: string; type?: string; data: { ticketId?: string; ticketNumber?: string; [name: string]: unknown } };
}

/** The state of the connection to the server. */
export interface ConnectionState {
  /** In `waiting`, the next attempt is at `nextTry` (unix time in milliseconds, by this page's clock) or earlier. */
  state: 'connecting' | 'open' | 'waiting' | 'closed';
  /** What carries the connection: HTTP where WebSockets are cut off. Absent before the first attempt. */
  transport?: 'websocket' | 'http';
  /**
   * Why it is not open: `lost` (it broke, or could not be made), `silent` (the
   * server does not answer), `timeout` (it did not come about in time), `server`
   * (the server said goodbye), `refused` (it opens no session now), `moved` (another
   * tab of the browser has the socket now, or is to have it; see docs/pages.md), `left` (the user
   * has left the page, which the browser keeps in its back/forward cache; it connects when it is
   * shown again), `ended` (the session is over).
   */
  reason?: 'lost' | 'silent' | 'timeout' | 'server' | 'refused' | 'moved' | 'left' | 'ended';
  /** The last socket's close code, 0 if none. */
  code: number;
  nextTry?: number;
}

/** Parley's own events. */
export interface ParleyEvents {
  /** The connection to the server changed its state. */
  connection: ConnectionState;
  /** A message of this user has a new state; `message` is there once the server has it. */
  message: {
    chatId: string;
    /** The id that `onCreate` of `sendMessage` got; missing for `read`. */
    eventId?: string;
    /** `failed`: the server refused it, as `error` says; `retry` sends it again, `discard` gives it up. */
    state: 'pending' | 'sent' | 'read' | 'failed' | 'discarded';
    text?: string;
    message?: Message;
    error?: { code: number; message: string; reason: string };
  };
  /**
   * What this page can read has changed: the connection, the session, the chats held, or properties, messages and pending
   * messages of the chats with these ids. It comes once for all that happened together, after the other events of it;
   * views draw anew on it.
   */
  change: { chatIds: string[] };
  /** Too much of a chat was missed for a replay, or something was removed from it: the chat was loaded again. */
  gap: { chatId: string };
  /** Something failed for which no call waits; `chatId` if it is about one chat. */
  error: { code: number; message: string; reason: string; chatId?: string };
  /** The core ended and another one took over: chats, listeners and waiting messages go on. */
  recovered: { crashes: number };
  /** The core ended three times within a minute. Calls are rejected until `ICF.init` starts it again. */
  fatal: { message: string };
}

/**
 * Listeners by event name. Methods return the object, for chaining.
 * @see a.2 other emitter methods
 */
export interface Listenable<Events> {
  /**
   * Adds a listener. Listeners are called in the order in which they were added.
   * @throws 400 the event is no string, or the listener no function
   * @see a.2 on
   */
  on<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this;
  /**
   * Adds a listener that is called at most once.
   * @throws 400 the event is no string, or the listener no function
   */
  once<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this;
  /** Removes a listener; without one, all of the event's. */
  off<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this;
  /**
   * The same as `on`.
   * @throws 400 the event is no string, or the listener no function
   */
  addEventListener<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this;
  /** The same as `off`. */
  removeListener<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this;
}

/** The Error that every rejection is. */
export interface ParleyError extends Error {
  /**
   * The kind of the error, as a number of HTTP where HTTP has one:
   *
   * - 400 an argument is wrong, or cannot be read or written as JSON
   * - 401 the app, the token or the key is wrong, or no user is logged in
   * - 403 the user or the page's origin may not do this
   * - 404 there is no such chat, message, file, event or route
   * - 408 no answer in time
   * - 409 it exists already, or something else is under way
   * - 410 the chat is closed
   * - 413 too long
   * - 429 too many wait
   * - 499 the page gave the message up with `Parley.discard`, the file by its signal, or everything with `Parley.destroy`
   * - 500 a defect, or the core has ended
   * - 502 a file of the core is not the one that belongs to the script
   * - 503 the server cannot be reached, is shutting down, or cannot write
   * - 504 the server's store has not confirmed the request, which may have been done
   *
   * `Api.request` can give any other HTTP status too.
   *
   * These errors are shared by many calls and not repeated there:
   *
   * - **Every call but `init`**: 400 `ICF.init` was not called; 413 the arguments are longer than 1,048,576 characters
   *   of JSON; 429 more than 1,000 calls wait for `ICF.init`; 500 the core has ended. A call that waits for
   *   `ICF.init` gets the error of that.
   * - **Requests**: 401 no user is logged in, or the session ended before the answer came; 408 no answer within 30 s,
   *   also while there is no connection; 413 longer than the server takes (262,144 bytes unless it says otherwise);
   *   429 4,096 requests or 32 MiB of them wait; 503 and 504 as above.
   * - **Stored requests**: the same without 408, 503 and 504. They are kept in this browser, and are sent again until
   *   the server has them, also by the next page.
   */
  readonly code: number;
  /**
   * What exactly is wrong: a name that never changes, such as `chat-closed`, `not-initialised` or `message-too-long`.
   * docs/errors.md has all of them, each with what to do. Empty if the server is older than the script.
   */
  readonly reason: string;
  readonly error: { readonly code: number; readonly message: string };
  /** What the message, whose words are documented, leaves out: of a refused file its name, what it is and what is allowed. */
  readonly detail?: string;
  /** The path of the value that the server has refused, such as `window.fields.0.name`, where it is about one. */
  readonly field?: string;
}

/** How `searchAgent` chooses among the agents who are available in the chat's room. */
export type AssignAlgorithm =
  /** The agent with the fewest open chats. The server's default. */
  | 'leastBusy'
  /** The agent who has neither got nor left a chat for the longest time. */
  | 'longestIdle'
  /** The agent whose last invitation is the longest ago. */
  | 'roundRobin'
  /** An agent whose account names the chat's language, then one whose account names no language; the fewest open chats. */
  | 'languageMatch';

/** A live chat. Its properties follow the conversation, and its events report each change. */
export interface Chat extends ChatProperties, Listenable<ChatEvents> {
  /**
   * Looks for an agent: invites one after the other, and resolves with the first who is invited. An invitation is no
   * acceptance: `user:joined` reports that the agent has come. Resolves without `agent` when nobody is available,
   * and where the app has queues, which report to `queue:update`. It is a request.
   *
   * @param algorithm Defaults to `leastBusy`.
   * @throws 400 there is no such algorithm, or `assignMaxAttempts` or `assignTimeout` of `Chat.init` is out of bounds
   * @throws 403 the user is not in the chat, or only watches it
   * @throws 410 the chat is closed
   * @see a.2 searchAgent
   */
  searchAgent(algorithm?: AssignAlgorithm): Promise<{ agent?: Agent }>;
  /**
   * Tells the others in the chat whether this user types. It is a request.
   *
   * @throws 400 there is no such type
   * @throws 403 the user is not in the chat, or only watches it
   * @throws 410 the chat is closed
   * @see a.2 sendUserActivity
   */
  sendUserActivity(type: ActivityType): Promise<{ success: boolean }>;
  /**
   * Sends a message. It is sent again after a lost connection and has its effect once: it is a stored request.
   *
   * @param message Must show something; at most 10,000 characters unless the server says otherwise; kept exactly as given.
   * @param onCreate Called when the message exists in this page, before the promise settles.
   * @throws 400 the message is empty, or has only blanks or invisible characters
   * @throws 401 the session ended before the server had it
   * @throws 403 the user is not in the chat, or only watches it
   * @throws 410 the chat is closed, or was closed before the server had the message
   * @throws 413 the message is too long
   * @throws 429 4,096 requests or 32 MiB of them wait already
   * @throws 499 the page gave it up with `Parley.discard`
   * @see a.2 sendMessage
   */
  sendMessage(message: string, onCreate?: (eventId: string, message: string, sender: string) => void): Promise<SentMessage>;
  /**
   * Sends a file as a message of type `media`, which the others get and which is in `history` when the promise
   * resolves. After a lost connection it is tried again for about 10 s, and is sent once. Three files move at a
   * time, 32 may wait.
   *
   * @param onProgress Called with a whole number that only grows, from 0 to 100; 100 means that the server has the file.
   * @param signal Gives the file up, on its way or waiting. A file that the server has by then is sent all the same.
   * @throws 400 it is no `File`, is empty, or can no longer be read by the browser
   * @throws 401 no user is logged in, or the session ended while the file moved
   * @throws 403 `File type is not allowed`, by its name or its content, with the reason in `detail`; or the app takes no
   *   files, or the user is not in the chat
   * @throws 410 the chat is closed, or was closed while the file moved
   * @throws 413 the file is too large
   * @throws 429 32 files wait already
   * @throws 503 no connection
   * @throws 499 `signal` gave it up
   * @throws 504 the server's store has not confirmed it
   * @see a.2 sendMedia
   */
  sendMedia(media: File, onProgress?: (progress: number) => void, signal?: AbortSignal): Promise<{ media: SentMedia }>;
  /**
   * Tells the others that this user has read a message. It is a stored request.
   *
   * @throws 400 the id is not one of this chat's messages
   * @throws 403 the user is not in the chat
   * @throws 404 the chat has no such message
   * @throws 410 the chat is closed
   * @see a.2 readMessage
   */
  readMessage(messageId: string): Promise<MessageResponse & { userId: string }>;
  /**
   * Brings an earlier conversation into the chat. The history with it is there at once, in the array that is returned
   * and in `history`. The entries go to the server in the background, as stored requests; the chat's `error` event
   * reports a refusal. The array can be awaited: that gives the history when the server has answered, or the refusal.
   *
   * @param history At most 10,000 entries. Those that show nothing, as a bot's with buttons alone, are left out.
   * @throws 400 an entry is wrong; the message names which, and what about it
   * @throws 413 there are too many entries, or the message of one is longer than `sendMessage` takes
   * @throws 403 the user is not in the chat, or only watches it (when awaited)
   * @throws 410 the chat is closed (when awaited)
   * @see a.2 importHistory
   */
  importHistory(history: HistoryEntry[]): Message[] & PromiseLike<Message[]>;
  /**
   * Gives the messages of others that this user has not read and no listener got: they came while the page was away,
   * or before it listened. By id, in the order of the chat. They are marked as read, so a second call has none.
   * @see a.2 readAnyUnreadMessageFromHistory
   */
  readAnyUnreadMessageFromHistory(): Record<string, Message>;
  /**
   * Closes the chat for everybody. `chat:closed` is emitted to the others, not here. It is a stored request.
   *
   * @param extraData Goes to the others and to webhooks. At most some 262,000 bytes of JSON (a frame of the server's
   *   limit), nested 500 deep.
   * @throws 400 `extraData` is no object, or is nested too deep
   * @throws 403 the user is neither in the chat nor a supervisor
   * @throws 410 the chat is closed already
   * @throws 413 `extraData` is too long
   * @see a.2 close
   */
  close(extraData?: Record<string, unknown>): Promise<{ success: boolean }>;
  /**
   * Whether anybody but this user is in the chat.
   * @see a.2 hasOtherUsers
   */
  hasOtherUsers(): boolean;
  /** @see a.2 getId */
  getId(): string;
}

/** Options of `ICF.init`. */
export interface InitOptions {
  /** Id of the app, as the server knows it. */
  appId: string;
  /** Accepted for old pages; it does not choose the server. */
  region?: string;
  /**
   * A host or an http(s) URL. Defaults to the script's address up to `/sdk/`, or to its origin if it is not in such a
   * folder.
   */
  server?: string;
  /** Port for a `server` that is a host without one. Defaults to that of the scheme. */
  port?: number | string;
  /** Shares the session with all hosts of the registrable domain. Defaults to false. */
  setCookieOnDomain?: boolean;
  /** Where the session lives: in the cookie `i.cc`, in this tab, or in memory only. Defaults to `cookie`. */
  session?: 'cookie' | 'tab' | 'none';
  /** Key of the page's domain, where the server asks for one. */
  domainKey?: string;
  /**
   * What proves who the user is. `init` begins their session, and ends one of another user that the browser has. A proof
   * that does not hold is the event `error` of `ICF.Parley`; the page then has no user. See `ICF.Parley.identity`.
   */
  identity?: Identity;
  /**
   * The folder that has the core's files (`parley.<hash>.wasm`, and for the script `engine.<hash>.js`), as a URL.
   * Defaults to where the script, or the page's build, has them.
   */
  baseURL?: string;
  /**
   * Runs the core in a Worker, where it takes no time from the page's thread; one from the page's own origin needs no
   * `wasm-unsafe-eval`. Where that cannot be, it runs in the page's thread, and one warning says why. Defaults to true if the page's own origin serves the script, unless
   * the page has replaced `fetch` or `WebSocket`, as tests and monitoring do.
   */
  worker?: boolean;
}

/** A token that the site's own server has made for the user; or a keyed hash of their id. */
export type Identity = string | { externalId: string; userHash: string; kid?: string; name?: string; contact?: string };

/** A proof, now or later; null while nobody is logged in to the site. */
export type Proof = Identity | null | Promise<Identity | null>;

/** Options of `ICF.Chat.init` for a new chat. */
export interface NewChatOptions {
  /** Target room. */
  room: string | number;
  /** ISO 639-1 code of the chat's language. Defaults to none. */
  lang?: string;
  /** Where the chat comes from. Defaults to `3`, a chat. */
  source?: string | number;
  /** What was said before the chat, at most 10,000 entries. */
  history?: HistoryEntry[];
}

/** Options of `ICF.Chat.init` for a chat that exists. */
export interface LoadChatOptions {
  /** Id of the chat. */
  id: string;
}

/** How agents are invited. What is left out, the server decides; it brings the rest within the app's bounds. */
export interface AssignConfig {
  /** How many agents are invited at most, one after the other: 1 to 1,000. The usual bound is 20. */
  assignMaxAttempts?: number;
  /** Time in seconds that an agent has to accept: 0.05 to 86,400. The usual bounds are 5 and 120. */
  assignTimeout?: number;
}

/** Opens chats. */
export interface ChatFactory {
  /**
   * Opens a new chat, or loads one by its id. Listeners that are attached when the promise resolves miss nothing. It
   * is a request.
   *
   * @param historyWatch Whether the history tells what watchers do. Defaults to false.
   * @throws 400 there is no such room, the language has more than 128 characters, the configuration is out of bounds,
   *   or an entry of the history is wrong
   * @throws 403 (by id) the user is not and was not in this chat
   * @throws 404 (by id) there is no such chat
   * @throws 409 `User already has a chat`: a user can have one open chat
   * @throws 413 the history has more than 10,000 entries, or a message longer than `sendMessage` takes
   * @see a.2 init
   */
  init(options: NewChatOptions | LoadChatOptions, config?: AssignConfig, historyWatch?: boolean): Promise<Chat>;
}

/** The user's presence and chats. */
export interface Lobby extends Listenable<LobbyEvents> {
  /**
   * Whether a user is logged in.
   * @see a.5 logged
   */
  logged: boolean;
  /**
   * The chats held in this page by id, closed ones included, until `close`.
   * @see a.5 chats
   */
  chats: Record<string, Chat>;
  /**
   * Logs in a user that `POST /users` gave.
   *
   * @throws 400 the id or the token is missing
   * @throws 401 the token is not valid or no longer valid, or `close` was called meanwhile
   * @throws 403 the token is another user's, or the app does not allow the page's origin
   * @throws 409 a user is logged in or logging in: call `close` first. A session that another tab began after this page
   *   was loaded is no error: the page goes on with its user and chat
   * @throws 503 the server could not be reached within 15 s
   * @see a.5 init
   */
  init(user: { id: string; token: string }): Promise<void>;
  /**
   * The open chats by id.
   * @see a.5 getUserChats
   */
  getUserChats(): Record<string, Chat>;
  /**
   * Ends the session, in all tabs, drops the lobby's listeners, and rejects what waits with 401. Chats go on.
   * The old token reads the user's own chats and asks for the survey for another
   * hour, and `Api.request` uses it for that until the next user logs in.
   *
   * @throws 500 the core has ended. Without `ICF.init` it resolves; while that is under way it waits, and gets its error.
   * @see a.5 close
   */
  close(): Promise<void>;
}

/** Events as they are on the wire, such as `messages:new`. */
export interface Events {
  /**
   * Makes a request by its wire name and gives the server's data. The server describes all of them at
   * `/v1/openapi.json`: the operations that have `x-socket-event`, with their parameters, results and errors.
   *
   * @throws 400 the event is empty or belongs to the connection (`session:open`, `ping`, `pong`, `bye`), or the data are wrong
   * @throws 403 the user may not do this
   * @throws 404 there is no such event, or nothing of the id that is named
   * @throws 409 it conflicts with what is, such as an invitation that is over
   * @throws 410 the chat is closed
   * @throws 413 the data are too long
   * @see a.6 send
   */
  send(event: string, data?: Record<string, unknown>): Promise<any>;
  /**
   * Adds a listener to a push of the server.
   * @throws 400 the event is no string, or the listener no function
   * @see a.6 subscribe
   */
  subscribe(event: string, listener: (data: any) => void): void;
  /**
   * Removes a listener; without one, all of the event's.
   * @see a.6 unsubscribe
   */
  unsubscribe(event: string, listener?: (data: any) => void): void;
}

/** The server's REST routes. */
export interface Api {
  /**
   * Makes a request. `path` begins with a slash and has no version; the
   * parameters of a GET or DELETE go into the query, others into the JSON
   * body. The method defaults to GET. The app and the user are added. In a
   * query a list becomes its items with commas between, an object its JSON.
   * The server describes its routes at `/v1/openapi.json`. It needs `ICF.init`, but no user.
   *
   * @throws 400 the path has no slash, there is no such method, or the server refuses a parameter
   * @throws 408 no answer within 30 s
   * @throws 429 4,096 HTTP requests are under way
   * @throws 503 the server cannot be reached
   * @throws HTTP any other status that the route answers with, with the server's message
   * @see a.7 request
   */
  request(path: string, method?: string, params?: Record<string, unknown>): Promise<{ data: any }>;
}

/** The connection's identity. */
export interface Connection {
  /**
   * The user who is logged in, or was last.
   * @see a.8 me
   */
  me(): User | null;
  /**
   * The session's token while logged in.
   * @see a.8 getToken
   */
  getToken(): string | null;
}

/** Options of `downloadConversation`. */
export interface ConversationOptions {
  /** Whether the browser saves it as a file. Defaults to true. */
  download?: boolean;
  /** `text` for people, `csv` for spreadsheets, `json` for programs. Defaults to `text`. */
  format?: 'text' | 'csv' | 'json';
  /** Names the file instead of the chat's id. */
  ticketId?: string | number;
}

/** What pages need beside the chat. */
export interface Helper {
  /**
   * Tells the chat what the user does in a text input or an editable element:
   * `writing` when its text changes, `stop-writing` after `noChangeMax` looks
   * without a change, `not-writing` when it is emptied. It ends with the chat,
   * with `Lobby.close`, when the input leaves the page, and when the same input
   * is monitored again; without a chat it does nothing.
   *
   * @param intervalTime Milliseconds between two looks, from 10 on. Defaults to 200.
   * @param noChangeMax Defaults to 10.
   * @throws 400 there is a chat, but no element, or a number is not above 0
   * @see a.9 monitorUserActivity
   */
  monitorUserActivity(inputElement: Element, chat?: Chat | Record<string, never> | null, intervalTime?: number, noChangeMax?: number): void;
  /**
   * Fetches a file of a chat, as a message of type `media` describes it, and
   * saves it in the browser under its name, or its id; it is never opened. Resolves with the file.
   *
   * @throws 400 `url` is not `/media/<id>`
   * @throws 401 no user is logged in, or the session ended meanwhile
   * @throws 403 it is not of this user's chats
   * @throws 404 there is no such file
   * @throws 429 32 files wait already
   * @throws 503 no connection, for about 10 s
   * @see a.9 downloadMedia
   */
  downloadMedia(file: { url: string; name?: string }): Promise<Blob>;
  /**
   * Fetches a conversation, saves it in the browser, and resolves with it: text, or for `json` an object
   * `{chatId, senders, history}`. The token of an earlier session gives its conversations for an hour after the logout.
   *
   * @throws 400 an argument is wrong
   * @throws 401 no user is logged in and no token is given, or the token is no longer valid
   * @throws 403 it is not of this user's chats
   * @throws 404 there is no such chat
   * @throws 429 32 files wait already
   * @throws 503 no connection, for about 10 s
   * @see a.9 downloadConversation
   */
  downloadConversation(chatId: string, props?: ConversationOptions | null, requestData?: { token?: string | null } | null): Promise<any>;
}

/** The core's figures. */
export interface Stats {
  /** Bytes in use by the core. */
  heap: number;
  /** Bytes that the core has from the system. */
  sys: number;
  /** Objects in use. */
  objects: number;
  /** Chats held. */
  chats: number;
  /** Requests without an answer. */
  pending: number;
  /** Bytes of the WebAssembly memory. */
  memory: number;
  /** Objects of the page that the core holds. */
  references: number;
}

/** A message that is not in the chat yet. */
export interface PendingMessage {
  chatId: string;
  eventId: string;
  state: 'pending' | 'failed';
  text: string;
  /** Why the server refused it. */
  error?: { code: number; message: string; reason: string };
}

/** Where Parley writes what people who build the page should see. A level that is missing is written nowhere. */
export interface Logger {
  debug(...what: unknown[]): void;
  info(...what: unknown[]): void;
  warn(...what: unknown[]): void;
  error(...what: unknown[]): void;
}

/** How a recording shows itself. */
export interface DebugOptions {
  /** Whether it is also written to the logger, as it goes. Defaults to true. */
  console?: boolean;
  /** The least level that is written. Defaults to `debug`, which is everything. */
  level?: keyof Logger;
}

/** One call of the core by the page, and what came of it. */
export interface DebugEntry {
  /** The number of the core: another one takes over after a crash. */
  core: number;
  /** The number of the call, from 1 for each core. */
  n: number;
  /** Milliseconds since the recording began. */
  at: number;
  level: keyof Logger;
  /** The entry as people read it. */
  lines: string[];
  /** What came in: a command, a frame, a timer, a response, a change of the page. */
  in: unknown[];
  /** What the core ordered, in its order. */
  out: unknown[][];
}

/** A recording that is under way. What people wrote is masked in it; docs/debugging.md says how. */
export interface DebugTools {
  /** The newest 2,000 entries; of older ones only the inputs, in all at most 2,000,000 characters. */
  entries(): DebugEntry[];
  /** The recording as JSON lines, for `parleyd replay FILE`. */
  export(): string;
  /** Saves the recording as a file, as the browser saves downloads. */
  save(): void;
  /** Ends the recording. `export` and `save` go on to give what it has. */
  stop(): void;
}

/** The recorder, which is loaded by `start` alone. */
export interface Debug extends Partial<DebugTools> {
  /**
   * Begins a recording of all that goes in and out of the core. It can be replayed if it begins before `ICF.init`: call it there, or
   * add `?parley-debug` to the page's address, or set `localStorage['parley.debug'] = 1`. When it is done this object has the tools too.
   * @throws 502 the recorder's file is not the one that belongs to the script, or the page's policy does not allow it
   * @throws 503 the recorder's file could not be loaded
   */
  start(options?: DebugOptions): Promise<Debug & DebugTools>;
}

/** What Parley has beyond the documented interface. */
export interface Parley extends Listenable<ParleyEvents> {
  readonly version: string;
  /**
   * Fetches the core ahead of `ICF.init`, which otherwise does it. Does nothing where the visitor has asked for less data
   * (`navigator.connection.saveData`).
   *
   * @param options Of those that `ICF.init` gets, what tells where the core's files are.
   * @throws 400 an option is wrong
   * @throws 500 the browser has no WebAssembly, or too old a one
   * @throws 502 a file of the core is not the one that belongs to the script
   * @throws 503 a file of the core could not be loaded, or the page's policy lacks what the error names
   */
  preload(options?: Pick<InitOptions, 'server' | 'port' | 'baseURL'>): Promise<void>;
  /**
   * The server's time, which all times of chats and messages come from, in unix milliseconds. It goes on whatever happens to this
   * page's clock. Before the first login it is the time of the page's clock.
   */
  now(): number;
  /**
   * Has `fn` asked who the user is: by `ICF.init`, or at once if that is done; when the proof given there has expired; and
   * when the session has ended. Then the page goes on with the same chats. While `fn` fails it is asked again every five
   * seconds; null ends the session. A page that calls this keeps a session without an open chat.
   * @throws 400 `fn` is no function
   */
  identity(fn: () => Proof): void;
  /** Where Parley writes; the console unless the page sets another. */
  logger: Partial<Logger>;
  /** A recording of what happens, to look at, to save, and to replay with `parleyd replay`. */
  readonly debug: Debug;
  /** The core's figures, or null while there is no core: before `ICF.init`, and after half an hour without a session and a chat. */
  stats(): Stats | null;
  /** The state of the connection; the event `connection` reports each change. */
  readonly connection: ConnectionState;
  /**
   * The messages that wait for the server, and the last hundred that it refused, in the order of sending. At most
   * 5,000, the newest; 4,096 can wait.
   */
  pending(chatId?: string): PendingMessage[];
  /**
   * Sends at once what waits. A message that was refused is sent again under its id, and the promise is like that of
   * `sendMessage`.
   *
   * @throws 401 no user is logged in
   * @throws 404 no message of this id waits or was refused
   * @throws 429 4,096 requests or 32 MiB of them wait already
   */
  retry(eventId: string): Promise<{ eventId: string; message?: Message }>;
  /**
   * Gives up a message that waits, whose promise is rejected with code 499, or one that was refused.
   *
   * @throws 404 no message of this id waits or was refused
   * @throws 409 the message may have reached the server: it was on its way when the connection broke, or comes from an
   *   earlier page
   */
  discard(eventId: string): Promise<{ success: boolean }>;
  /**
   * Ends what `ICF.init` began, and leaves nothing of it in this page: no connection, listener (the page's are dropped, too), timer,
   * lock, open database or memory of the core. Uploads and downloads are aborted, and input monitors stop. The others see
   * what they see when a page is closed. It is no logout: the session stays, with its cookie, and the next `ICF.init` restores
   * it. That may come at once, without waiting for the promise, and needs no second download.
   *
   * Calls that wait are rejected with code 499 and the reason `destroyed`; messages and other stored requests with
   * `destroyed-stored`: they are sent after the next `ICF.init`, or by another tab or page. Where the browser stores nothing, they
   * are lost, as `destroyed` says. Chats of before are dead: their calls are rejected, and they have no more events. The
   * last event of all is `change`. Before `ICF.init` it has nothing to do; it resolves within some seconds, whatever the
   * network does.
   */
  destroy(): Promise<void>;
}

/** The chat, `ICF`. */
export interface Icf {
  /**
   * Whether `init` has succeeded.
   * @see a.1 ICF.isInit
   */
  isInit: boolean;
  /**
   * Loads the core, checks the app and restores a stored session with its open chats; a visitor's session without an
   * open chat is ended. The same options give the same promise; after a failure it can be called again.
   *
   * @throws 400 an option is wrong, or the script has no address and `server` is missing
   * @throws 401 the server does not know the app, or the domain key is wrong
   * @throws 403 the app does not allow the page's origin
   * @throws 409 `init` was called before with other options
   * @throws 500 the browser has no WebAssembly, or too old a one, the core ended while it started, or there is no page: on a
   *   server, in a Worker
   * @throws 502 a file of the core is not the one that belongs to the script
   * @throws 503 a file of the core could not be loaded, the page's policy lacks what the error names, or the server could not be
   *   reached within 15 s
   * @throws 504 the server's store does not answer
   * @see a.1 ICF.init
   */
  init(options: InitOptions): Promise<void>;
  readonly Chat: ChatFactory;
  readonly Lobby: Lobby;
  readonly Events: Events;
  readonly Api: Api;
  readonly Connection: Connection;
  readonly Helper: Helper;
  readonly Parley: Parley;
}

// What `import { … } from 'parley-chat'` gives: the members of one `ICF`, which all copies of Parley on a page share.
// On a server and in a Worker all of it is there too, and `init` is rejected.
export const ICF: Icf;
export const init: Icf['init'];
export const Chat: ChatFactory;
export const Lobby: Lobby;
export const Events: Events;
export const Api: Api;
export const Connection: Connection;
export const Helper: Helper;
export const Parley: Parley;
