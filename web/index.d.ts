// The public interface of Parley: what `icf.sdk.js` puts on the page as the
// global `ICF`. The implementation is checked against this file.

/** Someone who takes part in chats. */
export interface User {
  id: string;
  name: string;
  nickname?: string;
  contact?: string;
  extraInfo?: Record<string, unknown>;
  externalId?: string;
  /** Not empty for agents, and only for them. */
  providerId?: string;
  /** Told to an agent about himself, as by `Connection.me`. */
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

/** What `sendMedia` has sent. */
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
  /** Id of the user who wrote it; `system` and `assistant` are nobody's. */
  sender: string;
  type: 'text' | 'media' | 'object';
  /** The text exactly as sent, HTML included: sanitise what you show. A `Media` for type `media`. */
  message: string | Media;
  /** Unix time in seconds, with fractions. */
  created: number;
  /** It was said elsewhere. Its `id` is empty until the server has it. */
  imported?: boolean;
  /** Ids of the users who have read it. */
  readBy?: string[];
}

/** What a sent or read message is answered with. */
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
  /** Unix time in seconds, not in the future. Defaults to now. */
  created?: number;
  /** Defaults to `text`. */
  type?: 'text' | 'object';
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
  externalId?: string;
  inQueue: boolean;
  users: User[];
  watchers: User[];
  /** All that was said, imported or live, by `created`. */
  history: Message[];
}

/** What a user does at the keyboard. */
export type ActivityType = 'writing' | 'stop-writing' | 'not-writing';

/** The events of a chat and what their listeners get. Listeners may keep and change it. */
export interface ChatEvents {
  /** A user joined; `mode` is `watch` for one who only reads along, else empty. */
  'user:joined': { chat: ChatProperties; mode: '' | 'watch'; sender: string; transfer: boolean; user: User };
  'user:left': { chatId: string; userId: string; user: User };
  /** Another user types, or stopped; the user is in `chat.users`. */
  'user:activity': { userId: string; type: ActivityType };
  /** A message of another user, or of this one on another connection. */
  'message:received': MessageResponse & { chatId: string; userId: string };
  /** A user has read a message; `upTo` if also all before it. */
  'message:read': MessageResponse & { chatId: string; userId: string; upTo?: boolean };
  /** Another party or the server (`userId` is `system`) closed the chat. */
  'chat:closed': { chatId: string; userId: string };
  /** A supervisor took the chat over from the agents who are told here. */
  'chat:intervened': { chat: ChatProperties; interventor: User; intervenedUsers: User[] };
  /** There is no agent, or none left, for the chat; it stays open. */
  'forever:alone': { chatId: string };
  /** The chat waits in the queue; positions are from 1, the time is in seconds. */
  'queue:update': { queuePosition: number; waitingTime: number };
  /** The chat is closed in `timeLeft` seconds if nothing happens in it. */
  'chat:timer:expiryAlert': { chatId: string; timeLeft: number };
  /** Parley's own: the server has refused what `importHistory` sent in the background. */
  error: { code: number; message: string; chatId: string };
}

/** The events of the lobby. */
export interface LobbyEvents {
  /** A notice of the server, such as the ticket made of a closed chat. */
  'system:info': { chatId: string; type?: string; data: { ticketId?: string; [name: string]: unknown } };
}

/** How the connection to the server is. */
export interface ConnectionState {
  /** `waiting` is healed without the page's doing, at `nextTry` (unix time in milliseconds) or before. */
  state: 'connecting' | 'open' | 'waiting' | 'closed';
  /**
   * Why it is not open: `lost` (it broke, or could not be made), `silent` (the
   * server does not answer), `timeout` (it did not come about in time), `server`
   * (the server said goodbye), `refused` (it opens no session now), `ended` (the
   * session is over).
   */
  reason?: 'lost' | 'silent' | 'timeout' | 'server' | 'refused' | 'ended';
  /** The last socket's close code, 0 if none. */
  code: number;
  nextTry?: number;
}

/** Parley's own events. */
export interface ParleyEvents {
  /** The connection to the server changed its state. */
  connection: ConnectionState;
  /** A message of this user came a step further; `message` is there once the server has it. */
  message: {
    chatId: string;
    /** That of `sendMessage`'s `onCreate`; not there for `read`. */
    eventId?: string;
    /** `failed`: the server refused it, as `error` says; `retry` sends it again, `discard` forgets it. */
    state: 'pending' | 'sent' | 'read' | 'failed' | 'discarded';
    text?: string;
    message?: Message;
    error?: { code: number; message: string };
  };
  /** What was missed in a chat is too long ago for a replay: the chat was loaded anew. */
  gap: { chatId: string };
  /** Something failed that no call was waiting for; `chatId` when it is about one chat. */
  error: { code: number; message: string; chatId?: string };
  /** The core ended and another has taken its place: chats, listeners and what waits to be sent go on. */
  recovered: { crashes: number };
  /** The core ended three times within a minute. Calls are rejected until `ICF.init` starts it again. */
  fatal: { message: string };
}

