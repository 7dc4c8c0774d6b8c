// A chat that the agent has open: its lines, who is in it and types, what is unread, and what the agent can do with it.

import type { Chat, Message, User } from '../../../index';
import type { Saying } from '../../ui/element';
import { nameOf } from '../../ui/format';
import { errorSaying, say, type TextKey, texts } from '../texts';
import { watchEvents } from './conversation-events';
import type { Drafts } from './drafts';
import { Notes } from './notes';
import { Observable } from './observable';
import { Outgoing } from './outgoing';
import { Participants } from './participants';
import { type Line, Transcript } from './transcript';
import { type TransferTarget, transferFailed } from './transfer';
import { TypingNotifier, TypingUsers } from './typing';
import { Unread } from './unread';

export class Conversation extends Observable {
  readonly id: string;
  readonly typing = new TypingUsers();
  readonly participants = new Participants(() => this.chat);
  private readonly transcript: Transcript;
  readonly outgoing: Outgoing;
  readonly notes: Notes;
  private readonly notifier = new TypingNotifier((type) => void this.chat.sendUserActivity(type).catch(() => {}));
  private readonly unreadMessages = new Unread((id) => this.chat.readMessage(id));
  private shown = false;
  /** The end of the messages is in view. */
  private atEnd = false;
  /** The agent watched the chat when they were last known to be in it. */
  private watched = false;
  /** To whom the chat was given at another window; '' if to nobody. */
  private successor: Saying = '';
  /** What the agent has typed and not sent. */
  draft: string;
  /** Why the chat is over for this agent; '' while it goes on. */
  ended: Saying = '';
  /** What could not be done last, in words. */
  problem: Saying = '';
  /** Who has lost the connection, for now or for good. */
  private readonly lost = new Set<string>();
  /** Who is asked to take the chat over; '' if nobody. */
  transferringTo = '';

  constructor(
    readonly chat: Chat,
    private readonly me: string,
    private readonly drafts: Drafts,
  ) {
    super();
    this.id = chat.getId();
    this.draft = drafts.get(this.id);
    this.notes = new Notes(this.id);
    this.transcript = new Transcript(me);
    this.outgoing = new Outgoing(chat, this.transcript, () => this.changed());
    this.typing.watch(() => this.changed());
    if (chat.closed) this.ended = () => say('notice.closed');
    this.watched = this.watching;
    for (const message of chat.history ?? []) {
      this.transcript.add(message);
      if (this.counts(message)) this.unreadMessages.add(message.id);
    }
    watchEvents(chat, me, this.participants, {
      received: (message) => this.received(message),
      read: (messageId, upTo) => {
        this.transcript.read(messageId, upTo);
        this.changed();
      },
      readElsewhere: (messageId, upTo) => {
        const ids = this.transcript.through(messageId, upTo).map((line) => line.id!);
        if (this.unreadMessages.readElsewhere(ids)) this.changed();
      },
      activity: (userId, type) => {
        this.seemsAway(userId, false);
        this.typing.update(userId, type, userId === chat.creator);
      },
      left: (userId) => {
        this.typing.update(userId, 'not-writing');
        this.seemsAway(userId, false);
      },
      joined: (user, transfer) => {
        this.seemsAway(user.id, false);
        if (transfer) this.successor = nameOf(user);
      },
      notice: (text) => this.notice(text),
      end: (text) => this.end(text),
    });
  }

  get lines(): readonly Line[] {
    return this.transcript.lines;
  }

  get unread(): number {
    return this.unreadMessages.count;
  }

  /** The agent watches the chat, and cannot write. */
  get watching(): boolean {
    return !this.isAmong(this.chat.users) && this.isAmong(this.chat.watchers);
  }

  private get present(): boolean {
    return this.isAmong(this.chat.users) || this.isAmong(this.chat.watchers);
  }

  /** Who of the chat has no connection now, for use in a sentence: the visitor first. */
  get away(): string[] {
    const { creator, users } = this.chat;
    const gone = (users ?? [])
      .filter(({ id }) => id !== creator && this.lost.has(id))
      .map(({ id }) => say('offline.who', { name: this.participants.nameOf(id) }));
    return this.lost.has(creator) ? [say('offline'), ...gone] : gone;
  }

  get visitor(): User | undefined {
    return this.participants.get(this.chat.creator);
  }

  get visitorName(): string {
    return this.participants.nameOf(this.chat.creator);
  }

  get room(): string {
    return String(this.chat.room ?? '');
  }

  /** What the list shows under the name: the last message. */
  get lastLine(): Line | undefined {
    return this.lines.findLast((line) => line.kind === 'message');
  }

  /** The names of those who are writing now, for use in a sentence. */
  get writers(): string[] {
    return this.typing.ids.map((id) => this.participants.called(id));
  }

  /** Takes over from the chat what was missed while the connection was lost, or what the agent has changed. */
  refresh(): void {
    this.typing.clear(); // it may have been missed that somebody stopped
    for (const message of this.chat.history ?? []) this.received(message);
    if (this.chat.closed) this.end(() => say('notice.closed'));
    else if (!this.present) this.end(() => say('notice.out'));
    else this.ended = '';
    if (!this.watching) this.unreadMessages.confirmAll();
    if (this.present || this.chat.closed) void this.notes.refresh();
    this.changed();
  }

