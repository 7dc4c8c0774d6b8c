// Runs the chat core, and holds what outlives a core that ends: the chats with their
// listeners, the calls, the outbox. With all of src/engine it is a file of its own, which
// a page without a chat never loads.

import type * as Public from '../../index';
import type { CoreCode, CoreOptions, Engine as EngineContract, EngineHost, RunningProgram, Surface } from '../shared/contract';
import { ParleyError, reason, report } from '../shared/errors';
import { write } from '../shared/logger';
import { Bridge } from './bridge';
import { Calls } from './calls';
import { Delivery } from './delivery';
import type { Beginning } from './first-request';
import { type Proven, prove } from './identity';
import { Outbox } from './outbox';
import { meets } from './policy';
import { startProgram } from './program';
import { record, recordsAtOnce } from './recording';
import { Remote, type RemoteEnds } from './remote';
import { Runner, type RunnerEnds, type Running } from './runner';
import { SessionStore } from './session-store';
import { Transfer } from './transfer';

// How long `destroy` waits for a start and for the goodbye of sockets, in milliseconds.
const patience = 1000;

// A core that nobody needs for so long gives its memory back.
const restsAfter = 30 * 60_000;

// How often a session is renewed at most, in milliseconds.
const renewsEvery = 5000;

// After so many ends in this time no other core is started.
const crashesAtMost = 3;
const crashesWithin = 60_000;

export class Engine implements EngineContract {
  static readonly record = record;
  private readonly delivery: Delivery;
  private readonly calls: Calls;
  // Of the last `start`: one that was refused leaves a core that the next one goes on with.
  private options: CoreOptions | undefined;
  private outbox: Outbox | undefined;
  private store: SessionStore | undefined;
  private crashes: number[] = [];
  // `init` has succeeded, so another core may take over from one that ends.
  private begins = false;
  private bridge: Promise<Bridge> | undefined;
  private leaving: Promise<unknown> | undefined;
  private destroyed: ParleyError | undefined;
  private readonly ending = new AbortController();
  private resting: ReturnType<typeof setInterval> | undefined;
  private waking: Promise<Bridge> | undefined;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private renewed = -Infinity;
  /** What can be called: the core, or what wakes one. There is none before `init`, and while another one starts. */
  running: Pick<Bridge, 'call' | 'stats' | 'settled'> | undefined;
  current: RunningProgram | undefined;

  constructor(
    private readonly core: EngineHost,
    surface: Surface,
    private readonly version: string,
    private readonly loader: CoreCode,
    private readonly begin = startProgram,
  ) {
    this.delivery = new Delivery(surface, core);
    this.calls = new Calls(this.delivery);
  }

  /** Starts the first core. */
  async start(options: CoreOptions): Promise<void> {
    this.options = options;
    meets(options.api); // by uploads and downloads, which the page makes wherever the core runs
    if (recordsAtOnce()) void this.core.record({});
    await this.core.recording?.catch(report); // so that it has the core's beginning
    await this.outbox?.end(); // of an `init` that failed, or a core that is over
    if (this.destroyed) throw this.destroyed;
    const notStored = (message: string) => this.emit('error', { code: 500, message, reason: 'not-stored' });
    this.outbox = new Outbox(`parley ${options.api} ${options.appId}`, notStored);
    this.store = new SessionStore(options, notStored);
    const [bridge, left] = await Promise.all([this.program(options), this.outbox.take()]);
    if (this.destroyed) throw this.destroyed;
    bridge.keepIn(this.outbox, this.store);
    this.renewable(bridge);
    await bridge.call('init', { ...app(options), stored: this.store.load(), ...left });
    this.begins = true;
    this.run(bridge);
    await this.identify();
  }

  async identify(): Promise<void> {
    const { core } = this;
    if (!this.renewable(this.running)) return;
    try {
      const ask = () => prove(core, this.options!, core.token);
      const proven = await ask().catch(async (thrown) => {
        if (thrown.reason !== 'wrong-user') throw thrown;
        await this.logout(); // of who was here before
        return ask();
      });
      if (proven?.session) await this.become(proven);
    } catch (thrown) {
      this.emit('error', problem(thrown));
    }
  }

