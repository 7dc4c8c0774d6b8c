// The core as the rest of the script sees it: `init` begins it, and calls wait until it
// is ready. The engine, which runs it, is a file of its own, loaded by the first `init`.

import type * as Public from '../../index';
import type { CommandName, Commands } from '../shared/abi';
import * as args from '../shared/args';
import { toJSON } from '../shared/args';
import type {
  Attach,
  CoreFiles,
  CoreOptions,
  Engine,
  EngineHost,
  FileTransfer,
  RecordHost,
  SessionMirror,
  Surface,
} from '../shared/contract';
import { guarded, ParleyError } from '../shared/errors';
import { emitterOf, Listenable } from '../shared/listeners';
import { log } from '../shared/logger';
import { inWorker } from './in-worker';
import { stopMonitors } from './monitor';

// How many calls may wait for `init`.
const queueLimit = 1000;

const destroyed = () => new ParleyError('499 destroyed', 'ICF.Parley.destroy was called');

export class Core implements EngineHost, RecordHost {
  user: Public.User | null = null;
  token: string | null = null;
  /** The server's limits: a message in characters, a frame in bytes. These hold until it sends its own. */
  limits = { message: 10_000, frame: 262_144 };
  proof: Public.Identity | undefined;
  identity: (() => Public.Proof) | undefined;
  engine: Engine | undefined;
  private init: { key: string; done: Promise<void> } | undefined;
  private ending: Promise<unknown> | undefined;
  private queued = 0;
  // The server's time when `performance.now()` was 0.
  private origin: number | undefined;
  private end: ParleyError | undefined;
  recording: Promise<Public.Debug & Public.DebugTools> | undefined;
  attach: Attach | undefined;
  // The chats that have changed since the last event `change`; undefined if nothing has.
  private changes: Set<string> | undefined;

  constructor(
    readonly surface: Surface,
    readonly version: string,
    private readonly files: CoreFiles,
  ) {}

  /** Whether `init` is under way or done. */
  get begun(): boolean {
    return this.init !== undefined;
  }

  async preload(): Promise<void> {
    if (!this.init && savesData()) return;
    const { files } = this;
    // A Worker compiles for itself, from the browser's cache.
    const code = inWorker(files) ? files.cached() : files.compiled();
    await Promise.all([files.engine(), code]);
  }

  /** Begins once: the same options give the same promise. */
  begin(options: CoreOptions): Promise<void> {
    const key = toJSON(options);
    if (this.init) {
      if (this.init.key === key) return this.init.done;
      return Promise.reject(new ParleyError('409 other-options', 'ICF.init was called before with other options'));
    }
    const init = { key, done: this.start(options) };
    this.init = init;
    init.done.catch(() => {
      if (this.init === init) this.init = undefined;
    });
    return init.done;
  }

  /** Ends all that `init` began, but not the session. The promise is for when nothing is left; `init` can be called before. */
  async destroy(): Promise<void> {
    const { engine, init } = this;
    const { lobby, parley, events } = this.surface;
    this.engine = this.init = this.end = undefined;
    this.ending = Promise.allSettled([this.ending, engine?.destroy(destroyed())]);
    stopMonitors();
    if (init) emitterOf(parley).emit('change', { chatIds: [] }); // the last event
    for (const emitter of [events, emitterOf(lobby), emitterOf(parley)]) emitter.end();
    await this.ending;
  }

  /** Calls the core; while `init` is under way, after it. */
  call<Name extends CommandName>(
    name: Name,
    args: Commands[Name],
    onCreate?: (...created: any[]) => void,
    transfer?: FileTransfer,
  ): Promise<any> {
    return this.ask(({ running }) => running!.call(name, args, onCreate, transfer));
  }

  /** Fetches a file of the server, with the session's token or the one given. */
  download(path: string, token?: string): Promise<Blob> {
    return this.ask((engine) => engine.download(path, token));
  }

  /** Ends the session, and deletes the stored requests of its user. */
  logout(): Promise<void> {
    return this.ask((engine) => engine.logout());
  }

  /** A chat that the core holds. */
  chat(id: string): Public.Chat {
    if (!this.engine) throw destroyed();
    return this.engine.chat(id);
  }

  stats(): Public.Stats | null {
    return (this.engine?.stats() ?? null) as Public.Stats | null;
  }

  /** The server's time, in unix milliseconds; while it is not known, the page's. A clock that is set has no effect on it. */
  now(): number {
    return this.origin === undefined ? Date.now() : this.origin + performance.now();
  }

  mirror({ isInit, logged, user, token, limits, now }: SessionMirror): void {
    if (now) this.origin = now - performance.now();
    if (limits) this.limits = limits;
    if (isInit !== undefined) this.surface.icf.isInit = isInit;
    if (logged !== undefined) this.surface.lobby.logged = logged;
    if (user !== undefined) this.user = user as Public.User | null;
    if (token !== undefined) this.token = token;
    this.changed();
  }

