// Finds agents: invitations one after the other, the queue, and who is offered a chat that was
// left alone. It follows package server/internal/routing of Parley.

import type { Account, Backend, Recipient } from './backend';
import { chatWithUsers } from './chat-json';
import { type ChatLog, has, type Record, type Round } from './chat-log';
import { ticketNumber } from './ids';
import { type Frame, isAgent, publicUser, SYSTEM, unix } from './protocol';

export const algorithms = ['languageMatch', 'leastBusy', 'longestIdle', 'roundRobin'];

/** The least that searchAgent gives of an agent. */
export interface AgentBrief {
  id: string;
  name: string;
  nickname: string;
  providerId: string;
}

/** On which terms agents are invited; what is missing is as the app has set it. */
export interface Terms {
  algorithm?: string;
  maxAttempts?: number;
  interval?: number;
}

const waitsKept = 20;
const defaultWait = 60;
const room = (chat: ChatLog) => chat.state.room;

export class Routing {
  /** By chat, the agents who are not invited to it until they come on duty anew. */
  private readonly declined = new Map<string, Set<string>>();
  private readonly terms = new Map<string, Terms>();
  private readonly positions = new Map<string, number>();
  private readonly enqueuedAt = new Map<string, number>();
  private readonly waits = new Map<string, { enqueuedAt: number; answeredAt: number }[]>();

  constructor(private readonly backend: Backend) {
    backend.appended = (chat, record) => this.appended(chat, record);
  }

  // What follows from an entry that was appended now.
  private appended(chat: ChatLog, { event, data }: Record): void {
    const { backend } = this;
    if (event === 'messages:new' || event === 'messages:read') return;
    for (const user of [data.user, data.interventor]) {
      const account = user && backend.accounts.get(user.id);
      if (account) account.movedAt = backend.count();
    }
    if (event === 'chats:leave' && isAgent(data.user)) this.decline(chat, [data.userId]);
    if (event === 'chats:join' && chat.attended) this.declined.delete(chat.id);
    if (event === 'chats:assign') this.expire(chat, data);
    this.noteWait(chat);
    backend.later(() => this.dispatch());
  }

  /** Who is in the chat, or invited to it; undefined if nobody is. */
  found(chat: ChatLog): AgentBrief | undefined {
    const agent = chat.state.users.find((user) => isAgent(user) && this.isConnected(user.id));
    if (agent) return brief(agent as Account['user']);
    const { pending, invited } = chat.round;
    return pending && this.isConnected(invited.agent.id) ? invited.agent : undefined;
  }

  /** The data of the next `chats:assign` of a search; undefined if there is nobody to invite. */
  nextInvitation(chat: ChatLog, round: Round, terms: Terms): any {
    const { settings, clock } = this.backend;
    const before = round.running ? round.invited : {};
    const attempt = (before.attempt ?? 0) + 1;
    const maxAttempts = before.maxAttempts || terms.maxAttempts || chat.config.assignMaxAttempts || settings.assignMaxAttempts;
    const interval = before.interval || terms.interval || chat.config.assignTimeout || settings.assignTimeout;
    const algorithm = before.algorithm || terms.algorithm || settings.algorithm;
    if (attempt > maxAttempts) return undefined;
    const agent = this.pick(chat, round, algorithm);
    if (!agent) return undefined;
    return {
      chatId: chat.id,
      agent: brief(agent.user),
      attempt,
      maxAttempts,
      interval,
      algorithm,
      expiresAt: unix(clock.now() + interval * 1000),
      ...((round.running ? before.again : round.alone) && { again: true }),
    };
  }

