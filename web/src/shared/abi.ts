// Code generated from the table in jsbridge/abi; DO NOT EDIT. To change it, change the table and run `go generate ./jsbridge/abi`.
//
// All that crosses between the page and the core.

/** What parley_socket reports of a socket. */
export interface SocketEvents {
  readonly opened: 1;
  readonly closed: 2;
  readonly unreached: 3;
  readonly moved: 4;
}
export type SocketEvent = SocketEvents[keyof SocketEvents];

/** What parley_page reports of the page. */
export interface PageEvents {
  readonly online: 1;
  readonly offline: 2;
  readonly visible: 3;
  readonly hidden: 4;
  readonly left: 5;
  readonly back: 6;
}
export type PageEvent = PageEvents[keyof PageEvents];

/** The timers of the core. */
export interface Timers {
  readonly redial: 1;
  readonly open: 2;
  readonly stable: 3;
  readonly heartbeat: 4;
  readonly deadline: 5;
  readonly retry: 6;
}
export type Timer = Timers[keyof Timers];

/** What the page calls; all but the first two give the length of a batch. */
export interface Exports {
  mem: WebAssembly.Memory;
  /** Makes room for an input of this many bytes and gives its address. */
  parley_input(size: number): number;
  /** Gives the address of the last batch. */
  parley_output(): number;
  /** Carries out one command; the input is its JSON. The effects that answer it name the call; 0 if nobody waits. */
  parley_command(call: number, length: number): number;
  /** Takes frames of a socket; in the input, each follows its length in 4 bytes, little endian. */
  parley_frames(epoch: number, length: number): number;
  /** Takes a message, whose payload the page keeps: of somebody else, or in the reply to a request; in the input, five ids of so many bytes. Effects have {"$":0} for the payload and {"$":1} for the message in it. */
  parley_said(epoch: number, seq: number, prev: number, chat: number, user: number, message: number, sender: number, request: number, imported: number): number;
  /** Reports a SocketEvent, with the close code if it was closed, and 1 if it was opened and is the program's own WebSocket. Unreached: nobody answered, or without room, none was made; the code is the seconds to wait. Moved: another tab has it now, or is to have it. */
  parley_socket(epoch: number, kind: number, code: number): number;
  /** Reports that a timer has run out. */
  parley_timer(id: number): number;
  /** Reports the response to an HTTP request; its body is the input. Status 0: the server was not reached. Status -1: the file to upload cannot be read. Status -2: the page gives it up. */
  parley_fetched(call: number, status: number, length: number): number;
  /** Reports a PageEvent. */
  parley_page(kind: number): number;
  /** Says when the next call comes: by a clock that nobody sets, by the system's, and a random number. */
  parley_moment(now: number, wall: number, random: bigint): number;
  /** Has batches tell everything (1), for a recording, or what the page needs (0). */
  parley_trace(on: number): number;
  /** Gives counts and memory figures, as a JSON object in place of a batch. */
  parley_stats(): number;
}

/** What Go calls. */
export interface Host {
  /** The exports can be called. */
  ready(version: string): void;
  /** Makes a socket, listens to it, and gives it. */
  dial(transport: string, url: string, epoch: number): void;
  /** Waits for the response to an HTTP request. */
  fetched(response: Promise<Response>, call: number): void;
}

