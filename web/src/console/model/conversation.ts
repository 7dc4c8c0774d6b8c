// One chat as the agent has it open: its lines, who is there, who writes, what is unread, and the acts.

import type { Chat, Message, User } from '../../../index';
import { durationText, errorText, nameOf } from '../../ui/format';
import { Observable } from './observable';
import { uploadTo } from './outgoing';
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
  private readonly notifier = new TypingNotifier((type) => void this.chat.sendUserActivity(type).catch(() => {}));
  private readonly unreadMessages = new Unread((id) => this.chat.readMessage(id));
  private shown = false;
  /** What the agent has typed and not sent. */
  draft = '';
  /** Why the chat is over for this agent; '' while it goes on. */
  ended = '';
  /** What could not be done last, in words. */
  problem = '';
  /** The visitor's connection is lost, for now or for good. */
  away = false;
  /** Who is asked to take the chat over; '' if nobody. */
  transferringTo = '';

  constructor(
    readonly chat: Chat,
    private readonly me: string,
  ) {
    super();
    this.id = chat.getId();
    this.transcript = new Transcript(me);
    this.typing.watch(() => this.changed());
    if (chat.closed) this.ended = 'The chat was closed.';
    for (const message of chat.history ?? []) this.transcript.add(message);
    const unanswered = this.watching ? [] : this.lines.slice(this.lines.findLastIndex((line) => line.own) + 1);
    for (const line of unanswered) this.unreadMessages.add(line.id!);
    this.listen();
  }

  get lines(): readonly Line[] {
    return this.transcript.lines;
  }

  get unread(): number {
    return this.unreadMessages.count;
  }

  /** The agent only reads along. */
  get watching(): boolean {
    return !has(this.chat.users, this.me) && has(this.chat.watchers, this.me);
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

  /** The names of those who are writing now. */
  get writers(): string[] {
    return this.typing.ids.map((id) => this.nameOf(id));
  }

  /** The name of a user of the chat, also after it has left. */
  nameOf(userId: string): string {
    return this.participants.nameOf(userId);
  }

  /** Takes over from the chat what was missed while the connection was lost, or what an act of the agent changed. */
  refresh(): void {
    this.typing.clear(); // that somebody stopped may have been missed
    for (const message of this.chat.history ?? []) this.received(message);
    if (this.chat.closed) this.end('The chat was closed.');
    if (!this.watching) this.unreadMessages.tellAll();
    this.changed();
  }

  /** The agent is in the chat again, or in another way. */
  resume(): void {
    this.ended = '';
    this.transferringTo = '';
    this.refresh();
  }

  /** Whether the agent can see the chat now. What is seen is told as read. */
  show(shown: boolean): void {
    this.shown = shown;
    if (shown) this.seen();
  }

  /** The text in the agent's input has changed. */
  write(text: string): void {
    this.draft = text;
    if (!this.ended) this.notifier.wrote(text);
    this.changed();
  }

  /** Sends a message; it is in the lines at once, and stays there if it fails. */
  async send(text: string): Promise<void> {
    let line: Line | undefined;
    const show = () => {
      line ??= this.transcript.pending(text);
      this.changed();
      return line;
    };
    try {
      const sent = await this.chat.sendMessage(text, show);
      this.transcript.sent(show(), sent.message);
    } catch (error) {
      Object.assign(show(), { status: 'failed', error: errorText(error) });
    }
    this.changed();
  }

  /** Sends a file; its line shows how far it is. */
  async sendFile(file: File): Promise<void> {
    await uploadTo(this.chat, file, this.transcript, () => this.changed());
  }

  /** Sends a failed message or file again. */
  retry(line: Line): Promise<void> {
    this.transcript.withdraw(line);
    return line.file ? this.sendFile(line.file) : this.send(line.text);
  }

  /** Closes the chat for everybody. */
  async close(): Promise<void> {
    if (await this.attempt('The chat could not be closed.', () => this.chat.close())) this.end('You closed the chat.');
  }

  /** Asks an agent to take the chat, or gives it to a room. Rejects if that cannot be. */
  async transfer({ to, label }: TransferTarget): Promise<void> {
    await ICF.Events.send('chats:transfer', { chatId: this.id, ...to });
    this.problem = '';
    this.transferringTo = label;
    this.changed();
  }

  /** Whom the chat was to be handed over to does not take it. */
  transferEnded(reason?: string): void {
    if (!this.transferringTo || this.ended || reason === 'closed') return;
    this.problem = transferFailed(this.transferringTo, reason);
    this.transferringTo = '';
    this.changed();
  }

  /** Takes the chat over from the agents in it. */
  async intervene(): Promise<void> {
    await this.attempt('The chat could not be taken over.', async () => {
      await ICF.Events.send('chats:intervene', { chatId: this.id });
      await ICF.Chat.init({ id: this.id });
      this.notice('You took over the chat.');
      this.resume();
    });
  }

  /** Ends reading along. Gives whether it is over. */
  async stopWatching(): Promise<boolean> {
    return this.attempt('', () => ICF.Events.send('chats:leave', { chatId: this.id }));
  }

  /** The agent was taken out of the chat, as when it was handed over. */
  left(): void {
    this.end(this.transferringTo ? `You handed the chat over to ${this.transferringTo}.` : 'You left the chat.');
  }

  /** A user has no connection any more. */
  lost(userId: string): void {
    if (userId !== this.chat.creator) return;
    this.typing.update(userId, 'not-writing');
    this.seemsAway(true);
  }

  /** Nobody has written for long: in so many seconds the chat ends. */
  expires(timeLeft: number): void {
    this.notice(`Nobody has written for a while. The chat ends in ${durationText(timeLeft)} if it stays so.`);
  }

  /** Says what could not be done. */
  report(problem: string): void {
    this.problem = problem;
    this.changed();
  }

  private async attempt(otherwise: string, act: () => Promise<unknown>): Promise<boolean> {
    this.problem = '';
    try {
      await act();
      return true;
    } catch (error) {
      this.report(`${otherwise} ${errorText(error)}`.trim());
      return false;
    }
  }

  private listen(): void {
    this.chat
      .on('message:received', ({ message }) => this.received(message))
      .on('message:read', ({ message, userId }) => {
        if (userId !== this.me) this.transcript.read(message.id);
        this.changed();
      })
      .on('user:activity', ({ userId, type }) => {
        const visitor = userId === this.chat.creator;
        if (visitor) this.seemsAway(false);
        this.typing.update(userId, type, visitor);
      })
      .on('user:joined', ({ user, mode, transfer }) => {
        this.participants.know(user);
        if (user.id === this.chat.creator) this.away = false;
        const how = mode === 'watch' ? 'is watching' : transfer ? 'took over' : 'joined';
        this.notice(`${nameOf(user) || 'Somebody'} ${how}.`);
      })
      .on('user:left', ({ userId, user }) => {
        this.participants.know(user);
        this.typing.update(userId, 'not-writing');
        this.notice(`${this.nameOf(userId)} left.`);
      })
      .on('chat:intervened', ({ interventor, intervenedUsers }) => {
        this.participants.know(interventor);
        const text = `${nameOf(interventor) || 'A supervisor'} took over the chat.`;
        if (has(intervenedUsers, this.me)) this.end(text);
        else this.notice(text);
      })
      .on('chat:closed', ({ userId }) => {
        if (userId === 'system') this.end('The chat was closed by the system.');
        else this.end(`${userId === this.me ? 'You' : this.nameOf(userId)} closed the chat.`);
      });
  }

  private received(message: Message): void {
    const line = this.transcript.add(message);
    if (!line) return;
    this.typing.update(line.sender, 'not-writing');
    if (line.sender === this.chat.creator) this.away = false;
    if (!line.own && !this.watching) this.unreadMessages.add(message.id);
    if (this.shown) this.seen();
    this.changed();
  }

  private seen(): void {
    if (!this.watching && this.unreadMessages.seen()) this.changed();
  }

  private seemsAway(away: boolean): void {
    if (away === this.away) return;
    this.away = away;
    this.changed();
  }

  private notice(text: string): void {
    this.transcript.notice(text);
    this.changed();
  }

  private end(text: string): void {
    if (this.ended) return;
    this.ended = text;
    this.transferringTo = '';
    this.typing.clear();
    this.notice(text);
  }
}

function has(users: readonly User[] | undefined, id: string): boolean {
  return (users ?? []).some((user) => user.id === id);
}
