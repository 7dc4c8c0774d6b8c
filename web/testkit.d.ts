// The public interface of `parley-chat/testkit`: a chat server for your tests, in the page and
// without a network. `parley-chat/testkit/node` (testkit-node.d.ts) has the same one behind real
// sockets. The implementation is checked against this file; docs/testkit.md explains it.

/** How a fake server is started. Everything may be left out. */
export interface FakeServerOptions {
  /** Where it says it is: an http(s) address that your page gives to `ICF.init` as `server`. Defaults to https://parley.test. */
  url?: string;
  /** What its ids follow from: the same seed gives the same ids in the same order. Defaults to 1. */
  seed?: number;
  /**
   * `virtual`, the default: time stands still until `clock.advance`. `system`: it is that of `Date` and `setTimeout`,
   * so fake timers (of Vitest, of Playwright's `page.clock`) set it.
   */
  clock?: 'virtual' | 'system';
  /** When a virtual clock begins. Defaults to 2026-01-01T12:00:00Z. */
  start?: Date | string | number;
  /** Agents who are on duty from the beginning, by name or with more about them. Defaults to none. */
  agents?: (string | ({ name: string } & FakeAgentOptions))[];
  /** What the app has set. */
  settings?: FakeSettings;
  /**
   * What it serves at `/sdk/<version>/<name>`, undefined if it has no such file; without this option such requests go where
   * they went before, so that `url` may be the address of a real server whose script the page has. In Node, where `fetch` reads no files,
   * the core of `parley-chat` comes to the page this way; `parley-chat/testkit/node` serves the package's own files.
   */
  files?: (name: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** What an earlier server has given as `save()`: it goes on from there. */
  from?: SavedServer;
}

/** What an app has set; what is left out is as on a new server. */
export interface FakeSettings {
  /** Chats wait in a queue for an agent. Defaults to false. */
  queue?: boolean;
  /** How many chats agents may be in and still be invited to another; 0, the default, is no limit. */
  maxChatsPerAgent?: number;
  /** Seconds for which an invitation waits for its answer. Defaults to 30. */
  assignTimeout?: number;
  /** How many agents are invited, one after the other. Defaults to 10. */
  assignMaxAttempts?: number;
  /** Defaults to `leastBusy`. */
  algorithm?: 'leastBusy' | 'longestIdle' | 'roundRobin' | 'languageMatch';
  /** Which files are taken: `types` are extensions, `maxBytes` is 25 MiB unless set. */
  media?: { active?: boolean; maxBytes?: number; types?: string[] };
  /** The app's rooms. Defaults to `1` and `2`; an empty list takes any. */
  rooms?: string[];
  languages?: string[];
  cannedReplies?: { title: string; text: string; lang?: string }[];
}

/** What `save` gives: plain JSON, of no promised form. */
export type SavedServer = object & { readonly parley: 1 };

/** What was said: a message as tests look at it. */
export interface Said {
  chatId: string;
  /** Who said it: the kind, and the name. */
  from: 'visitor' | 'agent' | 'system' | 'assistant';
  name: string;
  /** The text; of a file its name and size. */
  text: string;
  /** Server time, unix milliseconds. */
  at: number;
  id: string;
  imported: boolean;
}

/** Which messages are meant. */
export interface SaidFilter {
  chat?: string;
  from?: Said['from'];
}

/** How long to wait for something. */
export interface Patience {
  /** Milliseconds of real time. Defaults to 5000. */
  within?: number;
}

/** One frame on the wire. */
export interface WireFrame {
  id?: string;
  eventId?: string;
  event?: string;
  seq?: number;
  prev?: number;
  data?: any;
  error?: { code: number; message: string; detail?: string; reason?: string };
}

/** A frame that went over the wire: of which connection, counted from 1, and in which direction. */
export interface SeenFrame {
  to: 'server' | 'client';
  connection: number;
  frame: WireFrame;
}

/** A chat as the server knows it. */
export interface FakeChat {
  id: string;
  status: 'waiting' | 'active' | 'closed';
  room: string;
  /** The visitor's id. */
  creator: string;
  /** Names of those who are in it. */
  users: string[];
  /** Position in the queue, from 1; 0 if it is in none. */
  queuePosition: number;
  /** Of a closed chat, for people. */
  ticketNumber: string;
}

/** A chat server for tests. It speaks Parley's protocol, version 1. */
export interface FakeServer {
  /** The address for `ICF.init({ server })`. */
  readonly url: string;
  readonly clock: FakeClock;
  readonly faults: Faults;
  /** All frames so far, the latest 10,000. */
  readonly frames: readonly SeenFrame[];
  /** The chats, in the order in which they were made. */
  readonly chats: FakeChat[];
  /** How many connections there are, without those of agents. */
  readonly connections: number;