  changed(chatId?: string): void {
    if (!this.changes) {
      const ids = (this.changes = new Set<string>());
      // One event for all that is under way, which its listeners then see whole.
      queueMicrotask(() => {
        this.changes = undefined;
        emitterOf(this.surface.parley).emit('change', { chatIds: [...ids] });
      });
    }
    if (chatId) this.changes.add(chatId);
  }

  /** Another core starts in place of one that has ended: calls wait for it. */
  restarting(done: Promise<void>, failed: (thrown: unknown) => void): void {
    this.init = { key: this.init!.key, done };
    done.catch((thrown) => {
      if (this.init?.done === done) failed(thrown);
    });
  }

  /** The core is gone until `init` is called again. Gives the error for the calls that it leaves. */
  over(message: string): ParleyError {
    this.init = undefined;
    this.mirror({ isInit: false, logged: false });
    return (this.end = new ParleyError('500 core-ended', `${message}; ICF.init starts it again`));
  }

  private ask<T>(run: (engine: Engine) => Promise<T>): Promise<T> {
    if (this.engine?.running) return run(this.engine);
    if (!this.init) return Promise.reject(this.end ?? new ParleyError('400 not-initialised', 'call ICF.init first'));
    if (this.queued >= queueLimit) {
      return Promise.reject(new ParleyError('429 too-many-calls', `more than ${queueLimit} calls wait for ICF.init`));
    }
    this.queued++;
    const done = this.init.done.finally(() => void this.queued--);
    return done.then(() => this.ask(run));
  }

  /** Begins a recording of what runs, and of what starts from now on. */
  record(options: Public.DebugOptions): Promise<Public.Debug & Public.DebugTools> {
    return (this.recording ??= this.files.engine().then((Engine) => Engine.record(this, this.files, options)));
  }

  private async start(options: CoreOptions): Promise<void> {
    const worker = options.worker ?? inWorker(this.files);
    if (!worker) this.files.compiled().catch(() => {}); // meanwhile; the engine asks for it again
    const { ending } = this;
    await ending;
    const Engine = await this.files.engine();
    await shown();
    if (this.ending !== ending) throw destroyed();
    this.engine ??= new Engine(this, this.surface, this.version, this.files);
    await this.engine.start({ ...options, worker });
    this.end = undefined;
  }
}

// Whether the visitor wants to load no more than is needed. There is no page on a server. No browser has `prefers-reduced-data` yet.
const savesData = (): boolean => (globalThis.navigator as any)?.connection?.saveData;

// A page that the browser prerenders has no visitor yet, and may never have one.
async function shown(): Promise<void> {
  if ((document as any).prerendering) await new Promise((done) => document.addEventListener('prerenderingchange', done, { once: true }));
}

// What Parley has beyond the documented interface: the connection, the messages that
// wait, the core's figures.

// More than can wait: the list is bounded even if an event is missed.
const entriesAtMost = 5000;

export class Parley extends Listenable<Public.ParleyEvents> implements Public.Parley {
  readonly version = PARLEY_VERSION;
  connection: Public.ConnectionState = { state: 'closed', code: 0 };
  readonly retry: Public.Parley['retry'];
  readonly discard: Public.Parley['discard'];
  readonly preload: Public.Parley['preload'];
  readonly destroy: Public.Parley['destroy'];
  readonly stats: Public.Parley['stats'];
  readonly now: Public.Parley['now'];
  readonly debug: Public.Parley['debug'];
  readonly identity: Public.Parley['identity'];
  private readonly entries = new Map<string, Public.PendingMessage>();

  /** `place` tells where the core's files are, from the options of `preload`. */
  constructor(core: () => Core, place: (options: object) => unknown) {
    super();
    this.retry = (eventId) => guarded(() => core().call('retry', { eventId: args.text('eventId', eventId) }));
    this.discard = (eventId) => guarded(() => core().call('discard', { eventId: args.text('eventId', eventId) }));
    this.stats = () => core().stats();
    this.now = () => core().now();
    this.destroy = () => core().destroy();
    this.identity = (fn) => {
      core().identity = args.optFunction('fn', fn);
      void core().engine?.identify();
    };
    this.debug = { start: (options) => core().record(options ?? {}) };
    this.preload = (options) => {
      const loaded = guarded(() => {
        if (options) place(options);
        return core().preload();
      });
      // Only a hint: if nobody handles the promise, ICF.init reports the failure.
      loaded.catch(() => {});
      return loaded;
    };
  }

  get logger(): Partial<Public.Logger> {
    return log.to;
  }

  set logger(logger) {
    log.to = logger;
  }

  pending(chatId?: string): Public.PendingMessage[] {
    return [...this.entries.values()].filter((entry) => chatId === undefined || entry.chatId === chatId);
  }

  /** Takes over an event before its listeners get it. */
  update(event: string, data: any): void {
    if (event === 'connection') this.connection = data;
    if (event !== 'message' || !data.eventId) return;
    this.entries.delete(data.eventId);
    if (data.state === 'pending' || data.state === 'failed') this.entries.set(data.eventId, data);
    if (this.entries.size > entriesAtMost) this.entries.delete(this.entries.keys().next().value!);
  }

  /** The user's chats are gone, with the messages that waited. */
  clear(): void {
    this.entries.clear();
  }
}
