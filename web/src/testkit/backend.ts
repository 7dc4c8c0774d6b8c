// What the fake server keeps: users, sessions, chats, files, connections. What it does with
// them is in operations.ts and routing.ts.

import { type ChatLog, type Entry, joining, type Record } from './chat-log';
import type { Clock } from './clock';
import type { Ids } from './ids';
import { type Frame, isAgent, Refusal, type User } from './protocol';

/** A user, with what only the server knows. */
export interface Account {
  user: User;
  username?: string;
  password?: string;
  /** An agent's rooms and languages; empty is all. */
  rooms: string[];
  langs: string[];
  /** An agent's duty: the rooms that they serve (undefined is those of the account), undefined if they are off duty. */
  duty?: { rooms?: string[] };
  /** Grows with each coming on duty, joining and leaving of any agent. */
  movedAt: number;
  invitedAt: number;
}

export interface StoredFile {
  id: string;
  url: string;
  type: string;
  name: string;
  size: number;
  bytes: Uint8Array;
}

/** A connection, as the rest of the server sees it. */
export interface Recipient {
  readonly user: User | undefined;
  readonly token: string;
  isLive(chat: string): boolean;
  /** Delivers a chat from a position on, unless it is live already. */
  follow(chat: string, cursor: number): void;
  /** Sends what is in no log; behind the entries of its chat, and behind the reply that is being made. */
  push(frame: Frame, chat?: string, upTo?: number): void;
  /** Writes what is new in the chats that are live here. */
  pump(): void;
  /** Says bye. The client closes, or is cut off. */
  end(code: number, reason: string, retryAfter: number): void;
}

/** What an app has set. */
export interface Settings {
  queue: boolean;
  maxChatsPerAgent: number;
  assignTimeout: number;
  assignMaxAttempts: number;
  algorithm: string;
  media: { active: boolean; maxBytes: number; types: string[] };
  rooms: string[];
  languages: string[];
  cannedReplies: { title: string; text: string; lang?: string }[];
}

export interface Outcome {
  chat: ChatLog;
  /** The request's entry, appended now or earlier; undefined if there was nothing to append. */
  record: Record | undefined;
}

/** Given by a builder when there is nothing to append. */
export const nothing = Symbol('nothing');

export class Backend {
  readonly accounts = new Map<string, Account>();
  readonly sessions = new Map<string, { user: string; ended: boolean }>();
  readonly chats = new Map<string, ChatLog>();
  readonly files = new Map<string, StoredFile>();
  readonly connections = new Set<Recipient>();
  /** Position of the last entry of any chat. */
  seq = 0;
  /** Called when an entry was appended, not when an earlier one was read. */
  appended: (chat: ChatLog, record: Record) => void = () => {};
  private counter = 0;
  private tasks: (() => void)[] = [];
  private working = false;

  constructor(
    readonly clock: Clock,
    readonly ids: Ids,
    readonly settings: Settings,
    /** Called after everything that happened. */
    readonly changed: (entry?: Entry, chat?: ChatLog) => void,
  ) {}

  count(): number {
    return ++this.counter;
  }

  addAccount(account: Partial<Account> & { user: User }): Account {
    const full = { rooms: [], langs: [], movedAt: 0, invitedAt: 0, ...account };
    this.accounts.set(account.user.id, full);
    return full;
  }

  newSession(user: string): string {
    const token = this.ids.next(64);
    this.sessions.set(token, { user, ended: false });
    return token;
  }

  user(id: string): User {
    const account = this.accounts.get(id);
    if (!account) throw new Refusal('404 unknown-user', 'unknown user');
    return account.user;
  }

  chat(id: string): ChatLog {
    const chat = this.chats.get(id);
    if (!chat) throw new Refusal('404 unknown-chat', `unknown chat ${JSON.stringify(id)}`);
    return chat;
  }

  openChatsOf(user: string): ChatLog[] {
    return [...this.chats.values()].filter((chat) => !chat.closed && chat.isIn(user)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Appends what `build` makes of the chat as it is. A request that comes again finds its entry of the first time. */
  append(chat: ChatLog, by: string, eventId: string, event: string, build: () => unknown): Outcome {
    const before = chat.recordOf(by, eventId);
    if (before && before.event !== event) {
      throw new Refusal('409 id-reused', `id ${JSON.stringify(eventId)} was used for ${before.event} before`);
    }
    if (before) return { chat, record: before };
    const data = build();
    if (data === nothing) return { chat, record: undefined };
    const record = this.store(chat, { seq: this.seq + 1, event, by, eventId, data });
    this.appended(chat, record);
    return { chat, record };
  }

  /** Takes in an entry, new or of an earlier run. */
  store(chat: ChatLog, entry: Entry): Record {
    this.seq = Math.max(this.seq, entry.seq);
    const record = chat.append(entry);
    const joins = joining(entry.event, entry.data);
    for (const connection of this.connections) if (joins && connection.user?.id === joins.id) connection.follow(chat.id, entry.seq - 1);
    this.changed(entry, chat);
    return record;
  }

  connectionsOf(user: string): Recipient[] {
    return [...this.connections].filter((connection) => connection.user?.id === user);
  }

  /** Sends to the connections of a user what is in no log. */
  pushToUser(user: string, frame: Frame, except?: Recipient): void {
    for (const connection of this.connectionsOf(user)) if (connection !== except) connection.push(frame);
  }

  /** The same to all on which a chat is live; it goes behind the entries that there are now. */
  pushToChat(chat: ChatLog, frame: Frame, except?: Recipient): void {
    for (const connection of this.connections) {
      if (connection !== except && connection.isLive(chat.id)) connection.push(frame, chat.id, chat.seq);
    }
  }

  /** Does something later: when the request that is being carried out has its reply. */
  later(task: () => void): void {
    this.tasks.push(task);
    if (!this.working) this.work(() => {});
  }

  /** Does something, and all that follows from it; then every connection gets what is new. */
  work(act: () => void): void {
    if (this.working) return act();
    this.working = true;
    try {
      act();
      for (let task = this.tasks.shift(); task; task = this.tasks.shift()) task();
      for (const connection of [...this.connections]) connection.pump();
    } finally {
      this.working = false;
    }
    this.changed();
    if (this.tasks.length > 0) this.work(() => {});
  }

  agents(): Account[] {
    return [...this.accounts.values()].filter(({ user }) => isAgent(user));
  }
}