  /** Ends the session, and deletes the stored requests of its user. */
  logout(): Promise<void> {
    const { user } = this.core;
    const done = this.running!.call('logout', {}).then(() => (user ? this.outbox!.forget(user.id) : undefined));
    this.leaving = done.catch(() => {});
    // At once, since the page may be left before a Worker says so.
    if (user) this.store!.clear({ appId: this.options!.appId, id: user.id, token: this.core.token ?? '' });
    return done;
  }

  /**
   * Ends the core, and not the session. From now on the page hears nothing, and calls are rejected with this error; those
   * whose requests are in the outbox a little later, when it is certain that they are stored.
   */
  async destroy(error: ParleyError): Promise<void> {
    const carriedOut = this.running?.settled();
    this.destroyed = error;
    this.running = undefined;
    clearTimeout(this.renewal);
    clearInterval(this.resting);
    this.delivery.end(error);
    this.core.mirror({ isInit: false, logged: false, user: null, token: null });
    // What is on its way to a Worker is stored too, unless that stands still.
    if (carriedOut) await within(carriedOut);
    this.ending.abort();
    this.calls.cut(error);
    const closed = this.bridge?.then((bridge) => bridge.stop(error.message)).catch(() => {}); // also one that is starting
    await this.leaving;
    const lost = await this.outbox?.end();
    this.calls.end(error, new ParleyError('499 destroyed-stored', `${error.message}: the request is stored, and sent later`), lost);
    await within(closed);
  }

  /** Fetches a file of the server, with the session's token or the one given. */
  async download(path: string, token?: string): Promise<Blob> {
    const transfer = new Transfer();
    await this.running!.call('download', { path, token }, undefined, transfer);
    return transfer.content!;
  }

  /** A chat that the core holds. */
  chat(id: string): Public.Chat {
    return this.delivery.live.get(id)!;
  }

  stats(): Record<string, number> | null {
    return this.running?.stats() ?? null;
  }

  // Says so to a core, if the page can prove who the user is, and there is a core.
  private renewable(bridge: Pick<Bridge, 'call'> | undefined): boolean {
    if (!bridge || !(this.core.proof || this.core.identity)) return false;
    bridge.call('renewable', {}).catch(() => {}); // the core has ended
    return true;
  }

  private async become({ user, session }: Proven, renewed = ''): Promise<void> {
    if (this.core.token && renewed !== user.id) await this.logout();
    await this.running!.call('login', { id: user.id, token: session!.token });
  }

  // Gets another session of the user, whose own has ended. What passes by itself is tried again, not too often.
  private renew(): void {
    clearTimeout(this.renewal);
    const { core } = this;
    this.renewal = setTimeout(
      async () => {
        this.renewed = performance.now();
        try {
          const proven = await prove(core, this.options!, null);
          if (!core.token) return; // the page has logged out meanwhile
          if (proven) return await this.become(proven, core.user!.id);
          await this.logout();
        } catch (thrown) {
          if (!this.running || !core.token) return;
          this.emit('error', problem(thrown));
          if ((thrown as ParleyError).code < 429) await this.logout();
          else this.renew();
        }
      },
      this.renewed + renewsEvery - performance.now(),
    );
  }

  // Starts another core with what the page has.
  private async again(options: CoreOptions, calls: Record<string, number>): Promise<Bridge> {
    const [bridge, left] = await Promise.all([this.program(options), this.outbox!.take(true)]);
    if (this.destroyed) throw this.destroyed;
    bridge.keepIn(this.outbox!, this.store!);
    this.renewable(bridge);
    const { user, token } = this.core;
    const again = { id: user?.id ?? '', token: token ?? '', user, chats: this.delivery.chats(), calls, now: Math.round(this.core.now()) };
    await bridge.call('init', { ...app(options), stored: null, ...left, again });
    this.run(bridge);
    return bridge;
  }

  // Without a session there is no connection, and so nothing that the page could miss of a core that rests.
  private run(bridge: Bridge): void {
    this.running = bridge;
    let { last } = this.calls;
    this.resting = setInterval(() => {
      const idle = this.calls.last === last && !this.calls.busy && !this.core.user && this.delivery.live.size === 0;
      if (idle) this.rest();
      last = this.calls.last;
    }, restsAfter);
  }

