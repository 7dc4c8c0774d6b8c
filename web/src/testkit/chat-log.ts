// A chat is an append-only log: what it is follows from its entries. This is what package
// server/internal/chatstate of Parley makes of them, as far as a page and its agents see it.

import { isAgent, type LogMessage, Refusal, SYSTEM, type User } from './protocol';

/** Who may see an entry: visitors, or the staff, who sees more. */
export type Audience = 0 | 1;
export const VISITORS: Audience = 0;
export const STAFF: Audience = 1;

export const audienceOf = (user: User): Audience => (isAgent(user) ? STAFF : VISITORS);

export interface Entry {
  seq: number;
  event: string;
  /** The id of the user who did it, or `system`. */
  by: string;
  /** The id of the request that caused it; '' if the server did. */
  eventId: string;
  data: any;
}

/** An entry with its place in the chain of each audience, and the chat after it. */
export interface Record extends Entry {
  visible: readonly [boolean, boolean];
  prev: readonly [number, number];
  last: readonly [number, number];
  after: ChatState;
}

export interface ChatState {
  status: 'waiting' | 'active' | 'closed';
  creator: string;
  room: string;
  users: readonly User[];
  watchers: readonly User[];
  enqueued: boolean;
  /** What else was said when the chat was created, such as its language. */
  fixed: { [name: string]: unknown };
}

/** One search for an agent, folded from the log. */
export interface Round {
  running: boolean;
  pending: boolean;
  /** The last invitation, the data of a `chats:assign`. */
  invited: any;
  attempted: string[];
  rejected: string[];
  /** The chat was left alone: it is offered to those who come on duty. */
  alone: boolean;
}

const none: Round = { running: false, pending: false, invited: undefined, attempted: [], rejected: [], alone: false };

export const has = (users: readonly User[], id: string) => users.some((user) => user.id === id);
const without = (users: readonly User[], id: string) => users.filter((user) => user.id !== id);
const including = (users: readonly User[], user: User) =>
  has(users, user.id) ? users.map((other) => (other.id === user.id ? user : other)) : [...users, user];

export class ChatLog {
  readonly records: Record[] = [];
  readonly messages: LogMessage[] = [];
  /** Everybody who is or ever was in the chat. */
  readonly members = new Set<string>();
  config: { historyWatch?: boolean; assignMaxAttempts?: number; assignTimeout?: number } = {};
  round: Round = none;
  /** Position of the entry that put the chat into the queue, and when that was (unix seconds). */
  enqueuedSeq = 0;
  ticket = { id: '', number: '' };
  private readonly readers = new Map<number, string[]>();

  constructor(readonly id: string) {}

  get seq(): number {
    return this.records.at(-1)?.seq ?? 0;
  }

  get state(): ChatState {
    return this.records.at(-1)!.after;
  }

  get closed(): boolean {
    return this.state.status === 'closed';
  }

  get attended(): boolean {
    return this.state.users.some(isAgent);
  }

  /** Whether it has a place in its room's queue. */
  get queued(): boolean {
    return this.state.enqueued && this.state.status === 'waiting';
  }

  isIn(id: string): boolean {
    return has(this.state.users, id) || has(this.state.watchers, id);
  }

  recordOf(by: string, eventId: string): Record | undefined {
    return eventId ? this.records.find((record) => record.by === by && record.eventId === eventId) : undefined;
  }

  at(seq: number): Record | undefined {
    return this.records.find((record) => record.seq === seq);
  }

  after(seq: number): Record[] {
    return this.records.filter((record) => record.seq > seq);
  }

  /** The index of a message of this chat; -1 if it has none of this id. */
  indexOf(messageId: string): number {
    return this.messages.findIndex((message) => message.id === messageId);
  }

  readBy(user: string, index: number): boolean {
    return this.readers.get(index)?.includes(user) ?? false;
  }

  /** The indexes, up to `last`, of what others wrote here and the user has not read. */
  unread(user: string, last: number): number[] {
    return this.messages.flatMap(({ sender, imported }, index) =>
      index <= last && sender !== user && !imported && !this.readBy(user, index) ? [index] : [],
    );
  }

  /** The messages in the order of the log, each with who has read it. */
  history(): LogMessage[] {
    return this.messages.map((message, index) => {
      const readBy = this.readers.get(index);
      return readBy ? { ...message, readBy } : message;
    });
  }

  /** First what was imported, then what was said here. */
  sortedHistory(): LogMessage[] {
    return this.history().sort((a, b) => Number(b.imported ?? false) - Number(a.imported ?? false) || a.created - b.created);
  }

  /** The chat as it would be after an entry. */
  preview(event: string, data: any): ChatState {
    return next(this.state, event, data);
  }

  /** Takes in an entry; its seq must be higher than those before. */
  append(entry: Entry): Record {
    const before = this.records.at(-1);
    const visible = this.visibleTo(entry);
    const prev = before?.last ?? ([0, 0] as const);
    const record: Record = {
      ...entry,
      visible,
      prev,
      last: [visible[0] ? entry.seq : prev[0], visible[1] ? entry.seq : prev[1]],
      after: before ? next(before.after, entry.event, entry.data) : created(entry.data),
    };
    this.records.push(record);
    this.takeIn(record);
    this.round = roundAfter(this.round, record, before?.after);
    if (record.after.enqueued && !before?.after.enqueued) this.enqueuedSeq = entry.seq;
    return record;
  }

