// One connection of a client: requests in, replies and pushes out, in the order of package
// server/internal/gateway of Parley. A reply stands in the place of its entry.

import type { Backend, Recipient } from './backend';
import { chatJSON, everything, inParts, resumedJSON } from './chat-json';
import { type Audience, audienceOf, type ChatLog, has, joining, type Record, removes, VISITORS } from './chat-log';
import { authorize, type Call, dataOf, loggedOut, type Result } from './operation';
import { operationOf } from './operations-users';
import { Params } from './params';
import { type Frame, isAgent, limits, Refusal, type User } from './protocol';
import type { Routing } from './routing';

/** What carries the frames to the client. */
export interface Transport {
  send(frame: Frame): void;
  /** Ends it, as a network does that breaks. */
  cut(): void;
}

interface Ephemeral {
  frame: Frame;
  chat: string | undefined;
  upTo: number;
}

// The time that a client has to close after session:close, and after bye.
const closeWithin = 250;
const byeWithin = 5000;
const ordered = ['messages:new', 'messages:read', 'history:import', 'chats:close'];

export class Connection implements Recipient {
  user: User | undefined;
  token = '';
  private audience: Audience = VISITORS;
  private opened = false;
  private ended = false;
  private busy = false;
  /** The chats that are live here, each with the position that the client has. */
  private readonly live = new Map<string, number>();
  private readonly removed = new Set<string>();
  private waiting: Ephemeral[] = [];
  /** By chat, the request that failed and must be sent again first. */
  private readonly failed = new Map<string, string>();

  constructor(
    private readonly backend: Backend,
    private readonly routing: Routing,
    private readonly transport: Transport,
  ) {
    backend.connections.add(this);
  }

  /** The client has gone. */
  close(): void {
    this.ended = true;
    this.backend.connections.delete(this);
  }

  /** Breaks the connection. */
  cut(): void {
    this.close();
    this.transport.cut();
  }

  end(code: number, reason: string, retryAfter: number): void {
    if (this.ended) return;
    this.transport.send({ event: 'bye', data: { code, reason, retryAfter } });
    this.ended = true;
    this.backend.clock.after(byeWithin, () => this.backend.connections.has(this) && this.cut());
  }

  /** Takes a frame of the client; `refusal` is a fault that it runs into. */
  receive(text: string, refusal?: Refusal): void {
    if (this.ended) return;
    this.backend.work(() => {
      this.busy = true;
      try {
        this.handle(text, refusal);
      } finally {
        this.busy = false;
      }
      this.flush();
    });
  }

  isLive(chat: string): boolean {
    return this.opened && this.live.has(chat);
  }

  follow(chat: string, cursor: number): void {
    if (!this.live.has(chat)) this.live.set(chat, cursor);
  }

  push(frame: Frame, chat?: string, upTo = 0): void {
    this.waiting.push({ frame, chat, upTo });
    if (!this.busy) this.flush();
  }

  pump(): void {
    if (!this.opened || this.busy) return;
    for (const chat of [...this.live.keys()]) this.deliver(chat, Number.POSITIVE_INFINITY, 0);
  }

  private flush(): void {
    if (!this.opened) return;
    const { waiting } = this;
    this.waiting = [];
    for (const { frame, chat, upTo } of waiting) {
      if (chat) this.deliver(chat, upTo, 0);
      this.write(frame);
    }
  }

  private handle(text: string, fault: Refusal | undefined): void {
    let frame: Frame = {};
    try {
      frame = parse(text);
      if (frame.event === 'ping') return this.write({ event: 'pong' });
      if (frame.event === 'pong') return;
      checkId(frame.id);
      const result = this.carryOut(frame, fault);
      if (frame.event === 'session:close') return this.afterLogout(frame.id!, result);
      this.reply(frame.id!, result);
    } catch (thrown) {
      const refusal = thrown instanceof Refusal ? thrown : defect(thrown);
      this.write({ ...(frame.id && { id: frame.id }), error: refusal.wire() });
      const refused = frame.event === 'session:open' && !this.opened;
      if (refused) this.end(4001, refusal.message, refusal.retryAfter ?? (refusal.code >= 500 ? 1 : 0));
    }
  }

  private carryOut(frame: Frame, fault: Refusal | undefined): Result {
    const params = Params.of(frame.data);
    if (frame.event === 'session:open') {
      if (this.user) throw new Refusal('409 session-open', 'the session of this connection is open already');
      if (fault) throw fault;
      return this.open(params);
    }
    if (!this.user) throw new Refusal('401 not-logged-in', 'open a session first: send session:open');
    const operation = operationOf(frame.event ?? '');
    if (!operation) throw new Refusal('404 unknown-event', `unknown event ${JSON.stringify(frame.event ?? '')}`);
    const session = { user: this.user, token: this.token, ended: this.backend.sessions.get(this.token)?.ended ?? true };
    const about = {
      eventId: frame.id!,
      params,
      connection: this,
      upload: undefined,
      user: this.user,
      chat: undefined as unknown as ChatLog,
    };
    const call: Call = { backend: this.backend, routing: this.routing, session, ...about };
    authorize(operation, call);
    if (!ordered.includes(operation.event)) {
      if (fault) throw fault;
      return operation.run(call);
    }
    return this.inOrder(call, () => {
      if (fault) throw fault;
      return operation.run(call);
    });
  }

