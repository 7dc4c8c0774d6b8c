// The core as the rest of the facade sees it: begun by `init`, called by
// name, queueing calls until it is ready, begun again after it has ended.

import type * as Public from '../index';
import { Bridge, type SessionMirror } from './bridge';
import { Calls } from './calls';
import { Delivery, type Surface } from './delivery';
import { toJSON } from './door';
import { ParleyError, reason } from './errors';
import type { Loader } from './loader';
import { Outbox } from './outbox';
import type { Transfer } from './transfer';

/** The arguments of the core's `init`, as checked and completed from the page's options. */
export interface CoreOptions {
  appId: string;
  api: string;
  socket: string;
  session: 'cookie' | 'tab' | 'none';
  cookieDomain: string;
  secure: boolean;
  domainKey?: string;
}

/** The page's objects, with what mirrors the session. */
export interface CoreSurface extends Surface {
  icf: { isInit: boolean };
  lobby: Surface['lobby'] & { logged: boolean };
}

// How many calls may wait for `init`.
const queueLimit = 1000;

// A core that ends this often, in this time, is not begun again.
const crashesAtMost = 3;
const crashesWithin = 60_000;

export class Core {
  user: Public.User | null = null;
  token: string | null = null;
  /** Of one message in characters and of a frame in bytes, until the server says otherwise. */
  limits = { message: 10_000, frame: 262_144 };
  private readonly delivery: Delivery;
  private readonly calls = new Calls(() => this.delivery.opened());
  private outbox: Outbox | undefined;
  private crashes: number[] = [];
  // Init has succeeded, so that another core may take the place of one that ends.
  private begins = false;
  private bridge: Promise<Bridge> | undefined;
  private init: { key: string; done: Promise<void> } | undefined;
  private ready: Bridge | undefined;
  private queued = 0;
  private end: string | undefined;

  constructor(
    private readonly surface: CoreSurface,
    private readonly version: string,
    private readonly loader: Loader,
  ) {
    this.delivery = new Delivery(surface, this);
  }

  /** Whether `init` is under way or done. */
  get begun(): boolean {
    return this.init !== undefined;
  }

  async preload(): Promise<void> {
    await this.loader.compiled();
  }

  /** Begins once: options that mean the same give the same promise. */
  begin(options: CoreOptions): Promise<void> {
    const key = toJSON(options);
    if (this.init) {
      if (this.init.key === key) return this.init.done;
      return Promise.reject(new ParleyError(409, 'ICF.init was called before with other options'));
    }
    const init = { key, done: this.start(options) };
    this.init = init;
    init.done.catch(() => {
      if (this.init === init) this.init = undefined;
    });
    return init.done;
  }

  /** Calls the core, after `init` when that is under way. */
  call(name: string, args: object, onCreate?: (...created: any[]) => void, transfer?: Transfer): Promise<any> {
    if (this.ready) return this.ready.call(name, args, onCreate, transfer);
    if (!this.init) {
      return Promise.reject(this.end ? endError(this.end) : new ParleyError(400, 'call ICF.init first'));
    }
    if (this.queued >= queueLimit) {
      return Promise.reject(new ParleyError(429, `more than ${queueLimit} calls wait for ICF.init`));
    }
    this.queued++;
    const done = this.init.done.finally(() => void this.queued--);
    return done.then(() => this.call(name, args, onCreate, transfer));
  }

  /** A chat that the core holds. */
  chat(id: string): Public.Chat {
    return this.delivery.live.get(id)!;
  }

  stats(): Public.Stats | null {
    return (this.ready?.stats() ?? null) as Public.Stats | null;
  }

  private async start(options: CoreOptions): Promise<void> {
    this.outbox = new Outbox(`parley ${options.api} ${options.appId}`, (message) => this.tell('error', { code: 500, message }));
    const [bridge, outbox] = await Promise.all([this.program(options), this.outbox.take()]);
    bridge.keepIn(this.outbox);
    await bridge.call('init', { ...options, outbox });
    this.ready = bridge;
    this.begins = true;
    this.end = undefined;
  }

  // Another core takes the place of one that has ended, with what the page has.
  private async again(options: CoreOptions, calls: Record<string, number>): Promise<void> {
    const [bridge, outbox] = await Promise.all([this.program(options), this.outbox!.take(true)]);
    bridge.keepIn(this.outbox!);
    const { user, token } = this;
    const again = { id: user?.id ?? '', token: token ?? '', user, chats: this.delivery.chats(), calls };
    await bridge.call('init', { ...options, outbox, again });
    this.ready = bridge;
    this.tell('recovered', { crashes: this.crashes.length });
  }

  // A core whose `init` was refused is kept for the next try.
  private program(options: CoreOptions): Promise<Bridge> {
    if (this.bridge) return this.bridge;
    const bridge = Bridge.start(this.loader, this.version, {
      delivery: this.delivery,
      calls: this.calls,
      session: (mirror) => this.mirror(mirror),
      ended: (message) => this.ended(message, options),
    });
    bridge.catch(() => (this.bridge = undefined));
    return (this.bridge = bridge);
  }

  private mirror({ isInit, logged, user, token, limits }: SessionMirror): void {
    if (limits) this.limits = limits;
    if (isInit !== undefined) this.surface.icf.isInit = isInit;
    if (logged !== undefined) this.surface.lobby.logged = logged;
    if (user !== undefined) this.user = user as Public.User | null;
    if (token !== undefined) this.token = token;
  }

  private ended(message: string, options: CoreOptions): void {
    this.bridge = this.ready = undefined;
    const now = Date.now();
    this.crashes = [...this.crashes.filter((at) => now - at < crashesWithin), now];
    if (!this.begins || this.crashes.length >= crashesAtMost) return this.over(message);
    const calls = this.calls.cut(new ParleyError(500, `${message}; it is begun again`));
    const done = this.again(options, calls);
    this.init = { key: this.init!.key, done };
    done.catch((thrown) => {
      if (this.init?.done === done) this.over(`${message}, and ${reason(thrown)}`);
    });
  }

  private over(message: string): void {
    this.end = message;
    this.begins = false;
    this.init = undefined;
    this.calls.end(endError(message));
    this.mirror({ isInit: false, logged: false });
    this.tell('fatal', { message });
  }

  private tell(event: string, data: object): void {
    this.delivery.deliver([['parley', event, data]]);
  }
}

/** The error of a call that a core's end has cut off. */
const endError = (message: string): ParleyError => new ParleyError(500, `${message}; ICF.init starts it again`);