  /** The agent of this name. There was none: they are on duty now. */
  agent(name: string, options?: FakeAgentOptions): FakeAgent;
  /** What was said, in the order of the logs. */
  said(filter?: SaidFilter): Said[];
  /**
   * Waits until a message was said: with exactly this text, or one that fits the expression. Gives the first; it may be
   * there already. Its failure prints the transcript.
   */
  expectMessage(text: string | RegExp, options?: SaidFilter & Patience): Promise<Said>;
  /** Waits until a test holds, which is made again whenever something happens here. `what` is for the failure's text. */
  until<T>(what: string, test: () => T, options?: Patience): Promise<NonNullable<T>>;
  /** All that was said, and who came and went, for people. */
  transcript(): string;

  /** Closes the chat as the server does by itself (`userId` is `system`): after an expiry, say. */
  closeChat(chatId: string): void;
  /** Tells a chat that it is closed in so many seconds unless somebody writes. */
  expiryAlert(chatId: string, timeLeft: number): void;
  /**
   * Goes away and comes back with its log: with a frame `bye`, or, if it `crash`es, without. For `downFor` milliseconds of
   * its clock nobody reaches it. With `log: false` it has forgotten everything.
   */
  restart(options?: { downFor?: number; crash?: boolean; log?: boolean }): void;
  /** All that it knows, for the option `from` of another one: of the page after a reload, say. */
  save(): SavedServer;
  /** Ends it: it breaks its connections, and gives back what it has taken over. */
  close(): void;
}

/** The time of a fake server: of its messages, its delays and its deadlines. */
export interface FakeClock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls `run` after so many milliseconds. Gives how to prevent that. */
  after(ms: number, run: () => void): () => void;
  /**
   * Lets so much time pass: what is due happens in its order, and what follows from it in the page. Fails with the clock
   * `system`: advance your fake timers instead.
   */
  advance(ms: number): Promise<void>;
  /** What waits for its time. */
  waiting(): { count: number; nextIn: number | undefined };
}

/** Who an agent is. */
export interface FakeAgentOptions {
  /** What people see: the name and, unless it is given, the nickname. Defaults to the name that the test uses. */
  fullName?: string;
  nickname?: string;
  /** A supervisor may intervene and watch. Defaults to `agent`. */
  role?: 'agent' | 'supervisor';
  /** Their rooms and languages. Default to all. */
  rooms?: string[];
  langs?: string[];
  /** On duty from the beginning. Defaults to true. */
  onDuty?: boolean;
  /** What they log in with, at the console for instance. Defaults to `demo`. */
  password?: string;
}

/** When something is done. Times are milliseconds of the server's clock. */
export interface Delay {
  /** How long before it begins. Defaults to 0. */
  after?: number;
}

/** What agents answer: a text, some texts one after the other, or what a function makes of the message; undefined is nothing. */
export type Answer = string | string[] | ((message: Said) => string | string[] | undefined);

/** An agent of the fake server. Chats are the one that they are in, unless `chat` names one. */
export interface FakeAgent {
  readonly id: string;
  readonly name: string;
  /** Ids of the open chats that they are in. */
  readonly chats: string[];

  /** They accept invitations: the default, at once. */
  accepts(delay?: Delay): this;
  /** They reject invitations. */
  rejects(delay?: Delay): this;
  /** They let invitations run out. */
  ignores(): this;
  /**
   * They answer what visitors say: of the rules that fit a message, the first. `true` fits every one. With `typing` they
   * type for so long first; `close` and `leave` end the chat or their part in it behind the answer.
   */
  answers(
    to: string | RegExp | true,
    answer: Answer,
    options?: Delay & { typing?: number; then?: 'close' | 'leave'; times?: number },
  ): this;
  /** They say this when they have joined. */
  greets(text: string, options?: Delay & { typing?: number }): this;
  /** They read what is said, at once unless `after` says otherwise. */
  reads(delay?: Delay): this;

