// The log of the chat window: the messages, which of them the visitor has not seen, and the way to those.

import type { Message } from '../../index';
import { keepPlace } from '../ui/keep-place';
import { textOf } from '../ui/message-text';
import { Announcer } from './announcer';
import { Attention } from './attention';
import { find, type Root } from './elements';
import type { Kept, KeptMessage } from './kept';
import { MessageList } from './message-list';
import type { Texts } from './texts';
import { Unread } from './unread';
import type { OwnLine, Sender } from './view';
import { spoken } from './written';

/** Who is so close to the end, in pixels, reads what comes. */
const endMargin = 24;

interface Around {
  /** Whether the window shows the messages; and has it show them. */
  inView(): boolean;
  open(): void;
  /** The visitor has seen a message of others. */
  seen(messageId: string): void;
  /** The visitor has chosen an answer. */
  choose(text: string): void;
  /** The number of unread messages may have changed. */
  unread(count: number): void;
}

export class Log {
  /** A chat is open: what comes now is no longer from before this page. */
  live = false;
  private begun = false;
  /** How many messages the visitor had not seen on an earlier page, until the chat is there. */
  private earlier = 0;
  /** The frame in which the way to hidden messages is shown anew, 0 if nothing has changed. */
  private frame = 0;
  private readonly place: HTMLElement;
  private readonly hint: HTMLElement;
  private readonly list: MessageList;
  private readonly attention: Attention;
  private readonly announcer: Announcer;
  private readonly unread: Unread;

  constructor(
    root: Root,
    private readonly texts: Texts,
    private readonly around: Around,
    end: AbortSignal,
  ) {
    const lines = find(root, 'chat-lines');
    this.place = find(root, 'chat-log');
    this.hint = find(root, 'chat-news');
    this.list = new MessageList(lines, texts, (text) => around.choose(text));
    this.attention = new Attention(root, texts, end, () => around.open());
    this.announcer = new Announcer(find(root, 'chat-announced'), (n) => texts.say('log.unseen', { n }));
    this.unread = new Unread(this.place, { seen: (id) => around.seen(id), changed: () => this.count() }, end);
    this.hint.addEventListener('click', () => {
      this.unread.firstHidden?.scrollIntoView({ block: 'start' });
      this.place.focus();
    });
    keepPlace(this.place, lines);
    const look = () => {
      if (!this.begun) return;
      this.list.turnDay();
      if (this.looking && this.atEnd) this.list.showNew();
      this.count();
    };
    document.addEventListener('visibilitychange', look, { signal: end });
  }

  /** The window was opened: begins where the visitor has left off. */
  shown(): void {
    this.attention.opened();
    this.list.showNew();
    this.count();
  }

  minimised(): void {
    this.count();
  }

  /** The language is another one. */
  translated(): void {
    this.count();
  }

  clear(): void {
    this.earlier = 0;
    this.list.clear();
    this.unread.clear();
  }

  /** Shows what the tab has kept of the chat. */
  showKept({ messages, unread }: Kept): void {
    this.earlier = unread;
    this.list.showKept(messages);
    this.count();
  }

  /** The chat is open, and shown to its end. */
  opened(): void {
    this.live = true;
    this.earlier = 0;
    this.list.endKept();
    this.count();
  }

  /** The chat is over, perhaps before it was shown to its end. */
  ended(): void {
    this.opened();
    this.live = false;
  }

  get messages(): KeptMessage[] {
    return this.list.messages;
  }

  notice(text: () => string): void {
    this.begun = true;
    this.list.notice(text);
    if (this.live) this.announcer.say(async () => text());
  }

  /** Shows a message, once, or again without its content; `from` is missing for the visitor's own, and `unread` what they have not seen. Gives whether it is new. */
  message(message: Message, from: Sender | undefined, unread: boolean): boolean {
    this.begun = true;
    if (this.list.has(message.id)) {
      if (message.redacted) this.list.redact(message);
      return false;
    }
    // What came while the page was away is new, also where it is in view at once.
    const watched = this.live && this.looking && this.atEnd;
    if (unread && this.unread.count === 0 && !watched) this.list.beginNew(message.created);
    const line = this.list.message(message, from);
    if (this.live && from) this.announce(message, from);
    if (unread) this.unread.add(message.id, line);
    if (unread && this.live) {
      const news = { id: message.id, name: () => from!.name(), text: textOf(message, this.texts), format: message.format };
      this.attention.call(() => this.unread.has(message.id), news);
    }
    return true;
  }

  has(messageId: string): boolean {
    return this.list.has(messageId);
  }

  /** The visitor has seen a message of others, perhaps in another tab. */
  seen(messageId: string): void {
    if (!this.unread.has(messageId)) return;
    this.unread.remove(messageId);
    if (this.unread.count === 0) this.list.endNew();
  }

  /** Shows an own message or file before the server has it. */
  own(content: string | File, cancel?: () => void): OwnLine {
    this.begun = true;
    if (this.unread.count === 0) this.list.endNew();
    return this.list.pending(content, cancel);
  }

  /** Others have read an own message. */
  read(messageId: string): void {
    this.list.read(messageId);
  }

  private announce(message: Message, { name }: Sender): void {
    const text = textOf(message, this.texts);
    this.announcer.say(async () => this.texts.say('said', { name: name(), text: await spoken(text, message.format) }));
  }

  /** Whether the visitor can see the log. */
  private get looking(): boolean {
    return this.around.inView() && document.visibilityState === 'visible';
  }

  /** Whether the last messages are in view. Turned around, the log scrolls from there to below 0. */
  private get atEnd(): boolean {
    return this.place.scrollTop > -endMargin;
  }

  /** Shows how many messages are unread, and soon the way to those that are not in view. */
  private count(): void {
    const unread = Math.max(this.unread.count, this.earlier);
    this.attention.count(unread, this.looking);
    this.around.unread(unread);
    this.frame ||= requestAnimationFrame(() => this.point());
  }

  /** Shows the way to the messages that are not in view. Where they are is asked once a frame: many may come at once, and each answer costs a layout. */
  private point(): void {
    this.frame = 0;
    const { hidden, firstHidden } = this.unread;
    this.hint.hidden = !firstHidden;
    if (!firstHidden) return;
    this.hint.textContent = this.texts.say('log.unseen', { n: hidden });
    this.hint.classList.toggle('above', firstHidden.getBoundingClientRect().top < this.place.getBoundingClientRect().top);
  }
}
