// The log of the chat window: the messages, which of them the visitor has not seen, and the way to those.

import type { Message } from '../index';
import { keepPlace } from '../src/ui/keep-place';
import { Attention } from './attention';
import { find, on } from './elements';
import { MessageList } from './message-list';
import { Unread } from './unread';
import type { OwnLine } from './view';

/** Who is so close to the end, in pixels, reads what comes. */
const endMargin = 24;

interface Around {
  /** Whether the window is open. */
  isOpen(): boolean;
  /** The visitor has seen a message of others. */
  seen(messageId: string): void;
}

export class Log {
  /** A chat is open: what comes now is no longer from before this page. */
  live = false;
  private readonly place = find('chat-log');
  private readonly hint = find('chat-news');
  private readonly list = new MessageList(find('chat-lines'));
  private readonly attention = new Attention();
  private readonly unread: Unread;

  constructor(private readonly around: Around) {
    this.unread = new Unread(this.place, { seen: (id) => around.seen(id), changed: () => this.count() });
    on('chat-news', () => {
      this.unread.firstHidden?.scrollIntoView({ block: 'start' });
      this.place.focus();
    });
    keepPlace(this.place, find('chat-lines'));
    document.addEventListener('visibilitychange', () => {
      this.list.turnDay();
      if (this.looking && this.atEnd) this.list.showNew();
      this.count();
    });
  }

  /** The window was opened: begins where the visitor has left off. */
  opened(): void {
    this.list.showNew();
    this.count();
  }

  minimised(): void {
    this.count();
  }

  clear(): void {
    this.list.clear();
    this.unread.clear();
  }

  notice(text: string): void {
    this.list.notice(text);
  }

  /** Shows a message, once, or again without its content; `from` is '' for the visitor's own, and `unread` what they have not seen. */
  message(message: Message, from: string, unread: boolean): void {
    if (this.list.has(message.id)) {
      if (message.redacted) this.list.redact(message);
      return;
    }
    if (unread && this.unread.count === 0 && !(this.looking && this.atEnd)) this.list.beginNew();
    const line = this.list.message(message, from);
    if (!unread) return;
    this.unread.add(message.id, line);
    if (this.live) this.attention.call(() => this.unread.has(message.id));
  }

  /** The visitor has seen a message of others, perhaps in another tab. */
  seen(messageId: string): void {
    if (!this.unread.has(messageId)) return;
    this.unread.remove(messageId);
    if (this.unread.count === 0) this.list.endNew();
  }

  /** Shows an own message or file before the server has it. */
  own(content: string | File): OwnLine {
    if (this.unread.count === 0) this.list.endNew();
    return this.list.pending(content);
  }

  /** Others have read an own message. */
  read(messageId: string): void {
    this.list.read(messageId);
  }

  /** Whether the visitor can see the log. */
  private get looking(): boolean {
    return this.around.isOpen() && document.visibilityState === 'visible';
  }

  /** Whether the last messages are in view. Turned around, the log scrolls from there to below 0. */
  private get atEnd(): boolean {
    return this.place.scrollTop > -endMargin;
  }

  /** Shows how many messages are unread, and the way to those that are not in view. */
  private count(): void {
    this.attention.count(this.unread.count, this.looking);
    const { hidden, firstHidden } = this.unread;
    this.hint.hidden = !firstHidden;
    if (!firstHidden) return;
    this.hint.textContent = hidden === 1 ? '1 new message' : `${hidden} new messages`;
    this.hint.classList.toggle('above', firstHidden.getBoundingClientRect().top < this.place.getBoundingClientRect().top);
  }
}
