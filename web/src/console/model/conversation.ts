// One chat as the agent has it open: its lines, who writes, what is unread, and the acts.

import type { Chat, Message, User } from '../../../index';
import { Observable } from './observable';
import { Transcript, type Line } from './transcript';
import { TypingTeller, TypingUsers } from './typing';
import { nameOf, words } from './words';

export class Conversation extends Observable {
  readonly id: string;
  readonly typing = new TypingUsers();
  readonly #transcript: Transcript;
  readonly #teller = new TypingTeller(type => void this.chat.sendUserActivity(type).catch(() => {}));
  readonly #names = new Map<string, string>();
  /** Others' messages that the agent has not seen. */
  readonly #unread = new Set<string>();
  /** Those seen, of which the others could not be told yet. */
  readonly #untold = new Set<string>();
  #shown = false;
  /** What the agent has typed and not sent. */
  draft = '';
  /** Why the chat is over for this agent; '' while it goes on. */
  ended = '';
  /** What could not be done last, in words. */
  problem = '';

  constructor(
    private readonly chat: Chat,
    private readonly me: string,
  ) {
    super();
    this.id = chat.getId();
    this.#transcript = new Transcript(me);
    this.typing.watch(() => this.changed());
    if (chat.closed) this.ended = 'The chat was closed.';
    for (const message of chat.history ?? []) this.#transcript.add(message);
    for (const line of this.lines.slice(this.lines.findLastIndex(line => line.own) + 1)) this.#unread.add(line.id!);
    this.#listen();
  }

  get lines(): readonly Line[] {
    return this.#transcript.lines;
  }

  get unread(): number {
    return this.#unread.size;
  }

  get visitorName(): string {
    return this.nameOf(this.chat.creator) || 'Visitor';
  }

  get room(): string {
    return String(this.chat.room ?? '');
  }

  /** What the list shows under the name: the last message. */
  get lastLine(): Line | undefined {
    return this.lines.findLast(line => line.kind === 'message');
  }

  /** The names of those who are writing now. */
  get writers(): string[] {
    return this.typing.ids.map(id => this.nameOf(id) || 'Visitor');
  }

  /** The name of a user of the chat, also after it has left. */
  nameOf(userId: string): string {
    if (userId === 'system') return 'System';
    if (userId === 'assistant') return 'Assistant';
    for (const user of [...(this.chat.users ?? []), ...(this.chat.watchers ?? [])]) this.#know(user);
    return this.#names.get(userId) ?? (userId === this.chat.creator ? 'Visitor' : 'Agent');
  }

  /** Takes over from the chat's history what was missed while the connection was lost. */
  refresh(): void {
    for (const message of this.chat.history ?? []) this.#received(message);
    if (this.chat.closed) this.#end('The chat was closed.');
    this.#tellRead();
  }

  /** Whether the agent can see the chat now. What is seen is told as read. */
  show(shown: boolean): void {
    this.#shown = shown;
    if (shown) this.#readAll();
  }

  /** The text in the agent's input has changed. */
  write(text: string): void {
    this.draft = text;
    if (!this.ended) this.#teller.wrote(text);
  }

  /** Sends a message; it is in the lines at once, and stays there if it fails. */
  async send(text: string): Promise<void> {
    let line: Line | undefined;
    const show = () => {
      line ??= this.#transcript.pending(text);
      this.changed();
      return line;
    };
    try {
      const sent = await this.chat.sendMessage(text, show);
      this.#transcript.sent(show(), sent.message);
    } catch (error) {
      Object.assign(show(), { status: 'failed', error: words(error) });
    }
    this.changed();
  }

  /** Sends a failed message again. */
  retry(line: Line): Promise<void> {
    this.#transcript.withdraw(line);
    return this.send(line.text);
  }

  /** Closes the chat for everybody. */
  async close(): Promise<void> {
    this.problem = '';
    try {
      await this.chat.close();
      this.#end('You closed the chat.');
    } catch (error) {
      this.problem = `The chat could not be closed. ${words(error)}`;
      this.changed();
    }
  }

  /** The agent was taken out of the chat, as when it was transferred. */
  left(): void {
    this.#end('You left the chat.');
  }

  #listen(): void {
    this.chat
      .on('message:received', ({ message }) => this.#received(message))
      .on('message:read', ({ message, userId }) => {
        if (userId !== this.me) this.#transcript.read(message.id);
        this.changed();
      })
      .on('user:activity', ({ userId, type }) => this.typing.told(userId, type))
      .on('user:joined', ({ user, mode, transfer }) => {
        this.#know(user);
        const how = mode === 'watch' ? 'is watching' : transfer ? 'took over' : 'joined';
        this.#notice(`${nameOf(user) || 'Somebody'} ${how}.`);
      })
      .on('user:left', ({ userId, user }) => {
        this.#know(user);
        this.typing.told(userId, 'not-writing');
        this.#notice(`${this.nameOf(userId)} left.`);
      })
      .on('chat:intervened', ({ interventor, intervenedUsers }) => {
        this.#know(interventor);
        const text = `${nameOf(interventor) || 'A supervisor'} took over the chat.`;
        if (intervenedUsers.some(user => user.id === this.me)) this.#end(text);
        else this.#notice(text);
      })
      .on('chat:closed', ({ userId }) => {
        if (userId === 'system') this.#end('The chat was closed by the system.');
        else this.#end(`${userId === this.me ? 'You' : this.nameOf(userId)} closed the chat.`);
      });
  }

  #received(message: Message): void {
    const line = this.#transcript.add(message);
    if (!line) return;
    this.typing.told(line.sender, 'not-writing');
    if (!line.own) this.#unread.add(message.id);
    if (this.#shown) this.#readAll();
    this.changed();
  }

  #readAll(): void {
    if (this.#unread.size === 0) return;
    for (const id of this.#unread) this.#untold.add(id);
    this.#unread.clear();
    this.#tellRead();
    this.changed();
  }

  #tellRead(): void {
    const ids = [...this.#untold];
    this.#untold.clear();
    for (const id of ids) {
      this.chat.readMessage(id).catch((error: { code?: number }) => {
        const refused = error.code !== undefined && error.code >= 400 && error.code < 500 && error.code !== 408;
        if (!refused) this.#untold.add(id);
      });
    }
  }

  #know(user: User | undefined): void {
    if (user && nameOf(user)) this.#names.set(user.id, nameOf(user));
  }

  #notice(text: string): void {
    this.#transcript.notice(text);
    this.changed();
  }

  #end(text: string): void {
    if (this.ended) return;
    this.ended = text;
    this.typing.clear();
    this.#notice(text);
  }
}
