// An open chat: carries out what the visitor does, and shows in the view what happens.

import type { Chat, ChatEvents, Message, ParleyEvents, User } from '../index';
import { errorText, nameOf } from '../src/ui/format';
import { awayText, leftText } from './agent-text';
import { placeText, spanText } from './queue-text';
import type { OwnLine, View } from './view';

/** After this time an agent counts as stopped: the event that says so may have been lost. */
const typingMs = 15_000;

export class Conversation {
  private lonely = false;
  /** The ids of the agents who have lost the connection, for now. */
  private readonly away = new Set<string>();
  private typingEnd: ReturnType<typeof setTimeout> | undefined;
  /** The lines of own messages that the server does not have yet, by event id. */
  private readonly lines = new Map<string, OwnLine>();

  /** The lines of own files that the server has, by the files' ids, until the history has them too. */
  private readonly files = new Map<string, OwnLine>();

  /** `ended` is called when somebody else closes the chat. */
  constructor(
    readonly chat: Chat,
    private readonly view: View,
    ended: (text: string) => void,
  ) {
    chat
      .on('user:joined', ({ user, mode }) => {
        if (mode === 'watch') return;
        view.notice(`${agentName(user)} joined the chat.`);
        this.talking();
      })
      .on('user:left', (left) => this.left(left))
      .on('user:activity', ({ userId, type }) => {
        this.back(userId);
        this.typing(this.from(userId), type);
      })
      .on('message:received', ({ message }) => {
        this.back(message.sender);
        this.typing('', 'not-writing');
        view.expiring('');
        this.show(message);
      })
      .on('message:read', ({ message, userId, upTo }) => {
        const last = chat.history.findIndex(({ id }) => id === message.id);
        for (const one of upTo ? chat.history.slice(0, last + 1) : [message]) this.read(one, [userId]);
      })
      .on('chat:intervened', ({ interventor }) => {
        view.notice(`${agentName(interventor)} took over the chat.`);
        this.talking();
      })
      .on('queue:update', (place) => this.queued(place.queuePosition, place.waitingTime))
      .on('chat:timer:expiryAlert', ({ timeLeft }) => {
        view.expiring(`Are you still here? Nobody has written for a while, and the chat ends in ${spanText(timeLeft)}.`);
      })
      .on('forever:alone', () => this.alone())
      .on('chat:closed', ({ userId }) => {
        this.typing('', 'not-writing');
        ended(userId === me() ? 'You ended the chat.' : 'The chat was closed.');
      });
  }

  /** Shows the messages from before this page, and those that still wait to be sent. */
  showPast(): void {
    this.catchUp({ chatId: this.chat.id });
    for (const waiting of ICF.Parley.pending(this.chat.id)) this.moved(waiting);
    ICF.Parley.on('message', this.moved);
    ICF.Parley.on('gap', this.catchUp);
    ICF.Parley.on('connection', this.connected);
    ICF.Events.subscribe('users:activity', this.lost);
  }

  /** Shows what the chat has and the page has not yet. */
  private readonly catchUp = ({ chatId }: ParleyEvents['gap']): void => {
    if (chatId === this.chat.id) for (const message of this.chat.history) this.show(message);
  };

  private show(message: Message): void {
    const { sender, imported, readBy = [], message: content } = message;
    if (typeof content === 'object') {
      this.files.get(content.id)?.sent(message);
      this.files.delete(content.id);
    }
    this.view.message(message, this.from(sender), sender !== me() && !imported && !readBy.includes(me()!));
    this.read(message, readBy);
  }

  /** Users have read a message. */
  private read({ id, sender }: Message, readers: string[]): void {
    if (sender !== me()) {
      if (readers.includes(me()!)) this.view.seen(id);
    } else if (readers.some((user) => user !== me())) this.view.read(id);
  }

  /** Goes on after a reload: shows the state, and looks for an agent if there is none. */
  async goOn(): Promise<void> {
    if (this.chat.hasOtherUsers()) return this.talking();
    if (!this.chat.inQueue) return void this.search();
    const { data } = await ICF.Api.request(`/queues/update/${this.chat.id}`);
    this.queued(data.data.queuePosition, data.data.waitingTime);
  }

  async search(): Promise<void> {
    const { chat } = this;
    this.offerSearch(false);
    if (!chat.inQueue) this.view.state('Waiting for an agent…');
    try {
      const { agent } = await chat.searchAgent();
      if (!agent && !chat.hasOtherUsers() && !chat.inQueue && !chat.closed) this.alone();
    } catch (error) {
      if (chat.closed) return;
      this.view.notice(errorText(error));
      this.offerSearch(true);
    }
  }

