// What was said in a chat, as the page sees it: the messages in order of time,
// the imports that the server has not acknowledged yet, and what is unread.

import type * as Public from '../../index';
import type { Caller } from '../shared/contract';
import { entries, requests } from '../shared/entries';

// So many messages are marked as read one by one, each an event for the others.
const readSingly = 20;

// Where the browser keeps how much of the latest chat was told to listeners.
const seenKey = 'parley.seen';

const byTime = (a: Public.Message, b: Public.Message): number => a.created - b.created;

export class History {
  private readonly byId = new Map<string, Public.Message>();
  // As the server's log has them: that is the order of unread ones.
  private readonly log: Public.Message[] = [];
  private readonly importing = new Map<string, Public.Message[]>();
  private readonly told = new Set<Public.Message>();
  // The first so many of the log are no news: told, read, or one's own.
  private seen: number;

  constructor(
    private readonly chat: Pick<Public.Chat, 'id' | 'history'>,
    private readonly core: Caller,
  ) {
    this.seen = this.stored();
  }

  /** Takes messages in that come from the log, again or for the first time. */
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

  /** Brings an earlier conversation in. */
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
    done.catch(() => {}); // the chat's `error` tells it
    // Who awaits the array gets another one, which cannot be awaited again.
    const then: PromiseLike<Public.Message[]>['then'] = (settled, refused) => done.then(settled, refused);
    return Object.defineProperty([...chat.history], 'then', { value: then }) as Public.Message[] & PromiseLike<Public.Message[]>;
  }

  /** A message was told to listeners of the chat. */
  tell(id: string): void {
    const message = this.byId.get(id);
    if (message) this.told.add(message);
    this.advance();
  }

  /** A user has read a message, or with `upTo` all of others up to it. */
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

  /** Messages of others that are news to this user; they are none from then on. */
  unread(): Record<string, Public.Message> {
    this.seen = Math.max(this.seen, this.stored());
    const found = this.log.slice(this.seen).filter((message) => this.isNews(message));
    const ids = found.map(({ id }) => id);
    const upTo = ids.length > readSingly;
    for (const messageId of upTo ? ids.slice(-1) : ids) {
      // A read that gets lost is no loss to the page.
      this.core.call('chat.read', { chatId: this.chat.id, messageId, upTo }).then(
        () => this.read(messageId, this.core.user!.id, upTo),
        () => {},
      );
    }
    for (const message of found) this.told.add(message);
    this.advance();
    return Object.fromEntries(found.map((message) => [message.id, message]));
  }

  private isNews(message: Public.Message): boolean {
    const me = this.core.user?.id;
    return message.sender !== me && !message.imported && !message.readBy?.includes(me!) && !this.told.has(message);
  }

  // Puts messages where their time says.
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
    for (; (next = this.log[this.seen]) && !this.isNews(next); this.seen++) this.told.delete(next);
    if (this.seen > before && this.seen > this.stored()) {
      try {
        localStorage.setItem(seenKey, `${this.chat.id} ${this.seen}`);
      } catch {
        // Without storage the next page goes by what was read.
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
