// Who is there for the visitor: agents who come, write, go and get lost; the search for one, and the queue.

import type { Chat, ChatEvents, ParleyEvents, User } from '../../index';
import { icf } from '../ui/icf';
import { listening } from './listening';
import { agentName, me, senderOf } from './people';
import type { Texts } from './texts';
import type { Say, View } from './view';

/** After this time an agent counts as stopped: the event that says so may have been lost. */
const typingMs = 15_000;

export class Attendance {
  private lonely = false;
  /** The ids of the agents who have lost the connection, for now. */
  private readonly away = new Set<string>();
  private typingEnd: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly chat: Chat,
    private readonly view: View,
    private readonly texts: Texts,
    private readonly closed: () => Say | undefined,
    end: AbortSignal,
  ) {
    listening(chat, end)
      .on('user:joined', ({ user, mode }) => {
        if (mode === 'watch') return;
        view.notice(() => texts.say('joined', { name: agentName(user, texts) }));
        this.talking();
      })
      .on('user:left', (left) => this.left(left))
      .on('user:activity', ({ userId, type }) => {
        this.back(userId);
        this.typing(type === 'writing' ? senderOf(chat, userId, texts)?.name : undefined);
      })
      .on('message:received', ({ message }) => {
        this.back(message.sender);
        this.typing();
      })
      .on('chat:intervened', ({ interventor }) => {
        view.notice(() => texts.say('tookOver', { name: agentName(interventor, texts) }));
        this.talking();
      })
      .on('queue:update', (place) => this.queued(place.queuePosition, place.waitingTime))
      .on('forever:alone', () => this.alone());
    listening(icf.Parley, end).on('connection', this.connected);
    icf.Events.subscribe('users:activity', this.lost);
    end.addEventListener('abort', () => {
      this.typing();
      icf.Events.unsubscribe('users:activity', this.lost);
    });
  }

  /** Goes on after a reload: shows the state, and looks for an agent if there is none. */
  async goOn(): Promise<void> {
    if (this.chat.hasOtherUsers()) return void this.lookFor();
    if (!this.chat.inQueue) return void this.search();
    const { data } = await icf.Api.request(`/queues/update/${this.chat.id}`);
    this.queued(data.data.queuePosition, data.data.waitingTime);
  }

  async search(): Promise<void> {
    const { chat } = this;
    this.offerSearch(false);
    if (!chat.inQueue) this.view.state(() => this.texts.say('waiting'));
    try {
      const { agent } = await chat.searchAgent();
      if (!agent && !chat.hasOtherUsers() && !chat.inQueue && !chat.closed) this.alone();
    } catch (error) {
      if (chat.closed) return;
      this.view.notice(this.texts.error(error));
      this.offerSearch(true);
    }
  }

  private left({ user, reason, searching, inQueue }: ChatEvents['user:left']): void {
    const alone = !this.chat.hasOtherUsers();
    const sought = alone && (searching || inQueue);
    this.away.delete(user.id);
    const gone = () => this.texts.say(`left.${reason ?? 'disabled'}`, { name: agentName(user, this.texts) });
    this.view.notice(sought ? () => `${gone()} ${this.texts.say('seeking')}` : gone);
    this.typing();
    if (!alone) return this.talking();
    this.view.agents([]);
    if (!sought) return this.alone();
    this.offerSearch(false);
    this.view.state(() => this.texts.say('waiting'));
  }

  /** An agent has lost the connection, and may come back. The chat's own event does not tell that. */
  private readonly lost = ({ chatId, userId, type }: { chatId: string; userId: string; type: string }): void => {
    if (chatId !== this.chat.id || type !== 'leave' || !this.agents().some(({ id }) => id === userId)) return;
    this.away.add(userId);
    this.typing();
    this.talking();
  };

  /** An agent gives a sign of life. */
  private back(userId: string): void {
    if (this.away.delete(userId)) this.talking();
  }

  private readonly connected = ({ state }: ParleyEvents['connection']): void => {
    if (state === 'open' && !this.chat.closed && this.chat.hasOtherUsers()) void this.lookFor();
  };

  /** Finds out whether the chat's agents are there: what they did while this page had no connection is not known. */
  private async lookFor(): Promise<void> {
    this.away.clear();
    this.talking();
    try {
      // In a chat with agents a search invites nobody, and gives one who is there.
      const { agent } = await this.chat.searchAgent();
      if (agent || this.chat.closed || !this.chat.hasOtherUsers()) return;
      for (const { id } of this.agents()) this.away.add(id);
      this.talking();
    } catch {
      // The next event of theirs tells.
    }
  }

  private agents(): User[] {
    return this.chat.users.filter((user) => user.id !== me());
  }

  private talking(): void {
    const agents = this.agents();
    const away = agents.filter(({ id }) => this.away.has(id));
    this.offerSearch(false);
    this.view.agents(agents.map(({ id }) => senderOf(this.chat, id, this.texts)!));
    const names = (users: User[]) => this.texts.list(users.map((user) => agentName(user, this.texts)));
    const absent = () => this.texts.say('absent', { n: away.length, names: names(away) });
    this.view.state(away.length > 0 ? absent : () => this.texts.say('talking', { names: names(agents) }));
  }

  private queued(position: number, waitingTime: number): void {
    if (position < 1 || this.chat.hasOtherUsers()) return;
    this.offerSearch(false);
    const place = position === 1 ? 'next' : 'queue';
    const key = waitingTime > 0 ? (`${place}.time` as const) : place;
    this.view.state(() => this.texts.say(key, { n: position, time: this.texts.span(waitingTime) }));
  }

  private alone(): void {
    if (this.lonely) return;
    const until = this.closed();
    this.view.state(() => (until ? this.texts.say('closed', { time: until() }) : this.texts.say('busy')));
    this.view.notice(() => (until ? this.texts.say('closed.more', { time: until() }) : this.texts.say('busy.more')));
    this.offerSearch(true);
  }

  private offerSearch(lonely: boolean): void {
    this.lonely = lonely;
    this.view.alone(lonely);
  }

  /** Somebody writes; without a name nobody does. */
  private typing(name?: Say): void {
    clearTimeout(this.typingEnd);
    this.view.typing(name);
    if (name) this.typingEnd = setTimeout(() => this.view.typing(), typingMs);
  }
}