  /** Goes on with a search whose invitation is over, or begins one for a chat that waits. */
  inviteNext(chat: ChatLog): void {
    const before = chat.round;
    if (chat.closed || !(before.running || chat.queued || this.isLeftAlone(chat)) || this.awaitsAnswer(before)) return;
    const invitation = this.nextInvitation(chat, before, this.terms.get(chat.id) ?? {});
    if (!invitation) this.giveUp(chat);
    else this.backend.append(chat, SYSTEM, '', 'chats:assign', () => invitation);
    this.pushEnded(chat, before, 'expired');
    if (invitation) this.pushInvitation(chat);
  }

  setTerms(chat: ChatLog, terms: Terms): void {
    this.terms.set(chat.id, terms);
  }

  /** What follows every close: the ticket of what comes after the chat. */
  makeTicket(chat: ChatLog): void {
    if (chat.ticket.id || !chat.closed) return;
    const ticket = { ticketId: `${chat.id}-${this.backend.ids.next()}`, ticketNumber: ticketNumber(chat.seq) };
    this.backend.append(chat, SYSTEM, '', 'system:info', () => ({ chatId: chat.id, type: 'ticket', data: ticket }));
  }

  /** Pushes the pending invitation of a chat to its agent. */
  pushInvitation(chat: ChatLog): void {
    if (chat.round.pending) this.backend.pushToUser(chat.round.invited.agent.id, invitationFrame(chat));
  }

  /** Pushes that a pending invitation has ended, but not to the connection that ended it. */
  pushEnded(chat: ChatLog, before: Round, reason: string, except?: Recipient): void {
    if (!before.pending) return;
    this.backend.pushToUser(before.invited.agent.id, { event: 'invitations:end', data: { chatId: chat.id, reason } }, except);
  }

  /** What a connection that is opened gets beside its chats. */
  greet(connection: Recipient): void {
    for (const chat of this.backend.chats.values()) {
      const { pending, invited } = chat.round;
      if (pending && invited.agent.id === connection.user!.id && !chat.closed) connection.push(invitationFrame(chat));
      const position = this.position(chat);
      if (position && chat.state.creator === connection.user!.id) connection.push(this.positionFrame(chat, position));
    }
  }

  /** An agent's duty begins or ends. */
  onDuty(account: Account): void {
    account.movedAt = this.backend.count();
    for (const agents of this.declined.values()) agents.delete(account.user.id);
    this.backend.later(() => this.dispatch());
    if (account.duty) return;
    for (const chat of this.backend.chats.values()) {
      if (chat.round.pending && chat.round.invited.agent.id === account.user.id) this.backend.later(() => this.inviteNext(chat));
    }
  }

  /** Whether the agent is in as many chats as the app's settings allow. */
  isFull(agentId: string): boolean {
    const most = this.backend.settings.maxChatsPerAgent;
    return most > 0 && this.backend.openChatsOf(agentId).length >= most;
  }

  /** From 1; 0 if the chat is in no queue. */
  position(chat: ChatLog): number {
    return chat.queued ? this.queue(room(chat)).indexOf(chat) + 1 : 0;
  }

  positionFrame(chat: ChatLog, position: number): Frame {
    const data = { queuePosition: position, waitingTime: position ? this.waitingTime(room(chat), position) : 0 };
    return { event: 'queues:update', data: { chatId: chat.id, userId: chat.state.creator, data } };
  }

  /** The log was read anew: invitations that wait run out in their time. */
  resume(): void {
    for (const chat of this.backend.chats.values()) {
      if (chat.queued) this.enqueuedAt.set(chat.id, this.backend.clock.now() / 1000);
      if (chat.round.pending) this.expire(chat, chat.round.invited);
    }
  }

  /** How many agents on duty serve a room; those who can take one more chat, unless `busyToo`. */
  countAgents(inRoom: string, langs: string[] | undefined, busyToo: boolean): number {
    const serving = this.serving(inRoom).filter(({ user }) => busyToo || this.isFree(user.id));
    return serving.filter((agent) => !langs?.length || !agent.langs.length || agent.langs.some((lang) => langs.includes(lang))).length;
  }

  private isConnected(agentId: string): boolean {
    return this.backend.connectionsOf(agentId).length > 0;
  }

