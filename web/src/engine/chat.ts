// The Chat object. Its own properties are the chat's data, which follow the conversation; its
// methods are on the prototype.

import type * as Public from '../../index';
import type { CommandName, Commands } from '../shared/abi';
import * as args from '../shared/args';
import type { Caller, FileTransfer } from '../shared/contract';
import { dated, entries, requests } from '../shared/entries';
import { ParleyError, refused } from '../shared/errors';
import { Listenable } from '../shared/listeners';
import { attempt } from './tabs';
import { Transfer } from './transfer';

// The messages of a chat as pages see them: first what was imported, then what was said, each in order of time, with the
// imports that the server has not confirmed yet; and which of them are unread.

// Up to so many messages are marked as read one by one, each with an event for the others.
const readSingly = 20;

// The key in localStorage for how much of the latest chat listeners have got, and how late it may be written, in
// milliseconds. What a page that crashes has not written is unread once more on the next one, and nothing else.
const seenKey = 'parley.seen';
const noteWithin = 100;

const inOrder = (a: Public.Message, b: Public.Message): number => +!a.imported - +!b.imported || a.created - b.created;

export class History {
  private readonly byId = new Map<string, Public.Message>();
  // In the order of the server's log, which is that of unread messages.
  private readonly log: Public.Message[] = [];
  private readonly importing = new Map<string, Public.Message[]>();
  private readonly given = new Set<Public.Message>();
  // The first so many of the log are not unread: delivered to a listener, read, or the user's own.
  private seen: number;
  private noting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly chat: Pick<Public.Chat, 'id' | 'history'>,
    private readonly core: Caller,
  ) {
    this.seen = this.stored();
  }

  /** Takes over messages of the log, known or new ones; `eventId` is of an import of this page. */
  add(messages: Public.Message[], eventId?: string): void {
    const own = this.importing.get(eventId!);
    this.importing.delete(eventId!);
    const fresh: Public.Message[] = [];
    messages.forEach((message, i) => {
      const mine = own?.[i];
      let known = this.byId.get(message.id);
      if (known) {
        Object.assign(known, message);
        if (mine) this.remove([mine]);
        return;
      }
      known = mine ? Object.assign(mine, message) : message;
      if (!mine) fresh.push(known);
      this.byId.set(message.id, known);
      this.log.push(known);
    });
    this.show(fresh, own !== undefined); // the server may have changed the times of an import
    this.advance();
  }

  /** Imports an earlier conversation. */
  import(value: unknown): Public.Message[] & PromiseLike<Public.Message[]> {
    const { chat, core } = this;
    const list = dated(entries('history', value, core.limits.message), core.now());
    const latest = Math.max(core.now() / 1000, chat.history.at(-1)?.created ?? 0);
    const added = list.map((entry) => ({
      id: '',
      chat: chat.id,
      ...entry,
      created: Math.min(entry.created ?? latest, latest),
      imported: true,
    }));
    this.show(added);
    let from = 0;
    const done = Promise.all(
      requests(list).map((history) => {
        const part = added.slice(from, (from += history.length));
        return core
          .call('chat.import', { chatId: chat.id, history }, (eventId: string) => this.importing.set(eventId, part))
          .catch((error) => {
            this.remove(part);
            throw error;
          });
      }),
    ).then(() => [...chat.history]);
    done.catch(() => {}); // the chat's `error` event reports it
    // Awaiting the array gives another array, which is not awaitable: a promise would never settle with itself.
    const then: PromiseLike<Public.Message[]>['then'] = (settled, refused) => done.then(settled, refused);
    return Object.defineProperty([...chat.history], 'then', { value: then }) as Public.Message[] & PromiseLike<Public.Message[]>;
  }

  /** A listener of the chat has got a message. */
  delivered(id: string): void {
    const message = this.byId.get(id);
    if (message) this.given.add(message);
    this.advance();
  }

  /** A user has read a message; with `upTo`, also all earlier ones of others. */
  read(id: string, userId: string, upTo: boolean): void {
    const last = this.byId.get(id);
    if (!last) return;
    for (const message of upTo ? this.log.slice(0, this.log.indexOf(last) + 1) : [last]) {
      if (upTo && (message.sender === userId || message.imported)) continue;
      const readers = (message.readBy ??= []);
      if (!readers.includes(userId)) readers.push(userId);
    }
    this.core.changed(this.chat.id);
    this.advance();
  }

  /** Gives the unread messages of others, and marks them as read. */
  unread(): Record<string, Public.Message> {
    this.seen = Math.max(this.seen, this.stored());
    const found = this.log.slice(this.seen).filter((message) => this.isUnread(message));
    const ids = found.map(({ id }) => id);
    const upTo = ids.length > readSingly;
    for (const messageId of upTo ? ids.slice(-1) : ids) {
      // If a receipt gets lost, the page need not know.
      this.core.call('chat.read', { chatId: this.chat.id, messageId, upTo }).then(
        () => this.read(messageId, this.core.user!.id, upTo),
        () => {},
      );
    }
    for (const message of found) this.given.add(message);
    this.advance();
    return Object.fromEntries(found.map((message) => [message.id, message]));
  }

  private isUnread(message: Public.Message): boolean {
    const me = this.core.user?.id;
    return message.sender !== me && !message.imported && !message.readBy?.includes(me!) && !this.given.has(message);
  }

  // Puts messages in their order of time.
  private show(messages: Public.Message[], late = false): void {
    const list = this.chat.history;
    for (const message of messages) {
      late ||= list.length > 0 && inOrder(list.at(-1)!, message) > 0;
      list.push(message);
    }
    if (late) list.sort(inOrder);
    this.core.changed(this.chat.id);
  }

  private remove(messages: Public.Message[]): void {
    const { history } = this.chat;
    const gone = new Set(messages);
    const kept = history.filter((message) => !gone.has(message));
    history.length = 0;
    for (const message of kept) history.push(message);
    this.core.changed(this.chat.id);
  }

  private advance(): void {
    let next: Public.Message | undefined;
    for (; (next = this.log[this.seen]) && !this.isUnread(next); this.seen++) {
      // Of all others the next page knows by itself that they are not unread.
      if (this.given.delete(next) && !this.noting) this.noting = setTimeout(() => this.note(), noteWithin);
    }
  }

  /** Notes for later pages what listeners have got, if that is new. */
  note(): void {
    if (!this.noting) return;
    clearTimeout(this.noting);
    this.noting = undefined;
    // Without storage, the next page knows only what was read.
    attempt(() => this.seen > this.stored() && localStorage.setItem(seenKey, `${this.chat.id} ${this.seen}`));
  }

  private stored(): number {
    const [id, seen] = attempt(() => localStorage.getItem(seenKey)!.split(' ')) ?? [];
    return id === this.chat.id ? Number(seen) : 0;
  }
}