  /** They come on duty, or go off duty. */
  onDuty(available?: boolean): void;
  /** They accept a pending invitation. */
  accept(chat?: string): void;
  /** They reject it. */
  reject(chat?: string): void;
  /** They come into a chat without an invitation; a supervisor may only watch. */
  join(chat?: string, mode?: '' | 'watch'): void;
  /** A supervisor takes a chat over. */
  intervene(chat?: string): void;
  /** They say something. Gives the message. */
  say(text: string, options?: { chat?: string; html?: boolean }): Said;
  /** They send a file. */
  sendFile(file: { name: string; type: string; content: string | Uint8Array }, options?: { chat?: string }): Said;
  /** They type, or stop. */
  type(type?: 'writing' | 'stop-writing' | 'not-writing', chat?: string): void;
  /** They have read a message, by default all. */
  read(messageId?: string, chat?: string): void;
  leave(chat?: string): void;
  close(chat?: string, extraData?: Record<string, unknown>): void;
  /** Any other request, by its event on the wire. Gives the reply's data; throws a refusal, which has a `code`. */
  request(event: string, data?: object): any;
}

/** A fault that is at work, or was. */
export interface Fault {
  /** How often it has had an effect. A test looks at it, so that it cannot pass without the fault. */
  readonly hits: number;
  /** Ends it. */
  end(): void;
}

/** Which requests or frames a fault is about. */
export interface FaultScope {
  /** The event of a request, its reply or a push, such as `messages:new`; or the beginning of a path of REST, such as `/users`. All if left out. */
  of?: string;
  /** So many pass before it has an effect. Defaults to 0. */
  after?: number;
  /** How often it has an effect. Defaults to every time. */
  times?: number;
}

/** How a request is refused. */
export interface Refused {
  message?: string;
  detail?: string;
  /** The error's name, such as `chat-closed`. Defaults to a usual one of the code. */
  reason?: string;
  /** Seconds. */
  retryAfter?: number;
}

/** What goes wrong between the page and the server. Agents of the fake server are not concerned. */
export interface Faults {
  /**
   * Connections break (code 1006): all now; or, with `of`, the one that makes such a request, `before` the server has it
   * or, by default, when it has carried it out and the reply is on its way: the reply is lost.
   */
  cut(scope?: FaultScope & { moment?: 'before' | 'after' }): Fault;
  /** Nothing gets through, and connections break, until it ends. */
  offline(): Fault;
  /** No WebSocket comes about, as behind some proxies: clients go by HTTP long polling. */
  blockWebSockets(): Fault;
  /** Everything takes so many milliseconds longer in each direction, or in one. */
  delay(ms: number, options?: { to?: 'server' | 'client' }): Fault;
  /** New connections are accepted and never answered. */
  halfOpen(options?: { times?: number }): Fault;
  /** The connections stay open, and nothing gets through them: a cable that was pulled. */
  silence(): Fault;
  /** Requests are refused. */
  refuse(code: number, options?: FaultScope & Refused): Fault;
  /** 429, over REST with a header `Retry-After` (seconds). */
  tooMany(retryAfter: number, options?: FaultScope): Fault;
  /** What writes is refused with 507, as a full disk is; Parley's own server says 503. */
  fullDisk(code?: number): Fault;
  /** Frames come twice. */
  duplicate(scope?: FaultScope): Fault;
  /** Frames to the client get lost, and the connection stays. */
  drop(scope?: FaultScope): Fault;
  /** Frames to the client are cut in the middle, and are no JSON. */
  garble(scope?: FaultScope): Fault;
  /** Frames to the client come behind the one after them. */
  reorder(scope?: FaultScope): Fault;
  /** Frames to the client are what you make of them: another one, several, texts as they are. */
  lie(change: (frame: WireFrame) => WireFrame | string | (WireFrame | string)[], scope?: FaultScope): Fault;
  /** Ends all of them. */
  clear(): void;
}

/**
 * Starts a fake server in this page, or in this process: from now on `WebSocket`, `fetch` and `XMLHttpRequest` lead to it
 * for its own address, and nowhere else. `close()` gives them back.
 *
 * @throws Error the address is no http(s) address, or another fake server has it
 */
export declare function fakeServer(options?: FakeServerOptions): FakeServer;