/** Listeners by event name. Methods return the object, for chaining. */
export interface Listenable<Events> {
  /** Adds a listener. Listeners are called in the order in which they were added. */
  on<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this;
  /** Adds a listener that is called one time at most. */
  once<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this;
  /** Removes a listener; without one, all of the event's. */
  off<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this;
  /** The same as `on`. */
  addEventListener<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this;
  /** The same as `off`. */
  removeListener<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this;
}

/** The Error that every rejection is. */
export interface ParleyError extends Error {
  /**
   * 400 wrong argument, also one that cannot be read or written as JSON, 401 app or token, 403 not allowed, 404 unknown, 408
   * no answer in time, 409 conflict, 410 chat is closed, 413 too long, 429
   * too many waiting (4,096, or 32 MiB), 500 fault, 502
   * the core is not the one that belongs to the script, 503 not reachable.
   */
  readonly code: number;
  readonly error: { readonly code: number; readonly message: string };
}

/** A live chat: its properties follow the conversation, its events tell of it. */
export interface Chat extends ChatProperties, Listenable<ChatEvents> {
  /** Looks for an agent. Resolves without `agent` when nobody is available. */
  searchAgent(algorithm?: string): Promise<{ agent?: Agent }>;
  /** Tells the others what this user does. */
  sendUserActivity(type: ActivityType): Promise<{ success: boolean }>;
  /**
   * Sends a message. It is sent again after a lost connection and has its
   * effect once. `onCreate` is called when the message exists on this side,
   * before the promise resolves.
   */
  sendMessage(message: string, onCreate?: (eventId: string, message: string, sender: string) => void): Promise<SentMessage>;
  /**
   * Sends a file as a message of type `media`, which the others get and which is
   * in `history` when the promise resolves. `onProgress` is called with a whole
   * number that only grows, from 0 to 100; 100 means that the server has it.
   * A lost connection is tried again, some 10 s long, and the file is sent once.
   * Three files move at a time, 32 may wait.
   *
   * Errors: 400 no `File`, an empty one, or one that the browser can read no
   * more; 403 `File type is not allowed`, by its name or its content, or the app
   * takes no files; 410 the chat is closed, also while the file moves; 413 it is
   * too large; 401 the lobby was closed meanwhile; 429 too many; 503 no connection.
   */
  sendMedia(media: File, onProgress?: (progress: number) => void): Promise<{ media: SentMedia }>;
  /** Tells the others that this user has read a message. */
  readMessage(messageId: string): Promise<MessageResponse & { userId: string }>;
  /**
   * Brings an earlier conversation into the chat. The history with it is there
   * at once, in the array given and in `history`; the entries go to the server
   * in the background, also after a reload, and a refusal is told by `error`.
   * One who awaits the array gets the history when the server has answered.
   * What is wrong with an entry is thrown; at most 10,000 come in at once.
   */
  importHistory(history: HistoryEntry[]): Message[] & PromiseLike<Message[]>;
  /**
   * The messages of others that this user has not read and no listener was told
   * of: they came while the page was away, or before it listened. By id, in the
   * order of the chat. They are marked as read, so that a second call has none.
   */
  readAnyUnreadMessageFromHistory(): Record<string, Message>;
  /** Closes the chat for everybody. `chat:closed` is emitted to the others, not here. */
  close(extraData?: Record<string, unknown>): Promise<{ success: boolean }>;
  /** Whether anybody but this user is in the chat. */
  hasOtherUsers(): boolean;
  getId(): string;
}

/** Options of `ICF.init`. */
export interface InitOptions {
  /** Id of the app, as the server knows it. */
  appId: string;
  /** Accepted for old pages; it does not choose the server. */
  region?: string;
  /** A host or an http(s) URL. Defaults to the origin that the script was loaded from. */
  server?: string;
  /** Port for a `server` that is a host without one. Defaults to that of the scheme. */
  port?: number | string;
  /** Shares the session with all hosts of the registrable domain. Defaults to false. */
  setCookieOnDomain?: boolean;
  /** Where the session lives: in the cookie `i.cc`, in this tab, or in memory only. Defaults to `cookie`. */
  session?: 'cookie' | 'tab' | 'none';
  /** Key of the page's domain, where the server asks for one. */
  domainKey?: string;
}

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

/** How agents are invited. Left out, the server decides. */
export interface AssignConfig {
  /** How many agents are invited at most, one after the other. */
  assignMaxAttempts?: number;
  /** Time in seconds that an agent has to accept. */
  assignTimeout?: number;
}

