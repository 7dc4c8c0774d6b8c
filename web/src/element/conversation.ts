// An open chat: carries out what the visitor does, and shows in the view what happens. Who is there for them is in attendance.ts.

import type { Chat, Media, Message, ParleyEvents } from '../../index';
import { icf } from '../ui/icf';
import type { Ticket } from './after-chat';
import { Attendance } from './attendance';
import { listening } from './listening';
import { me, senderOf } from './people';
import type { Texts } from './texts';
import type { OwnLine, Say, View } from './view';

export class Conversation {
  /** What the server has made of it, once it is over. */
  ticket: Ticket | undefined;
  private readonly attendance: Attendance;
  private readonly end = new AbortController();
  /** How long the history was when it was last gone through. */
  private known = 0;
  /** The lines of own messages that the server does not have yet, by event id. */
  private readonly lines = new Map<string, OwnLine>();
  /** The lines of own files that the server has, by the files' ids, until the history has them too. */
  private readonly files = new Map<string, OwnLine>();
  /** The own files that are on their way. */
  private readonly uploads = new Map<OwnLine, File>();

  /** `ended` is called when somebody else closes the chat; `closed` says when it opens next, outside of the hours. */
  constructor(
    readonly chat: Chat,
    private readonly view: View,
    private readonly texts: Texts,
    private readonly ended: (text: Say) => void,
    closed: () => Say | undefined,
  ) {
    // It may come before the answer to the visitor's own closing.
    listening(icf.Lobby, this.end.signal).on('system:info', ({ chatId, data }) => {
      if (chatId === chat.id && data.ticketId) this.ticket = data;
    });
    this.attendance = new Attendance(chat, view, texts, closed, this.end.signal);
    listening(chat, this.end.signal)
      .on('message:received', ({ message }) => {
        view.expiring();
        this.show(message);
      })
      .on('message:read', ({ message, userId, upTo }) => {
        const last = chat.history.findIndex(({ id }) => id === message.id);
        for (const one of upTo ? chat.history.slice(0, last + 1) : [message]) this.read(one, [userId]);
      })
      .on('chat:timer:expiryAlert', ({ timeLeft }) => {
        view.expiring(() => texts.say('expiring', { time: texts.span(timeLeft) }));
      })
      .on('chat:closed', ({ userId }) => {
        const own = userId === me();
        ended(() => texts.say(own ? 'ended.own' : 'ended.other'));
      });
  }

  /** Shows the messages from before this page, and those that still wait to be sent. */
  showPast(): void {
    this.showNew();
    for (const waiting of icf.Parley.pending(this.chat.id)) this.moved(waiting);
    listening(icf.Parley, this.end.signal).on('message', this.moved).on('gap', this.catchUp).on('change', this.changed);
  }

  /** Shows what the chat has and the page has not yet. */
  private readonly catchUp = ({ chatId }: ParleyEvents['gap']): void => {
    if (chatId === this.chat.id) this.showNew();
  };

  /** Some changes have no event of the chat: messages that are imported, and that the page itself has closed the chat. */
  private readonly changed = ({ chatIds }: ParleyEvents['change']): void => {
    if (!chatIds.includes(this.chat.id)) return;
    const { history, closed } = this.chat;
    if (history.length !== this.known) for (const message of history) if (message.imported) this.show(message);
    this.known = history.length;
    if (closed) this.ended(() => this.texts.say('ended.own'));
  };

  showNew(): void {
    for (const message of this.chat.history) this.show(message);
  }

  private show(message: Message): void {
    const { sender, imported, readBy = [], message: content } = message;
    if (typeof content === 'object') {
      const line = this.files.get(content.id) ?? (sender === me() && !imported ? this.uploading(content) : undefined);
      line?.sent(message);
      this.files.delete(content.id);
    }
    this.view.message(message, senderOf(this.chat, sender, this.texts), sender !== me() && !imported && !readBy.includes(me()!));
    this.read(message, readBy);
  }

  /** The line of a file that has come before the server has answered its upload; it is that one no more. */
  private uploading({ name, size }: Media): OwnLine | undefined {
    for (const [line, file] of this.uploads) {
      if (file.name === name && file.size === size) {
        this.uploads.delete(line);
        return line;
      }
    }
    return undefined;
  }

  /** Users have read a message. */
  private read({ id, sender }: Message, readers: string[]): void {
    if (sender !== me()) {
      if (readers.includes(me()!)) this.view.seen(id);
    } else if (readers.some((user) => user !== me())) this.view.read(id);
  }

  /** Goes on after a reload: shows the state, and looks for an agent if there is none. */
  async goOn(): Promise<void> {
    await this.attendance.goOn();
  }

  /** Looks for an agent. */
  async search(): Promise<void> {
    await this.attendance.search();
  }

  async send(text: string): Promise<void> {
    let exists = false;
    this.view.expiring();
    try {
      await this.chat.sendMessage(text, () => (exists = true));
    } catch (error) {
      if (!exists) this.view.own(text).failed(this.texts.error(error), { edit: () => this.view.edit(text) }); // otherwise the event `message` reports it
    }
  }

  /** Updates the line of an own message, also of one that an earlier page left to be sent. */
  private readonly moved = ({ chatId, eventId, state, text, message, error }: ParleyEvents['message']): void => {
    if (chatId !== this.chat.id || !eventId) return;
    const line = this.lines.get(eventId);
    if (state === 'pending') {
      if (!line) this.lines.set(eventId, this.view.own(text!));
      return;
    }
    this.lines.delete(eventId);
    if (state === 'sent') line?.sent(message!);
    if (state !== 'failed') return;
    const forget = () => void icf.Parley.discard(eventId);
    // The event `message` reports what becomes of it. An unknown one, as after a crash, is sent as a new one.
    const retry = () => void icf.Parley.retry(eventId).catch(({ code }) => (code === 404 ? this.send(text!) : undefined));
    const edit = () => {
      forget();
      this.view.edit(text!);
    };
    (line ?? this.view.own(text!)).failed(this.texts.error(error), {
      forget,
      retry: isFinal(error) ? undefined : retry,
      edit: this.chat.closed ? undefined : edit,
    });
  };

  /** The chat is over for this page. */
  leave(): void {
    this.end.abort();
  }

  async sendFile(file: File): Promise<void> {
    const giveUp = new AbortController();
    const line = this.view.own(file, () => giveUp.abort());
    this.view.expiring();
    this.uploads.set(line, file);
    try {
      const { media } = await this.chat.sendMedia(file, (percent) => line.progress(percent), giveUp.signal);
      if (!this.uploads.delete(line)) return; // the message was faster
      this.files.set(media.id, line);
      // What came before it may still be on its way, and the message is in the history only after that.
      const message = this.chat.history.findLast((one) => typeof one.message === 'object' && one.message.id === media.id);
      if (message) this.show(message);
    } catch (error) {
      // Another file of this name and length may have taken the line.
      const open = this.uploads.delete(line) ? line : this.view.own(file, () => {});
      if (giveUp.signal.aborted) return open.cancelled();
      open.failed(this.texts.error(error), isFinal(error) ? {} : { retry: () => void this.sendFile(file) });
    }
  }

  seen(messageId: string): void {
    this.chat.readMessage(messageId).catch(() => {});
  }
}

/** Whether sending it again is of no use. */
function isFinal(error: unknown): boolean {
  return [400, 403, 410, 413].includes((error as { code?: number }).code ?? 0);
}
