// Agents of the fake server, who act by themselves or as a test says. Each has a connection as
// an agent's console has, so that what they do goes the same way.

import type * as Public from '../../testkit';
import type { Account, Backend } from './backend';
import { Connection } from './connection';
import { upload } from './operations-messages';
import { type Frame, type LogMessage, Refusal } from './protocol';
import type { Routing } from './routing';
import { saidOf } from './transcript';

interface Rule {
  fits(text: string): boolean;
  answer: Public.Answer;
  options: Public.Delay & { typing?: number; then?: 'close' | 'leave'; times?: number };
  used: number;
}

type Reaction = { act: 'accept' | 'reject' | 'ignore'; after: number };

export class FakeAgent implements Public.FakeAgent {
  private connection!: Connection;
  private reaction: Reaction = { act: 'accept', after: 0 };
  private readonly rules: Rule[] = [];
  private greeting: { text: string; options: Public.Delay & { typing?: number } } | undefined;
  private readAfter: number | undefined;
  private requests = 0;
  private reply: Frame | undefined;

  constructor(
    private readonly server: { readonly backend: Backend; readonly routing: Routing },
    readonly name: string,
    readonly id: string,
  ) {}

  get chats(): string[] {
    return this.backend.openChatsOf(this.id).map((chat) => chat.id);
  }

  private get backend(): Backend {
    return this.server.backend;
  }

  private get account(): Account {
    return this.backend.accounts.get(this.id)!;
  }

  /** Connects, as at the beginning and after a restart of the server. */
  connect(): void {
    this.connection = new Connection(this.backend, this.server.routing, { send: (frame) => this.receive(frame), cut: () => {} });
    this.request('session:open', { appId: 'testkit', token: this.backend.newSession(this.id) });
  }

  accepts({ after = 0 }: Public.Delay = {}): this {
    return this.react('accept', after);
  }

  rejects({ after = 0 }: Public.Delay = {}): this {
    return this.react('reject', after);
  }

  ignores(): this {
    return this.react('ignore', 0);
  }

  answers(to: string | RegExp | true, answer: Public.Answer, options: Rule['options'] = {}): this {
    const fits = to === true ? () => true : typeof to === 'string' ? (text: string) => text === to : (text: string) => text.search(to) >= 0;
    this.rules.push({ fits, answer, options, used: 0 });
    return this;
  }

  greets(text: string, options: Public.Delay & { typing?: number } = {}): this {
    this.greeting = { text, options };
    return this;
  }

  reads({ after = 0 }: Public.Delay = {}): this {
    this.readAfter = after;
    return this;
  }

  onDuty(available = true): void {
    this.request('agents:available', { available });
  }

  accept(chat = this.invited()): void {
    this.request('invitations:accept', { chatId: chat });
    this.joined(chat);
  }

  reject(chat = this.invited()): void {
    this.request('invitations:reject', { chatId: chat });
  }

  join(chat = this.last(), mode: '' | 'watch' = ''): void {
    this.request('chats:join', { chatId: chat, mode, ...(!mode && { assist: true }) });
    if (!mode) this.joined(chat);
  }

  intervene(chat = this.last()): void {
    this.request('chats:intervene', { chatId: chat });
  }

  say(text: string, { chat = this.own(), html }: { chat?: string; html?: boolean } = {}): Public.Said {
    const { message } = this.request('messages:new', { chatId: chat, message: text, ...(html && { format: 'html' }) });
    return this.said(message);
  }

  sendFile({ name, type, content }: { name: string; type: string; content: string | Uint8Array }, { chat = this.own() } = {}): Public.Said {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    let message!: LogMessage;
    this.backend.work(() => {
      message = upload(this.backend, this.backend.chat(chat), this.account.user, '', { name, type, bytes }).record!.data.message;
    });
    return this.said(message);
  }

  type(type: 'writing' | 'stop-writing' | 'not-writing' = 'writing', chat = this.own()): void {
    this.request('users:activity', { chatId: chat, type });
  }

  read(messageId?: string, chat = messageId?.split('.')[0] ?? this.own()): void {
    const last = messageId ?? this.backend.chat(chat).messages.at(-1)?.id;
    if (last) this.request('messages:read', { chatId: chat, messageId: last, upTo: !messageId });
  }