/** The chats' entrance. */
export interface ChatFactory {
  /**
   * Opens a new chat, or loads one by its id. A user can have one open chat;
   * a second is refused with code 409, `User already has a chat`. Listeners
   * attached when the promise resolves miss nothing.
   *
   * @param historyWatch Whether the history tells what watchers do. Defaults to false.
   */
  init(options: NewChatOptions | LoadChatOptions, config?: AssignConfig, historyWatch?: boolean): Promise<Chat>;
}

/** The user's presence and chats. */
export interface Lobby extends Listenable<LobbyEvents> {
  /** Whether a user is logged in. */
  logged: boolean;
  /** The chats held in this page by id, closed ones included, until `close`. */
  chats: Record<string, Chat>;
  /** Logs in a user that `POST /users` gave. */
  init(user: { id: string; token: string }): Promise<void>;
  /** The open chats by id. */
  getUserChats(): Record<string, Chat>;
  /**
   * Ends the session, in all tabs, and drops the lobby's listeners. Chats go on.
   * The old token reads the user's own chats and asks for the survey for another
   * hour, and `Api.request` uses it for that until the next user logs in.
   */
  close(): Promise<void>;
}

/** Events as they are on the wire, such as `messages:new`. */
export interface Events {
  /** Sends a request and gives the server's data. */
  send(event: string, data?: Record<string, unknown>): Promise<any>;
  subscribe(event: string, listener: (data: any) => void): void;
  /** Removes a listener; without one, all of the event's. */
  unsubscribe(event: string, listener?: (data: any) => void): void;
}

/** The server's REST routes. */
export interface Api {
  /**
   * Makes a request. `path` begins with a slash and has no version; the
   * parameters of a GET or DELETE go into the query, others into the JSON
   * body. The method defaults to GET. The app and the user are added. In a
   * query a list becomes its items with commas between, an object its JSON.
   */
  request(path: string, method?: string, params?: Record<string, unknown>): Promise<{ data: any }>;
}

/** The connection's identity. */
export interface Connection {
  /** The user who is logged in, or was last. */
  me(): User | null;
  /** The session's token while logged in. */
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
   * is monitored anew; without a chat it does nothing.
   *
   * @param intervalTime Milliseconds between two looks. Defaults to 200.
   * @param noChangeMax Defaults to 10.
   */
  monitorUserActivity(inputElement: Element, chat?: Chat | Record<string, never> | null, intervalTime?: number, noChangeMax?: number): void;
  /**
   * Fetches a file of a chat, as a message of type `media` tells of it, and
   * saves it in the browser under its name, or its id; it is never opened. Resolves with
   * the file. Errors: 400 no such `url`, 401 nobody is logged in, 403 not of
   * this user's chats, 404 unknown file, 503 no connection.
   */
  downloadMedia(file: { url: string; name?: string }): Promise<Blob>;
  /**
   * Fetches a conversation, saves it in the browser, and resolves with it: text,
   * or for `json` an object `{chatId, history}`. The token of an earlier session
   * gives that one's conversations for a while after the logout. Errors: 401
   * nobody is logged in or the token is no longer good, 403, 404, 503.
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
  error?: { code: number; message: string };
}

/** What Parley has beyond the documented interface. */
export interface Parley extends Listenable<ParleyEvents> {
  readonly version: string;
  /** Fetches the core ahead of `ICF.init`, which else does it. */
  preload(): Promise<void>;
  /** The core's figures, or null while there is none. */
  stats(): Stats | null;
  /** How the connection is now; the event `connection` tells of each change. */
  readonly connection: ConnectionState;
  /** The messages that wait for the server, and the last hundred that it refused, in the order of sending. */
  pending(chatId?: string): PendingMessage[];
  /**
   * Tries at once to send what waits; one that was refused is sent again under
   * its id, and the promise is like that of `sendMessage`. 404 for an unknown id.
   */
  retry(eventId: string): Promise<{ eventId: string; message?: Message }>;
  /**
   * Gives up a message that waits, whose promise is rejected with code 499, or one
   * that was refused. 409 when it may have reached the server, as when it was under way
   * at a cut or comes from an earlier page; 404 for an unknown id.
   */
  discard(eventId: string): Promise<{ success: boolean }>;
}

/** The global `ICF`. */
export interface Icf {
  /** Whether `init` has succeeded. */
  isInit: boolean;
  /**
   * Loads the core, checks the app and restores a stored session with its
   * open chats; a visitor's without one is over. The same options give the
   * same promise; after a failure it can be called again.
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

declare global {
  /** The chat, once `icf.sdk.js` has run. */
  var ICF: Icf;

  interface Window {
    ICF: Icf;
    /** Called when `icf.sdk.js` has run. It may also be a top-level `const` of a classic script. */
    icfAsyncInit?: () => void;
  }
}