  private takeIn({ event, data }: Entry): void {
    const joins = joining(event, data);
    if (joins) this.members.add(joins.id);
    if (event === 'chats:create') this.config = data.config ?? {};
    if (event === 'chats:create' || event === 'history:import') this.messages.push(...(data.history ?? []));
    if (event === 'messages:new') this.messages.push(data.message);
    if (event === 'messages:read') {
      const index = this.indexOf(data.message.id);
      const read = data.upTo ? this.unread(data.userId, index) : this.readBy(data.userId, index) ? [] : [index];
      for (const i of read) this.readers.set(i, [...(this.readers.get(i) ?? []), data.userId]);
    }
    if (event === 'system:info') this.ticket = { id: data.data.ticketId, number: data.data.ticketNumber };
  }

  private visibleTo({ event, data }: Entry): readonly [boolean, boolean] {
    let watcher = false;
    switch (event) {
      case 'chats:assign':
      case 'invitations:reject':
      case 'queues:enter':
      case 'queues:rest':
        return [false, false];
      case 'forever:alone':
        if (this.attended || data.nobody) return [false, false];
        break;
      case 'chats:join':
        watcher = data.mode === 'watch';
        break;
      case 'chats:leave':
        watcher = has(this.state.watchers, data.userId);
    }
    return watcher && !this.config.historyWatch ? [false, true] : [true, true];
  }
}

/** The user whom an entry brings into the chat. */
export function joining(event: string, data: any): User | undefined {
  if (event === 'chats:intervene') return data.interventor;
  return event === 'chats:create' || event === 'chats:join' ? data.user : undefined;
}

/** Whether an entry takes the user out of the chat. */
export function removes({ event, data }: Entry, user: string): boolean {
  if (event === 'chats:leave') return data.userId === user;
  return event === 'chats:intervene' && has(data.intervenedUsers, user);
}

function created({ chat, user }: any): ChatState {
  const { id, status, closed, creator, users, room, inQueue, ...fixed } = chat;
  return { status: isAgent(user) ? 'active' : 'waiting', creator, room, users: [user], watchers: [], enqueued: inQueue, fixed };
}

function next(chat: ChatState, event: string, data: any): ChatState {
  let { users, watchers, status, room, enqueued } = chat;
  switch (event) {
    case 'chats:join':
      if (data.mode === 'watch') watchers = including(watchers, data.user);
      else [users, watchers] = [including(users, data.user), without(watchers, data.user.id)];
      break;
    case 'chats:leave':
      [users, watchers] = [without(users, data.userId), without(watchers, data.userId)];
      break;
    case 'chats:intervene':
      for (const gone of data.intervenedUsers) users = without(users, gone.id);
      [users, watchers] = [including(users, data.interventor), without(watchers, data.interventor.id)];
      break;
    case 'chats:close':
      status = 'closed';
  }
  if (status !== 'closed') status = users.some(isAgent) ? 'active' : 'waiting';
  if (status !== 'waiting') enqueued = false;
  if (event === 'queues:enter' || (event === 'chats:leave' && data.inQueue)) enqueued = true;
  return { ...chat, users, watchers, status, room, enqueued };
}

function roundAfter(round: Round, { event, data, after }: Record, before: ChatState | undefined): Round {
  switch (event) {
    case 'chats:assign': {
      const { attempted, rejected } = round.running ? round : none;
      const alone = round.alone && Boolean(data.again);
      return { running: true, pending: true, invited: data, attempted: [...attempted, data.agent.id], rejected, alone };
    }
    case 'invitations:reject':
      return { ...round, pending: false, rejected: [...round.rejected, data.userId] };
    case 'chats:join':
      return data.mode === 'watch' ? round : { ...round, running: false, pending: false, alone: false };
    case 'forever:alone':
      return { ...round, running: false, pending: false, alone: true };
    case 'queues:rest':
      return { ...none, attempted: round.attempted, rejected: [...round.attempted, ...round.rejected], alone: round.alone };
    case 'chats:leave':
      return before?.status === 'active' && after.status === 'waiting' && !round.running ? { ...round, alone: true } : round;
    case 'chats:close':
    case 'chats:intervene':
      return { ...none, attempted: round.attempted };
    default:
      return round;
  }
}

/** Refuses what the user may not do to the chat as it is. For the server itself it only has to be open. */
export function check(chat: ChatLog, user: string, event: string): void {
  if (chat.closed) throw new Refusal('410 chat-closed', 'the chat is closed');
  const { users, watchers, creator } = chat.state;
  if (user === SYSTEM) return;
  const inside = has(users, user) || user === creator;
  const watches = has(watchers, user);
  if (['messages:new', 'history:import', 'users:activity', 'chats:assign'].includes(event) && !inside && watches) {
    throw new Refusal('403 not-in-chat', `user ${user} only watches chat ${chat.id}: join it first`);
  }
  const members = ['messages:new', 'history:import', 'users:activity', 'chats:assign', 'messages:read'];
  const leaves = event === 'chats:leave' && !has(users, user);
  if (((members.includes(event) && !inside) || leaves) && !watches) {
    throw new Refusal('403 not-in-chat', `user ${user} is not in chat ${chat.id}`);
  }
}