  /** The agent is in the chat again, or in another way. */
  resume(): void {
    this.transferringTo = '';
    this.successor = '';
    this.watched = this.watching;
    this.refresh();
  }

  /** Whether the chat is on the screen, in a visible window. */
  show(shown: boolean): void {
    this.shown = shown;
    this.seen();
  }

  /** Whether the end of the messages is in view. */
  reach(end: boolean): void {
    this.atEnd = end;
    this.seen();
  }

  /** The text in the agent's input has changed. */
  write(text: string): void {
    this.draft = text;
    this.drafts.set(this.id, text);
    if (!this.ended) this.notifier.wrote(text);
    this.changed();
  }

  /** Closes the chat for everybody. */
  async close(): Promise<void> {
    if (await this.attempt('close.failed', () => this.chat.close())) this.end(() => say('notice.ownClose'));
  }

  /** Asks an agent to take the chat, or gives it to a room. Rejects if that cannot be. */
  async transfer({ to, label }: TransferTarget): Promise<void> {
    await ICF.Events.send('chats:transfer', { chatId: this.id, ...to });
    this.problem = '';
    this.transferringTo = label();
    this.changed();
  }

  /** The agent who was asked does not take the chat. */
  transferEnded(reason?: string): void {
    if (!this.transferringTo || this.ended || reason === 'closed') return;
    const name = this.transferringTo;
    this.problem = () => transferFailed(name, reason);
    this.transferringTo = '';
    this.changed();
  }

  /** Takes the chat over from the agents in it. */
  async intervene(): Promise<void> {
    await this.attempt('intervene.failed', async () => {
      await ICF.Events.send('chats:intervene', { chatId: this.id });
      await ICF.Chat.init({ id: this.id });
      this.notice(() => say('notice.ownTakeOver'));
      this.resume();
    });
  }

  /** Ends watching. Gives whether that succeeded. */
  async stopWatching(): Promise<boolean> {
    return this.attempt('watching.failed', () => ICF.Events.send('chats:leave', { chatId: this.id }));
  }

  /** The chat goes to a room. */
  goesTo(room: string): void {
    this.successor = () => say('room', { room });
  }

  /**
   * The agent was taken out of the chat, such as by a transfer; `reason` is that of `chats:leave`. Gives false if they only watched it,
   * which ends without a word.
   */
  left(reason?: string): boolean {
    if (this.watched) return false;
    this.end(this.leftText(reason));
    return true;
  }

  /** A user has lost the connection, and has some time to come back. */
  loses(userId: string): void {
    this.typing.update(userId, 'not-writing');
    this.seemsAway(userId, true);
  }

  /** Nobody has written for long: the chat ends in so many seconds. */
  expires(timeLeft: number): void {
    this.notice(() => say('notice.expiring', { time: texts.duration(timeLeft) }));
  }

  /** Shows what could not be done. */
  report(problem: Saying): void {
    this.problem = problem;
    this.changed();
  }

  private async attempt(otherwise: TextKey, act: () => Promise<unknown>): Promise<boolean> {
    this.problem = '';
    try {
      await act();
      return true;
    } catch (error) {
      this.report(() => say(otherwise, { reason: errorSaying(error) }));
      return false;
    }
  }

  private received(message: Message): void {
    const line = this.transcript.add(message);
    if (!line) return;
    this.typing.update(line.sender, 'not-writing');
    this.lost.delete(line.sender);
    if (line.own && !line.media && line.text === this.draft) this.write(''); // it was sent at another window, which has the same draft
    if (this.counts(message)) this.unreadMessages.add(message.id); // until the view, which shows it next, says that it is in view
    this.changed();
  }

  /** Whether the message is to be read by the agent: a live one of another, without a receipt of theirs. */
  private counts({ sender, imported, readBy }: Message): boolean {
    return !this.watching && sender !== this.me && !imported && !readBy?.includes(this.me);
  }

  private leftText(reason?: string): () => string {
    const { transferringTo: name, successor } = this;
    if (reason === 'lost') return () => say('notice.ownLost');
    if (name) return () => say('notice.ownTransfer', { name });
    return () => (successor ? say('notice.transferred', { name: successor }) : say('notice.ownLeave'));
  }

  private isAmong(users: readonly User[] | undefined): boolean {
    return (users ?? []).some(({ id }) => id === this.me);
  }

  /** What the agent can see now is reported as read. */
  private seen(): void {
    if (this.shown && this.atEnd && !this.watching && this.unreadMessages.seen()) this.changed();
  }

  private seemsAway(userId: string, away: boolean): void {
    if (away === this.lost.has(userId)) return;
    if (away) this.lost.add(userId);
    else this.lost.delete(userId);
    this.changed();
  }

  private notice(text: () => string): void {
    this.transcript.notice(text);
    this.changed();
  }

  private end(text: () => string): void {
    if (this.ended) return;
    this.ended = text;
    this.drafts.set(this.id, '');
    this.transferringTo = '';
    this.typing.clear();
    this.notice(text);
  }
}
