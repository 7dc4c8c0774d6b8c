// The core as the rest of the facade sees it: begun by `init`, called by
// name, queueing calls until it is ready, begun again after it has ended.

import type * as Public from '../index';
import { Bridge, endError, type SessionMirror } from './bridge';
import { Delivery, type Surface } from './delivery';
import { toJSON } from './door';
import { ParleyError } from './errors';
import { emitterOf } from './listenable';
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

export class Core {
  user: Public.User | null = null;
  token: string | null = null;
  /** Of one message in characters and of a frame in bytes, until the server says otherwise. */
  limits = { message: 10_000, frame: 262_144 };
  private readonly delivery: Delivery;
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
    const outbox = new Outbox(`parley ${options.api} ${options.appId}`);
    const [bridge, records] = await Promise.all([this.program(), outbox.records()]);
    bridge.keepIn(outbox);
    await bridge.call('init', { ...options, outbox: records });
    this.ready = bridge;
    this.end = undefined;
  }

  // A core whose `init` was refused is kept for the next try.
  private program(): Promise<Bridge> {
    if (this.bridge) return this.bridge;
    const bridge = Bridge.start(this.loader, this.version, {
      delivery: this.delivery,
      session: (mirror) => this.mirror(mirror),
      ended: (message) => this.ended(message),
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

  private ended(message: string): void {
    this.end = message;
    this.bridge = this.init = this.ready = undefined;
    this.mirror({ isInit: false, logged: false });
    emitterOf(this.surface.parley).emit('fatal', { message });
  }
}