  // After a failure that may pass, later requests to the chat wait until that one was sent again.
  private inOrder({ chat, eventId }: Call, run: () => Result): Result {
    const first = this.failed.get(chat.id);
    if (first && first !== eventId)
      throw new Refusal('503 earlier-failed', `request ${first} to this chat failed before; send it again first`);
    try {
      const result = run();
      this.failed.delete(chat.id);
      return result;
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.retryable) this.failed.set(chat.id, eventId);
      else this.failed.delete(chat.id);
      throw thrown;
    }
  }

  private afterLogout(id: string, result: Result): void {
    this.backend.clock.after(closeWithin, () => {
      if (this.ended) return;
      this.reply(id, result);
      this.end(4001, 'logged out', 0);
    });
  }

  private reply(id: string, result: Result): void {
    const { chat, upTo = 0, record, before, live } = result;
    if (chat) this.deliver(chat.id, upTo, record?.seq ?? 0);
    for (const part of before ?? []) this.write(part);
    this.write({ id, data: dataOf(result, this.audience) });
    if (!live) return;
    this.opened = true;
    for (const [id, cursor] of live) this.live.set(id, cursor);
  }

  private deliver(id: string, upTo: number, own: number): void {
    const chat = this.backend.chats.get(id);
    const cursor = this.live.get(id);
    if (!chat || cursor === undefined || cursor >= upTo) return;
    const me = this.user!.id;
    for (const record of chat.after(cursor)) {
      if (record.seq > upTo) return;
      if (joining(record.event, record.data)?.id === me) this.removed.delete(id);
      if (record.seq !== own && record.visible[this.audience] && !this.removed.has(id)) this.writeEntry(record);
      this.live.set(id, record.seq);
      if (removes(record, me)) this.removed.add(id);
    }
    if (this.removed.has(id) || (chat.closed && chat.ticket.id)) this.live.delete(id);
  }

  private writeEntry({ seq, prev, event, data, by, eventId }: Record): void {
    const own = eventId && by === this.user!.id;
    this.write({ seq, prev: prev[this.audience], ...(own && { eventId }), event, data });
  }

  private write(frame: Frame): void {
    if (!this.ended) this.transport.send(frame);
  }

  // session:open: who connects, and in which chats they are.
  private open(params: Params): Result {
    const { backend } = this;
    params.requiredText('appId');
    const session = backend.sessions.get(params.requiredText('token'));
    const seen = params.object('chats') ?? {};
    if (!session) throw new Refusal('401 session-ended', 'the token is not valid, or its session is over');
    if (session.ended) throw loggedOut();
    const user = backend.user(session.user);
    const first = backend.connectionsOf(user.id).length === 0;
    [this.user, this.token, this.audience] = [user, params.text('token'), audienceOf(user)];
    const chats: { [id: string]: object } = {};
    const before: Frame[] = [];
    const live: [string, number][] = [];
    for (const chat of [...backend.chats.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const from = Number(seen[chat.id] ?? 0);
      if (!chat.members.has(user.id) || (!from && (chat.closed || !chat.isIn(user.id)))) continue;
      chats[chat.id] = this.resume(chat, from, params.flag('inParts'), before, live);
      if (first && !chat.closed && has(chat.state.users, user.id)) {
        const data = { chatId: chat.id, userId: user.id, type: 'not-writing' };
        backend.pushToChat(chat, { event: 'users:activity', data }, this);
      }
    }
    this.routing.greet(this);
    if (isAgent(user)) backend.later(() => this.routing.dispatch());
    const body = { user, chats, limits: { ...limits, media: backend.settings.media }, now: Math.round(backend.clock.now()) };
    return { body, before, live };
  }

  private resume(chat: ChatLog, seen: number, parts: boolean, before: Frame[], live: [string, number][]): object {
    const past = chat.at(seen);
    if (past?.visible[this.audience] && [...past.after.users, ...past.after.watchers].some(({ id }) => id === this.user!.id)) {
      live.push([chat.id, seen]);
      return resumedJSON(chat, this.audience, seen);
    }
    const over = !chat.isIn(this.user!.id) || (chat.closed && chat.ticket.id);
    if (!over) live.push([chat.id, chat.seq]);
    if (!parts) return { ...chatJSON(chat, this.audience, everything), resumed: false };
    const { before: frames, json } = inParts(chat, this.audience, everything);
    before.push(...frames);
    return { ...json, resumed: false };
  }
}

function parse(text: string): Frame {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > limits.frame) throw new Refusal('413 request-too-long', `frame is longer than the limit of ${limits.frame} bytes`);
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (thrown) {
    throw new Refusal('400 bad-json', `frame: not valid JSON: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame))
    throw new Refusal('400 bad-frame', 'frame: must be a JSON object');
  return frame as Frame;
}

function checkId(id: unknown): void {
  const text = typeof id === 'string' ? id : '';
  if (text.length < 1 || text.length > 128)
    throw new Refusal('400 bad-frame', `id must be 1 to 128 characters long, this one has ${text.length}`);
  if (/[^ -~]/.test(text)) throw new Refusal('400 bad-frame', 'id must be printable ASCII');
}

/** What the fake server itself does wrong is shown, and refused as the server refuses its own defects. */
export function defect(thrown: unknown): Refusal {
  console.error('parley-chat/testkit: a defect of the fake server', thrown);
  return new Refusal('500 internal', `a defect of the fake server: ${thrown instanceof Error ? thrown.message : thrown}`);
}