  private serving(inRoom: string): Account[] {
    const takes = ({ duty, rooms }: Account) =>
      duty && (duty.rooms ? duty.rooms.includes(inRoom) : rooms.length === 0 || rooms.includes(inRoom));
    return this.backend.agents().filter((agent) => agent.duty && this.isConnected(agent.user.id) && (inRoom === '' || takes(agent)));
  }

  private invitationsTo(agentId: string, but?: ChatLog): number {
    const invites = (chat: ChatLog) => chat !== but && !chat.closed && chat.round.pending && chat.round.invited.agent.id === agentId;
    return [...this.backend.chats.values()].filter(invites).length;
  }

  private isFree(agentId: string, but?: ChatLog): boolean {
    const most = this.backend.settings.maxChatsPerAgent;
    return most === 0 || this.backend.openChatsOf(agentId).length + this.invitationsTo(agentId, but) < most;
  }

  private candidates(chat: ChatLog, round: Round): Account[] {
    const rejected = round.running ? round.rejected : [];
    const declined = chat.queued || round.alone ? this.declined.get(chat.id) : undefined;
    const lang = chat.state.fixed.lang;
    const askable = this.serving(room(chat)).filter(
      ({ user: { id } }) => !rejected.includes(id) && !declined?.has(id) && id !== chat.state.creator && !has(chat.state.users, id),
    );
    const speakers = lang ? askable.filter((agent) => speaks(agent, lang) < 2) : askable;
    return (speakers.length ? speakers : askable).filter(({ user: { id } }) => {
      const idle = !(chat.queued || round.alone) || this.invitationsTo(id, chat) === 0;
      return idle && this.isFree(id, chat);
    });
  }

  private pick(chat: ChatLog, round: Round, algorithm: string): Account | undefined {
    const attempts = (id: string) => (round.running ? round.attempted.filter((other) => other === id).length : 0);
    const load = (id: string) => this.backend.openChatsOf(id).length + this.invitationsTo(id, chat);
    const orders: { [name: string]: (agent: Account) => number } = {
      leastBusy: ({ user }) => load(user.id),
      longestIdle: ({ movedAt }) => movedAt,
      roundRobin: ({ invitedAt }) => invitedAt,
      languageMatch: (agent) => speaks(agent, chat.state.fixed.lang) * 1e6 + load(agent.user.id),
    };
    const order = orders[algorithm]!;
    const [first] = this.candidates(chat, round).sort(
      (a, b) =>
        attempts(a.user.id) - attempts(b.user.id) || order(a) - order(b) || a.movedAt - b.movedAt || (a.user.id < b.user.id ? -1 : 1),
    );
    return first;
  }

  private awaitsAnswer({ pending, invited }: Round): boolean {
    if (!pending) return false;
    const { id } = invited.agent;
    return Boolean(this.backend.accounts.get(id)?.duty) && !this.isFull(id) && unix(this.backend.clock.now()) < invited.expiresAt;
  }

  private isLeftAlone(chat: ChatLog): boolean {
    const { alone, running } = chat.round;
    return alone && !running && chat.state.status === 'waiting' && !chat.queued && has(chat.state.users, chat.state.creator);
  }

  private expire(chat: ChatLog, invitation: any): void {
    const { backend } = this;
    const agent = backend.accounts.get(invitation.agent.id);
    if (agent) agent.invitedAt = backend.count();
    backend.clock.after(Math.max(1, invitation.expiresAt * 1000 - backend.clock.now()), () => {
      if (backend.chats.get(chat.id) === chat && chat.round.pending && chat.round.invited === invitation) {
        backend.work(() => this.inviteNext(chat));
      }
    });
  }

