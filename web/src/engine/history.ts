// The messages of a chat as pages see them: in order of time, with the imports that the server has
// not confirmed yet; and which of them are unread.

import type * as Public from '../../index';
import type { Caller } from '../shared/contract';
import { entries, requests } from '../shared/entries';

// Up to so many messages are marked as read one by one, each with an event for the others.
const readSingly = 20;

// The key in localStorage for how much of the latest chat listeners have got.
const seenKey = 'parley.seen';

const byTime = (a: Public.Message, b: Public.Message): number => a.created - b.created;

export class History {
  private readonly byId = new Map<string, Public.Message>();
  // In the order of the server's log, which is that of unread messages.
  private readonly log: Public.Message[] = [];
  private readonly importing = new Map<string, Public.Message[]>();
  private readonly given = new Set<Public.Message>();
  // The first so many of the log are not unread: delivered to a listener, read, or the user's own.
  private seen: number;

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
    this.show(fresh);
    this.advance();
  }

  /** Imports an earlier conversation. */
  import(value: unknown): Public.Message[] & PromiseLike<Public.Message[]> {
    const { chat, core } = this;
    const added = entries('history', value, core.limits.message).map((entry) => ({
      id: '',
      chat: chat.id,
      ...entry,
      imported: true,
    }));
    this.show(added);
    const done = Promise.all(
      requests(added).map((part) => {
        const history = part.map(({ sender, type, message, created }) => ({ sender, type, message, created }));
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
  private show(messages: Public.Message[]): void {
    const list = this.chat.history;
    let late = false;
    for (const message of messages) {
      late ||= (list.at(-1)?.created ?? 0) > message.created;
      list.push(message);
    }
    if (late) list.sort(byTime);
  }

  private remove(messages: Public.Message[]): void {
    const gone = new Set(messages);
    const kept = this.chat.history.filter((message) => !gone.has(message));
    this.chat.history.length = 0;
    for (const message of kept) this.chat.history.push(message);
  }

  private advance(): void {
    const before = this.seen;
    let next: Public.Message | undefined;
    for (; (next = this.log[this.seen]) && !this.isUnread(next); this.seen++) this.given.delete(next);
    if (this.seen > before && this.seen > this.stored()) {
      try {
        localStorage.setItem(seenKey, `${this.chat.id} ${this.seen}`);
      } catch {
        // Without storage, the next page knows only what was read.
      }
    }
  }

  private stored(): number {
    try {
      const [id, seen] = localStorage.getItem(seenKey)!.split(' ');
      return id === this.chat.id ? Number(seen) : 0;
    } catch {
      return 0;
    }
  }
}