const activities = ['writing', 'stop-writing', 'not-writing'] as const;

const cores = new WeakMap<Chat, Caller>();
const histories = new WeakMap<Chat, History>();

/** The messages of a chat. */
export const historyOf = (chat: Chat): History => histories.get(chat)!;

export class Chat extends Listenable<Public.ChatEvents> implements Public.Chat {
  declare id: string;
  declare status: Public.Chat['status'];
  declare closed: boolean;
  declare creator: string;
  declare room: string;
  declare lang: string;
  declare source: string | number;
  declare created: number;
  declare externalId: string | null;
  declare inQueue: boolean;
  declare users: Public.User[];
  declare watchers: Public.User[];
  declare history: Public.Message[];

  constructor(core: Caller, data: Public.ChatProperties) {
    super();
    cores.set(this, core);
    this.id = data.id;
    histories.set(this, new History(this, core));
    replace(this, data);
  }

  async searchAgent(algorithm?: Public.AssignAlgorithm): Promise<{ agent?: Public.Agent }> {
    return call(this, 'chat.search', { algorithm: args.optText('algorithm', algorithm) });
  }

  async sendUserActivity(type: Public.ActivityType): Promise<{ success: boolean }> {
    return call(this, 'chat.activity', { type: args.oneOf('type', type, activities) });
  }

  async sendMessage(message: string, onCreate?: (eventId: string, message: string, sender: string) => void): Promise<Public.SentMessage> {
    if (!args.isVisible(args.text('message', message))) {
      throw new ParleyError('400 message-empty', 'message must show something, got only blanks or invisible characters');
    }
    return call(this, 'chat.send', { text: message }, args.optFunction('onCreate', onCreate));
  }

  async readMessage(messageId: string): Promise<Public.MessageResponse & { userId: string }> {
    const answer = await call(this, 'chat.read', { messageId: args.text('messageId', messageId) });
    historyOf(this).read(messageId, answer.userId, false);
    return answer;
  }

  async sendMedia(media: File, onProgress?: (progress: number) => void, signal?: AbortSignal): Promise<{ media: Public.SentMedia }> {
    const { name, size } = args.file('media', media);
    if (signal && typeof signal.aborted !== 'boolean') throw new ParleyError('400 bad-argument', 'signal must be an AbortSignal');
    if (signal?.aborted) throw new ParleyError('499 discarded', 'the signal has given the file up already');
    const transfer = new Transfer(media, args.optFunction('onProgress', onProgress), signal);
    return call(this, 'chat.upload', { name, size }, undefined, transfer);
  }

  importHistory(history: Public.HistoryEntry[]): Public.Message[] & PromiseLike<Public.Message[]> {
    try {
      return historyOf(this).import(history);
    } catch (thrown) {
      throw refused(thrown);
    }
  }

  readAnyUnreadMessageFromHistory(): Record<string, Public.Message> {
    return historyOf(this).unread();
  }

  async close(extraData?: Record<string, unknown>): Promise<{ success: boolean }> {
    return call(this, 'chat.close', { extraData: args.optObject('extraData', extraData) });
  }

  hasOtherUsers(): boolean {
    const me = cores.get(this)!.user?.id;
    return this.users.some((user) => user.id !== me);
  }

  getId(): string {
    return this.id;
  }
}

/** Replaces the data of a chat. */
export function replace(chat: Chat, data: Public.ChatProperties & { seq?: number; resumed?: boolean }): void {
  // The position in the log is of no use to pages.
  const { seq, resumed, history, ...properties } = data;
  Object.assign(chat, { users: [], watchers: [], history: chat.history ?? [] }, properties);
  chat.closed = chat.status === 'closed';
  // The history only grows. A resumed chat comes without it.
  historyOf(chat).add(history ?? []);
}

type ChatCommand = Extract<CommandName, `chat.${string}`>;

function call<Name extends ChatCommand>(
  chat: Chat,
  name: Name,
  rest: Omit<Commands[Name], 'chatId'>,
  onCreate?: (...created: any[]) => void,
  transfer?: FileTransfer,
): Promise<any> {
  const core = cores.get(chat);
  if (!core) throw new ParleyError('400 not-a-chat', 'this must be called as a method of a chat');
  return core.call(name, { chatId: chat.id, ...rest } as Commands[Name], onCreate, transfer);
}
