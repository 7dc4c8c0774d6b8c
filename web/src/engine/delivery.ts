// Brings what pages can see into their objects and listeners, in the core's order: an object is
// changed before listeners get the event, and what a listener causes comes after the current batch.

import type * as Public from '../../index';
import type { CommandName, Effect, EffectName } from '../shared/abi';
import type { Caller, Surface } from '../shared/contract';
import { type ParleyError, report } from '../shared/errors';
import { emitterOf } from '../shared/listeners';
import { Chat, historyOf, replace } from './chat';
import { nextTask } from './task';

// Effects on chats and listeners. These wait while a chat is being opened.
const holdable = new Set<EffectName>(['patch', 'at', 'append', 'chat', 'lobby', 'event']);

// What these do is seen in a chat when they resolve.
const changes: CommandName[] = ['chat.send', 'chat.upload', 'chat.import', 'chat.read', 'chat.close'];

export class Delivery {
  /** Every chat that the core holds, whatever the page does with Lobby.chats. */
  readonly live = new Map<string, Chat>();
  // The position of each in its log.
  private positions = new Map<string, number>();
  // Parts of long histories, which come before their chat.
  private readonly parts = new Map<string, Public.Message[]>();
  private queue: Effect[] = [];
  private running = false;
  private held: Effect[] | undefined;
  private readonly answered: (() => void)[] = [];
  private openings = 0;
  private over = false;
  // What chats use of the core. Theirs alone, so that it can be taken from them.
  private readonly core: Caller;

  constructor(
    private readonly surface: Surface,
    core: Caller,
  ) {
    this.core = Object.assign(Object.create(core), { call: core.call.bind(core), changed: core.changed.bind(core) });
  }

  /** The chats as another core takes them over: as far as this page has them. */
  chats(): object[] {
    return [...this.live.values()].map(({ id, status, creator, users, watchers, room, inQueue, history }) => {
      // The id of the newest message of the log; ids end with their number.
      const number = (entry: Public.Message) => Number(entry.id.split('.').pop()) || 0;
      const last = history.reduce<Public.Message | undefined>((a, b) => (a && number(a) > number(b) ? a : b), undefined)?.id;
      return { id, status, creator, users, watchers, room, inQueue, last, seq: this.positions.get(id) };
    });
  }

  /** Delivers effects after those that are under way. */
  deliver(effects: Effect[]): void {
    if (this.over) return;
    this.queue.push(...effects);
    if (this.running) return;
    this.running = true;
    for (let i = 0; i < this.queue.length; i++) {
      const effect = this.queue[i]!;
      if (this.held && holdable.has(effect[0])) this.held.push(effect);
      else this.attempt(effect);
    }
    this.queue = [];
    this.running = false;
  }

  /** Resolves a call; one of a chat after what it has changed there, which may be held. */
  answer(call: { name: CommandName; resolve(value: unknown): void } | undefined, value: unknown): void {
    if (!call) return;
    if (this.held && !this.over && changes.includes(call.name)) this.answered.push(() => call.resolve(value));
    else call.resolve(value);
  }

  private answerAll(): void {
    for (const resolve of this.answered.splice(0)) resolve();
  }

  /** From now on nothing is delivered, also of what is under way, and each call of a chat is rejected. */
  end(error: ParleyError): void {
    this.over = true;
    this.answerAll();
    this.queue = [];
    for (const chat of this.live.values()) emitterOf(chat).end();
    this.drop();
    this.surface.parley.update('connection', { state: 'closed', code: 0 });
    Object.assign(this.core, { user: this.core.user, call: () => Promise.reject(error), changed() {} });
  }

  /**
   * A call has begun that gives the page new chats. Holds events until one task after it settles, so that
   * listeners attached in its `.then` miss nothing. With `all` it holds from now on, as there is no chat yet;
   * otherwise once a new chat is there.
   */
  opening(all: boolean): void {
    this.openings++;
    if (all) this.held ??= [];
  }

  /** Such a call has ended. */
  opened(): void {
    if (--this.openings === 0) this.releaseSoon();
  }

  private releaseSoon(): void {
    void nextTask().then(() => {
      const held = this.held ?? [];
      this.held = undefined;
      this.deliver(held);
      this.answerAll();
    });
  }

  // Pages can do anything to the objects that they get, such as freeze them.
  private attempt(effect: Effect): void {
    try {
      this.apply(effect);
    } catch (thrown) {
      report(thrown);
    }
  }

  private apply([kind, target, first, second]: Effect): void {
    const chat = this.live.get(target);
    switch (kind) {
      case 'part': {
        const parts = (first && this.parts.get(target)) || [];
        parts.push(...second);
        this.parts.set(target, parts);
        break;
      }
      case 'open':
        this.open({ ...target, history: [...(this.parts.get(target.id) ?? []), ...(target.history ?? [])] });
        this.parts.delete(target.id);
        this.core.changed(target.id);
        break;
      case 'patch':
        if (chat) Object.assign(chat, first);
        this.core.changed(target);
        break;
      case 'append':
        if (chat) historyOf(chat).add(first, second);
        break;
      case 'at':
        this.positions.set(target, first);
        break;
      case 'drop':
        this.drop();
        break;
      case 'chat':
        if (chat) this.emit(chat, first, second);
        break;
      case 'lobby':
        emitterOf(this.surface.lobby).emit(target, first);
        break;
      case 'parley':
        if (target === 'connection') this.parts.clear(); // their chats come with new parts
        this.surface.parley.update(target, first);
        this.core.changed(first.chatId);
        emitterOf(this.surface.parley).emit(target, first);
        break;
      case 'event':
        this.surface.events.emit(target, first);
        break;
    }
  }

  private emit(chat: Chat, event: string, data: any): void {
    const history = historyOf(chat);
    if (event === 'message:read') history.read(data.message.id, data.userId, data.upTo);
    if (event === 'message:received' && emitterOf(chat).has(event)) history.delivered(data.message.id);
    emitterOf(chat).emit(event, data);
  }

  // A known chat keeps its object, with the page's listeners.
  private open(data: Public.ChatProperties & { seq: number }): void {
    this.positions.set(data.id, data.seq);
    let chat = this.live.get(data.id);
    if (chat) {
      replace(chat, data);
    } else {
      chat = new Chat(this.core, data);
      this.live.set(data.id, chat);
      this.held ??= [];
      if (this.openings === 0) this.releaseSoon();
    }
    this.surface.lobby.chats ??= {};
    this.surface.lobby.chats[data.id] = chat;
  }

  /** Notes for later pages what listeners have got. */
  note(): void {
    for (const chat of this.live.values()) historyOf(chat).note();
  }

  private drop(): void {
    this.note(); // no timer may outlive it
    this.live.clear();
    this.positions.clear();
    this.surface.parley.clear();
    this.parts.clear();
    this.core.changed();
    if (this.held) this.held = [];
    const { chats } = this.surface.lobby;
    for (const id of Object.keys(chats ?? {})) delete chats[id];
  }
}