  // A chat in the queue rests there for a while; another is left alone, which is told once.
  private giveUp(chat: ChatLog): void {
    const { backend } = this;
    const { attempted, rejected, running, alone } = chat.round;
    if (!running) return;
    this.decline(chat, [...attempted, ...rejected]);
    if (!chat.queued && !alone) {
      backend.append(chat, SYSTEM, '', 'forever:alone', () => ({ chatId: chat.id }));
      return;
    }
    const rest = chat.queued ? chat.config.assignTimeout || backend.settings.assignTimeout : 0;
    const until = rest ? unix(backend.clock.now() + rest * 1000) : 0;
    backend.append(chat, SYSTEM, '', 'queues:rest', () => ({ chatId: chat.id, until }));
    if (!rest) return;
    backend.clock.after(rest * 1000, () => {
      this.declined.delete(chat.id);
      backend.later(() => this.dispatch());
    });
  }

  private decline(chat: ChatLog, agents: string[]): void {
    this.declined.set(chat.id, new Set([...(this.declined.get(chat.id) ?? []), ...agents]));
  }

  /** Invites agents who are free to the chats that wait: those in queues, then those that were left alone. */
  dispatch(): void {
    const chats = [...this.backend.chats.values()];
    const queued = chats.filter((chat) => chat.queued).sort(byPlace);
    for (const chat of [...queued, ...chats.filter((chat) => this.isLeftAlone(chat))]) {
      if (!chat.round.pending && this.candidates(chat, chat.round).length > 0) this.inviteNext(chat);
    }
    this.notifyPositions();
  }

  private queue(inRoom: string): ChatLog[] {
    return [...this.backend.chats.values()].filter((chat) => chat.queued && room(chat) === inRoom).sort(byPlace);
  }

  private notifyPositions(): void {
    for (const chat of this.backend.chats.values()) {
      const position = this.position(chat);
      if (position === (this.positions.get(chat.id) ?? 0)) continue;
      this.positions.set(chat.id, position);
      if (!position) continue;
      const frame = this.positionFrame(chat, position);
      for (const connection of this.backend.connectionsOf(chat.state.creator)) connection.push(frame, chat.id, chat.seq);
    }
  }

  private noteWait(chat: ChatLog): void {
    const now = this.backend.clock.now() / 1000;
    const since = this.enqueuedAt.get(chat.id);
    if (chat.queued && since === undefined) this.enqueuedAt.set(chat.id, now);
    if (chat.queued || since === undefined) return;
    this.enqueuedAt.delete(chat.id);
    if (!chat.attended) return;
    const waits = [...(this.waits.get(room(chat)) ?? []), { enqueuedAt: since, answeredAt: now }];
    this.waits.set(room(chat), waits.slice(-waitsKept));
  }

  private waitingTime(inRoom: string, position: number): number {
    const waits = this.waits.get(inRoom) ?? [];
    let sum = 0;
    let previous = 0;
    for (const { enqueuedAt, answeredAt } of waits) {
      sum += Math.max(0, answeredAt - Math.max(enqueuedAt, previous));
      previous = answeredAt;
    }
    return Math.round(position * (waits.length ? sum / waits.length : defaultWait));
  }
}

export const brief = ({ id, name, nickname = '', providerId = '' }: Account['user']): AgentBrief => ({ id, name, nickname, providerId });

const speaks = ({ langs }: Account, lang: unknown) => (langs.includes(String(lang)) ? 0 : langs.length ? 2 : 1);

const byPlace = (a: ChatLog, b: ChatLog) =>
  Number(b.state.fixed.priority ?? 0) - Number(a.state.fixed.priority ?? 0) || a.enqueuedSeq - b.enqueuedSeq;

function invitationFrame(chat: ChatLog): Frame {
  const visitor = chat.state.users.find(({ id }) => id === chat.state.creator);
  const data = { chatId: chat.id, chat: chatWithUsers(chat, chat.state), ...(visitor && { user: publicUser(visitor) }) };
  return { event: 'invitations:new', data: { ...data, expiresAt: chat.round.invited.expiresAt } };
}
