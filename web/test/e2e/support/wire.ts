// A bare client of the socket: plays an agent or a visitor in specs, frame by frame.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

const patience = 10_000;

export interface Push {
  event: string;
  data: any;
  seq?: number;
  prev?: number;
  eventId?: string;
}

/** A refusal by the server. */
export class WireError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'WireError';
  }
}

export class Wire {
  /** Every push so far, in the order of arrival. */
  readonly pushes: Push[] = [];
  /** The data of the server's last frame `bye`, if one came. */
  bye: { code: number; reason: string; retryAfter?: number } | undefined;
  /** Who the session is of, once it is open. */
  user: any;
  private replies = new Map<string, (frame: any) => void>();
  private taken = new Set<Push>();
  private wake = new Set<() => void>();

  private constructor(
    readonly socket: WebSocket,
    readonly appId: string,
  ) {
    socket.on('message', (bytes) => this.receive(JSON.parse(String(bytes))));
    socket.on('error', () => {}); // `close` follows
  }

  /** Connects to the socket of the server at `url` (its origin). */
  static async connect(url: string, appId = 'demo'): Promise<Wire> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/socket`);
    await once(socket, 'open');
    return new Wire(socket, appId);
  }

  get closed(): boolean {
    return this.socket.readyState >= WebSocket.CLOSING;
  }

  /** Opens the session of a token. `chats` gives the last seq seen of each chat. */
  async open(token: string, chats?: Record<string, number>): Promise<any> {
    const session = await this.request('session:open', { appId: this.appId, token, ...(chats && { chats }) });
    this.user = session.user;
    return session;
  }

  /** Sends a request and returns the data of its reply; throws WireError on a refusal. */
  async request(event: string, data: object = {}, id: string = randomUUID()): Promise<any> {
    const frame = await this.until<any>(`reply to ${event}`, (resolve) => {
      this.replies.set(id, resolve);
      this.send({ id, event, data });
      return () => this.replies.delete(id);
    });
    if (frame.error) throw new WireError(frame.error.code, frame.error.message);
    return frame.data;
  }

  /** Sends a frame as it is: an object as JSON, text untouched. */
  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next push of that name that was not returned before, and that `fits`. */
  next(event: string, fits: (data: any) => boolean = () => true): Promise<Push> {
    return this.until(`push ${event}`, (resolve) => {
      const look = () => {
        const found = this.pushes.find((push) => push.event === event && !this.taken.has(push) && fits(push.data));
        if (!found) return;
        this.taken.add(found);
        this.wake.delete(look); // now: the frame behind it may have come with it
        resolve(found);
      };
      this.wake.add(look);
      look();
      return () => this.wake.delete(look);
    });
  }

  /** Closes as a browser does, or with `terminate` as a lost connection. */
  async close(terminate = false): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    if (terminate) this.socket.terminate();
    else this.socket.close(1000);
    await closed;
  }

  private receive(frame: any): void {
    if (frame.event === 'ping') return this.send({ event: 'pong' });
    if (frame.event === 'bye') {
      this.bye = frame.data;
      this.socket.close(1000);
    } else if (frame.event) {
      this.pushes.push(frame);
    } else {
      this.replies.get(frame.id)?.(frame);
      this.replies.delete(frame.id);
    }
    for (const look of [...this.wake]) look();
  }

  // Every wait ends: with what it waits for, with the connection, or after
  // `patience`. `start` begins it and returns how to give it up.
  private async until<T>(what: string, start: (resolve: (value: T) => void) => () => void): Promise<T> {
    let giveUp = () => {};
    let closed = () => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const fail = (problem: string) =>
          reject(new Error(`${what}: ${problem}; pushes so far: ${this.pushes.map(({ event }) => event).join(', ') || 'none'}`));
        closed = () => fail('the connection closed');
        timer = setTimeout(() => fail(`nothing within ${patience / 1000} s`), patience);
        giveUp = start(resolve);
        if (this.closed) closed();
        else this.socket.once('close', closed);
      });
    } finally {
      clearTimeout(timer);
      this.socket.off('close', closed);
      giveUp();
    }
  }
}

/** Logs an agent in by REST. Returns the user and the token of the session. */
export async function loginAgent(url: string, username: string, password = 'demo', appId = 'demo'): Promise<{ user: any; token: string }> {
  const reply = await fetch(`${url}/v1/agents/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hyper-appId': appId },
    body: JSON.stringify({ username, password }),
  });
  const body: any = await reply.json();
  if (!reply.ok) throw new WireError(body.error?.code ?? reply.status, body.error?.message ?? reply.statusText);
  return { user: body.user, token: body.session.token };
}

/** An agent on duty: logged in, session open, available in `rooms` (all of the agent's when left out). */
export async function agentWire(url: string, username = 'agent1', rooms?: string[]): Promise<Wire> {
  const { token } = await loginAgent(url, username);
  const wire = await Wire.connect(url);
  await wire.open(token);
  await wire.request('agents:available', { available: true, ...(rooms && { rooms }) });
  return wire;
}