/** The commands with their arguments. */
export interface Commands {
  /** Makes the core ready for an app, and restores a stored session. */
  init: { appId: string; api: string; socket: string; domainKey?: string; stored: Session | null; outbox: object[]; newest: string; again?: Again };
  /** Creates a chat. */
  'chat.create': { config: Config } & Record<string, unknown>;
  /** Gets a chat from the server. */
  'chat.load': { id: string; config: Config };
  /** Asks for an agent. */
  'chat.search': { chatId: string; algorithm?: string };
  /** Tells the others about typing. */
  'chat.activity': { chatId: string; type: string };
  /** Sends text. */
  'chat.send': { chatId: string; text: string };
  /** Sends a file, which stays in the page. */
  'chat.upload': { chatId: string; name: string; size: number };
  /** Adds an earlier conversation to a chat. */
  'chat.import': { chatId: string; history: object[] };
  /** Marks a message as read; with upTo, also all before it. */
  'chat.read': { chatId: string; messageId: string; upTo?: boolean };
  /** Closes a chat. */
  'chat.close': { chatId: string; extraData?: object };
  /** Gets a file of the server, with the session's token or another one. */
  download: { path: string; token?: string };
  /** Opens a session. */
  login: { id: string; token: string };
  /** Ends the session. */
  logout: object;
  /** Has renew ask for another session of the user when theirs has ended; login or logout answers. */
  renewable: object;
  /** Sends a message again now. */
  retry: { eventId: string };
  /** Gives up a message that has not been sent. */
  discard: { eventId: string };
  /** Hands over outbox records of pages that have ended. */
  adopt: { outbox: object[]; newest: string };
  /** Makes a request by its wire name. */
  'event.send': { event: string; data: object };
  /** Makes a REST call. */
  api: { method: string; path: string; body?: object };
}
export type CommandName = keyof Commands;

/** The second argument of Chat.init. */
export type Config = { assignMaxAttempts?: number; assignTimeout?: number };

/** What opens a session again. */
export type Session = { appId: string; id: string; token: string };

/** What a core takes over from one that has crashed in this page. */
export type Again = { id: string; token: string; user: object | null; chats: object[]; calls: Record<string, number>; now: number };

/** The effects: what follows the name of each. */
export interface Effects {
  /** Ends a call with a value. */
  settle: [call: number, value: any];
  /** Ends a call with an error. */
  reject: [call: number, error: { code: number; message: string; detail?: string; field?: string; reason?: string }];
  /** The message of a call exists; for an import, text and sender are empty. */
  created: [call: number, eventId: string, text: string, sender: string];
  /** Moves the file of a call: up behind the fields of form, or down if form is null; fails after silence ms without a byte. */
  transfer: [call: number, order: { url: string; headers: Record<string, string>; form: Record<string, string> | null; silence: number }];
  /** What pages read of the session without waiting; absent members stay as they are; now is the server's time. */
  session: [mirror: { isInit?: boolean; logged?: boolean; user?: unknown; token?: string | null; limits?: { message: number; frame: number }; now?: number }];
  /** Earlier messages of a chat that open is about to give, from this index of its history on; with 0 the history begins again. */
  part: [chatId: string, from: number, messages: any[]];
  /** A chat with all its properties; its history follows the parts. */
  open: [chat: any];
  /** Sets some properties of a chat. */
  patch: [chatId: string, members: object];
  /** Adds messages to a chat's history; eventId is of this page's import, or empty. */
  append: [chatId: string, messages: any[], eventId: string];
  /** A chat's position in its log. */
  at: [chatId: string, seq: number];
  /** Forgets all chats. */
  drop: [];
  /** Emits to a chat's listeners. */
  chat: [chatId: string, event: string, data: any];
  /** Emits to ICF.Lobby's listeners. */
  lobby: [event: string, data: any];
  /** Emits to ICF.Parley's listeners. */
  parley: [event: string, data: any];
  /** Emits to ICF.Events's listeners, by the wire name. */
  event: [event: string, data: any];
  /** Starts a timer, or restarts it. */
  arm: [timer: number, ms: number];
  /** Stops a timer. */
  disarm: [timer: number];
  /** Stores a record for a call (0 for none), or deletes it if it is null; if it is late, that can wait. */
  persist: [key: string, record: any, call: number, late: boolean];
  /** Stores the session for the next page. */
  save: [session: Session];
  /** Deletes the stored session, unless another page has stored another one. */
  clear: [session: Session];
  /** Asks for another session of the user; may come again before it is answered. */
  renew: [];
  /** Asks for the next outbox records of ended pages; adopt answers it. */
  more: [];
  /** The core has a defect and must not be called again. */
  fatal: [message: string];
}
export type EffectName = keyof Effects;

/** An effect of one of the names: the name, then its values. */
export type Effect<Name extends EffectName = EffectName> = {
  [N in Name]: readonly [name: N, ...Effects[N], ...undefined[]];
}[Name];