  async send(text: string): Promise<void> {
    let exists = false;
    this.view.expiring('');
    try {
      await this.chat.sendMessage(text, () => (exists = true));
    } catch (error) {
      if (!exists) this.view.own(text).failed(errorText(error), {}); // otherwise the event `message` reports it
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
    const forget = () => void ICF.Parley.discard(eventId);
    // The event `message` reports what becomes of it. An unknown one, as after a crash, is sent as a new one.
    const retry = () => void ICF.Parley.retry(eventId).catch(({ code }) => (code === 404 ? this.send(text!) : undefined));
    (line ?? this.view.own(text!)).failed(errorText(error!.message), isFinal(error) ? { forget } : { retry, forget });
  };

  /** The chat is over for this page. */
  leave(): void {
    ICF.Parley.off('message', this.moved);
    ICF.Parley.off('gap', this.catchUp);
    ICF.Parley.off('connection', this.connected);
    ICF.Events.unsubscribe('users:activity', this.lost);
  }

  async sendFile(file: File): Promise<void> {
    const line = this.view.own(file);
    this.view.expiring('');
    try {
      const { media } = await this.chat.sendMedia(file, (percent) => line.progress(percent));
      this.files.set(media.id, line);
      // What came before it may still be on its way, and the message is in the history only after that.
      const message = this.chat.history.findLast((one) => typeof one.message === 'object' && one.message.id === media.id);
      if (message) this.show(message);
    } catch (error) {
      line.failed(errorText(error), isFinal(error) ? {} : { retry: () => void this.sendFile(file) });
    }
  }

  seen(messageId: string): void {
    this.chat.readMessage(messageId).catch(() => {});
  }

  private left({ user, reason, searching, inQueue }: ChatEvents['user:left']): void {
    const alone = !this.chat.hasOtherUsers();
    const sought = alone && (searching || inQueue);
    this.away.delete(user.id);
    this.view.notice(leftText(agentName(user), reason, sought));
    this.typing('', 'not-writing');
    if (!alone) return this.talking();
    if (!sought) return this.alone();
    this.offerSearch(false);
    this.view.state('Waiting for an agent…');
  }

  /** An agent has lost the connection, and may come back. The chat's own event does not tell that. */
  private readonly lost = ({ chatId, userId, type }: { chatId: string; userId: string; type: string }): void => {
    if (chatId !== this.chat.id || type !== 'leave' || !this.agents().some(({ id }) => id === userId)) return;
    this.away.add(userId);
    this.typing('', 'not-writing');
    this.talking();
  };

  /** An agent gives a sign of life. */
  private back(userId: string): void {
    if (this.away.delete(userId)) this.talking();
  }

  /** What agents did while this page had no connection is not known. */
  private readonly connected = ({ state }: ParleyEvents['connection']): void => {
    if (state !== 'open' || this.away.size === 0) return;
    this.away.clear();
    this.talking();
  };

  private agents(): User[] {
    return this.chat.users.filter((user) => user.id !== me());
  }

  private talking(): void {
    const agents = this.agents();
    const away = agents.filter(({ id }) => this.away.has(id));
    this.offerSearch(false);
    this.view.state(away.length > 0 ? awayText(away.map(agentName)) : `You are talking to ${agents.map(agentName).join(', ')}`);
  }

  private queued(position: number, waitingTime: number): void {
    if (position < 1 || this.chat.hasOtherUsers()) return;
    this.offerSearch(false);
    this.view.state(placeText(position, waitingTime));
  }

  private alone(): void {
    if (this.lonely) return;
    this.view.state('All agents are busy');
    this.view.notice('All our agents are busy right now. You can keep writing, and an agent will read it, or ask for one again.');
    this.offerSearch(true);
  }

  private offerSearch(lonely: boolean): void {
    this.lonely = lonely;
    this.view.alone(lonely);
  }

  private typing(name: string, type: string): void {
    clearTimeout(this.typingEnd);
    this.view.typing(type === 'writing' ? name : '');
    if (type === 'writing') this.typingEnd = setTimeout(() => this.view.typing(''), typingMs);
  }

  /** The name of a sender, '' for the visitor. */
  private from(userId: string): string {
    if (userId === me()) return '';
    return userId === 'assistant' ? 'Assistant' : agentName(this.chat.users.find((user) => user.id === userId));
  }
}

/** Whether sending it again is of no use. */
function isFinal(error: unknown): boolean {
  return [400, 403, 410, 413].includes((error as { code?: number }).code ?? 0);
}

function me(): string | undefined {
  return ICF.Connection.me()?.id;
}

function agentName(user: Parameters<typeof nameOf>[0]): string {
  return nameOf(user) || 'Agent';
}