  leave(chat = this.own()): void {
    this.request('chats:leave', { chatId: chat });
  }

  close(chat = this.own(), extraData?: Record<string, unknown>): void {
    this.request('chats:close', { chatId: chat, ...(extraData && { extraData }) });
  }

  request(event: string, data: object = {}): any {
    const id = `${this.name}-${++this.requests}`;
    this.reply = undefined;
    this.connection.receive(JSON.stringify({ id, event, data }));
    const { error, data: answer } = (this.reply ?? {}) as Frame;
    if (error) throw new Refusal(`${error.code} ${error.reason ?? ''}`, `${this.name}: ${event}: ${error.message}`, error.detail);
    return answer;
  }

  private react(act: Reaction['act'], after: number): this {
    this.reaction = { act, after };
    return this;
  }

  private said(message: LogMessage): Public.Said {
    return saidOf(this.backend, this.backend.chat(message.chat), message);
  }

  // The one chat that is meant when none is named.
  private own(): string {
    const { chats } = this;
    if (chats.length === 1) return chats[0]!;
    throw new Error(`${this.name} is in ${chats.length} open chats${chats.length ? '; name the one that is meant' : ''}`);
  }

  private last(): string {
    const open = [...this.backend.chats.values()].filter((chat) => !chat.closed);
    if (!open.length) throw new Error(`${this.name}: there is no open chat`);
    return open.at(-1)!.id;
  }

  private invited(): string {
    const found = [...this.backend.chats.values()].find(({ round }) => round.pending && round.invited.agent.id === this.id);
    if (!found) throw new Error(`${this.name} has no invitation; ask for one with searchAgent()`);
    return found.id;
  }

  private receive(frame: Frame): void {
    if (!frame.event) {
      this.reply = frame;
      return;
    }
    const { event, data } = frame;
    if (event === 'invitations:new') this.invitation(data.chatId);
    if (event === 'messages:new' && data.userId !== this.id) this.heard(data.message);
  }

  private invitation(chat: string): void {
    const { act, after } = this.reaction;
    if (act === 'ignore') return;
    this.later(after, () => {
      const { pending, invited } = this.backend.chat(chat).round;
      if (pending && invited.agent.id === this.id) this[act](chat);
    });
  }

  private joined(chat: string): void {
    if (this.greeting && this.isIn(chat)) this.speak(chat, [this.greeting.text], this.greeting.options);
  }

  private heard(message: LogMessage): void {
    const chat = message.chat;
    if (!this.isIn(chat)) return;
    if (this.readAfter !== undefined) this.later(this.readAfter, () => this.isIn(chat) && this.read(message.id));
    const said = this.said(message);
    if (said.from !== 'visitor') return;
    const rule = this.rules.find(({ fits, options, used }) => used < (options.times ?? Number.POSITIVE_INFINITY) && fits(said.text));
    if (!rule) return;
    rule.used++;
    const answer = typeof rule.answer === 'function' ? rule.answer(said) : rule.answer;
    if (answer !== undefined) this.speak(chat, [answer].flat(), rule.options);
  }

  // Types first if the rule says so, then says one text after the other.
  private speak(chat: string, texts: string[], { after = 0, typing = 0, then }: Rule['options']): void {
    const [text, ...rest] = texts;
    this.later(after, () => {
      if (!this.isIn(chat)) return;
      if (text === undefined) {
        if (then) this[then](chat);
        return;
      }
      if (typing) this.type('writing', chat);
      this.later(typing, () => {
        if (!this.isIn(chat)) return;
        if (typing) this.type('not-writing', chat);
        this.say(text, { chat });
        if (rest.length || then) this.speak(chat, rest, { typing, ...(then && { then }) });
      });
    });
  }

  private isIn(chat: string): boolean {
    const log = this.backend.chats.get(chat);
    return Boolean(log && !log.closed && log.state.users.some(({ id }) => id === this.id));
  }

  private later(ms: number, act: () => void): void {
    this.backend.clock.after(ms, () => {
      try {
        act();
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown; // the chat has gone on otherwise meanwhile
      }
    });
  }
}