  private rest(): void {
    clearInterval(this.resting);
    void this.bridge?.then((bridge) => bridge.stop('rest'));
    this.bridge = this.current = undefined;
    const woken = () => (this.waking ??= this.again(this.options!, {}).finally(() => (this.waking = undefined)));
    this.running = { call: (...call) => woken().then((bridge) => bridge.call(...call)), stats: () => null, settled() {} };
  }

  // The running core, also one whose `init` was refused, or a new one.
  private program(options: CoreOptions): Promise<Bridge> {
    if (this.bridge) return this.bridge;
    const session = this.store!.load();
    const first = this.begins || session ? undefined : app(options);
    // The core dials for a session of its app.
    const socket = session?.token && session.appId === options.appId ? options.socket : undefined;
    const beginning = { version: this.version, again: this.begins, first, socket };
    const bridge = Bridge.to((ends) => (options.worker ? this.somewhere(beginning, ends) : this.local(beginning, ends)), {
      delivery: this.delivery,
      calls: this.calls,
      session: (mirror) => {
        if (this.destroyed) return;
        this.core.mirror(mirror);
        this.outbox!.user = this.core.user?.id;
      },
      renew: () => this.renew(),
      ended: (message) => this.ended(message),
      refused: (message) => this.emit('error', { code: 503, message, reason: 'refused-by-policy' }),
    });
    bridge.catch(() => (this.bridge = undefined));
    return (this.bridge = bridge);
  }

  // In a Worker if that can be had; but where a core has just ended, in the page if that can be, since it may have been the Worker.
  private async somewhere(beginning: Beginning, ends: RemoteEnds): Promise<Running> {
    const crashed = this.crashes.some((at) => performance.now() - at < crashesWithin);
    try {
      return await (crashed ? this.local(beginning, ends) : this.remote(beginning, ends));
    } catch (thrown) {
      if (this.destroyed) throw this.destroyed;
      // What cannot be loaded for the one cannot for the other.
      if (/^(not-loaded|wrong-)/.test((thrown as ParleyError).reason)) throw thrown;
      if (crashed) return this.remote(beginning, ends);
      write('warn', `the chat core runs in the page's thread, as its Worker cannot be had: ${reason(thrown)}`);
      return this.local(beginning, ends);
    }
  }

  private async remote(beginning: Beginning, ends: RemoteEnds): Promise<Running> {
    const remote = await Remote.start(this.loader, beginning, ends, this.ending.signal);
    if (!this.destroyed) this.attach(remote);
    return remote;
  }

  private async local(beginning: Beginning, ends: RunnerEnds): Promise<Running> {
    const compiled = async () => {
      const code = await this.loader.compiled();
      if (this.destroyed) throw this.destroyed;
      return code;
    };
    const runner = await Runner.start(compiled, beginning, ends, this.begin);
    this.attach(runner.program!);
    return runner;
  }

  private attach(program: RunningProgram): void {
    this.current = program;
    this.core.attach?.(program, true);
  }

  private ended(message: string): void {
    if (this.destroyed) return;
    this.bridge = this.running = undefined;
    clearInterval(this.resting);
    const now = performance.now();
    this.crashes = [...this.crashes.filter((at) => now - at < crashesWithin), now];
    if (!this.begins || this.crashes.length >= crashesAtMost) return this.over(message);
    const calls = this.calls.cut(new ParleyError('500 core-ended', `${message}; it starts again`));
    const recovered = () => this.emit('recovered', { crashes: this.crashes.length });
    this.core.restarting(this.again(this.options!, calls).then(recovered), (thrown) => this.over(`${message}, and ${reason(thrown)}`));
  }

  private over(message: string): void {
    this.begins = false;
    this.crashes = [];
    this.calls.end(this.core.over(message));
    this.emit('fatal', { message });
  }

  private emit(event: string, data: object): void {
    this.delivery.deliver([['parley', event, data]]);
  }
}

async function within(promise: Promise<unknown> | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  await Promise.race([promise, new Promise((late) => (timer = setTimeout(late, patience)))]);
  clearTimeout(timer!);
}

// What a listener hears of what a proof came to. What the page's function throws is as if the server were not reached.
const problem = (thrown: unknown) => ({ code: 503, message: reason(thrown), reason: 'unreachable', ...(thrown as object) });

// The options that are for the core.
const app = ({ appId, api, socket, domainKey }: CoreOptions) => ({ appId, api, socket, domainKey });
