// The page's half of the bridge to a running core; jsbridge is the other one. In: each call of the program's exported functions
// is a step, which gives a batch of effects. Out: it is carried out, with timers, sockets and outbox; the core hears what comes of it.

import type { CommandName, Commands, Effect, Exports } from '../shared/abi';
import { toJSON } from '../shared/args';
import type { FileTransfer, SessionMirror } from '../shared/contract';
import { ParleyError, reason, report, unanswered } from '../shared/errors';
import { AskedSocket, webSocket } from './asked-socket';
import type { Delivery } from './delivery';
import { HttpSocket, SOCKET, type Socket } from './http-socket';
import type { Outbox } from './outbox';
import { PAGE, watchPage } from './page-events';
import { filled, type Said, saidIn } from './payload';
import { refusal } from './policy';
import type { HostObject, Program } from './program';

// The promises of calls, by their numbers. They outlive a core: a call whose request is
// in the outbox goes on waiting when another core takes over.

/** A call that waits for its end. */
export interface Call {
  name: CommandName;
  resolve(value: unknown): void;
  reject(error: ParleyError): void;
  onCreate: ((...created: any[]) => void) | undefined;
  transfer: FileTransfer | undefined;
}

/** Gets the beginning and the end of calls that give the page new chats. */
export interface Openings {
  /** Such a call has begun; with `all` the page has no chat before it ends. */
  opening(all: boolean): void;
  /** Such a call has ended. */
  opened(): void;
}

const restores: CommandName[] = ['init', 'login'];
const opens: CommandName[] = [...restores, 'chat.create', 'chat.load'];

export class Calls {
  private last = 0;
  private readonly waiting = new Map<number, Call>();
  private readonly stored = new Map<string, number>();

  constructor(private readonly openings: Openings) {}

  /** Gives the call's number. */
  add(call: Call): number {
    this.waiting.set(++this.last, call);
    if (opens.includes(call.name)) this.openings.opening(restores.includes(call.name));
    return this.last;
  }

  get(id: number): Call | undefined {
    return this.waiting.get(id);
  }

  /** Gives a call that has ended, and forgets it. */
  take(id: number, done = false): Call | undefined {
    const call = this.waiting.get(id);
    this.waiting.delete(id);
    call?.transfer?.end(done);
    if (call && opens.includes(call.name)) this.openings.opened();
    return call;
  }

  /** The outbox has the request of a call under this key; or, if the record is null, no longer. */
  keep(key: string, record: unknown, id: number): void {
    if (record !== null && id) this.stored.set(key, id);
    else this.stored.delete(key);
  }

  /** Rejects the calls whose requests are not in the outbox; gives the numbers of the others, by key. */
  cut(error: ParleyError): Record<string, number> {
    const kept = new Set(this.stored.values());
    for (const id of [...this.waiting.keys()]) if (!kept.has(id)) this.take(id)!.reject(error);
    return Object.fromEntries(this.stored);
  }

  /** Rejects all calls; with `later` those whose requests stay in the outbox. */
  end(error: ParleyError, later = error, lost?: ReadonlySet<string>): void {
    for (const [key, id] of this.stored) if (!lost?.has(key)) this.take(id)?.reject(later);
    this.stored.clear();
    this.cut(error);
  }
}

// Go runs finalizers (they free the page's objects that Go let go of) and other background work only when resumed, not in an export.
const stepsBetweenResumes = 256;
// In characters. Far more than a server takes, and little enough for the core's memory.
const longestCommand = 1 << 20;
// Random numbers for some steps, since asking for one takes as long as asking for many.
const random = new BigInt64Array(64);
let used = 0;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export abstract class CoreExports {
  /** Why the core is no longer called; undefined while it is. */
  protected end: string | undefined;
  protected program: Program | undefined;
  private inside = false;
  private waiting: Parameters<CoreExports['step']>[] = [];
  private steps = 0;

  constructor(protected readonly calls: Calls) {}

  /** Gets the batch of each step. */
  protected abstract apply(batch: Effect[]): void;

  /** Ends the core: the program has broken or ended, and must not be called again. */
  protected abstract fail(message: string): void;

  /** Sends a command; the promise settles when the core says so. A file that it moves goes by `transfer`. */
  call<Name extends CommandName>(
    name: Name,
    args: Commands[Name],
    onCreate?: (...created: any[]) => void,
    transfer?: FileTransfer,
  ): Promise<any> {
    return new Promise((resolve, reject) => {
      if (this.end) throw new ParleyError('500 core-ended', this.end);
      const json = toJSON(args);
      // `init` hands over the outbox of another core, which may be longer.
      if (json.length > longestCommand && name !== 'init') {
        throw new ParleyError('413 arguments-too-long', `${name}: the arguments are longer than ${longestCommand} characters`);
      }
      this.command(this.calls.add({ name, resolve, reject, onCreate, transfer }), name, json);
    });
  }

  /** Sends a command of the call with this number; 0 if nobody waits. */
  protected command(call: number, name: CommandName, json: string): void {
    this.step((exports) => exports.parley_command(call, this.write(`{"name":"${name}","args":${json}}`)));
  }

  protected fetched(callId: number, status: number, body: string): void {
    this.step((exports) => exports.parley_fetched(callId, status, this.write(body)));
  }

  // A step is whole before the next begins, also when the page's own code,
  // called from within Go (a patched fetch, say), calls us. `said` goes into its batch.
  protected step(run: (exports: Exports) => number, said?: Said): void {
    this.waiting.push([run, said]);
    if (this.inside) return;
    let next: (typeof this.waiting)[0] | undefined;
    while ((next = this.waiting.shift())) this.enter(...next);
  }

  /** The core's figures, with the memory and the page's objects that it holds. */
  stats(): Record<string, number> | null {
    const { program } = this;
    if (!program || this.end || this.inside || program.go.exited) return null;
    const figures = JSON.parse(this.read(program.exports.parley_stats()));
    const { _values, _idPool } = program.go;
    return { ...figures, memory: program.exports.mem.buffer.byteLength, references: _values.length - _idPool.length };
  }

  private enter(run: (exports: Exports) => number, said?: Said): void {
    const { program } = this;
    if (!program || this.end) return;
    const { go, exports } = program;
    let batch: Effect[] = [];
    this.inside = true;
    try {
      if (!(used %= random.length)) crypto.getRandomValues(random);
      exports.parley_moment(performance.timeOrigin + performance.now(), Date.now(), random[used++]!);
      const length = run(exports);
      if (!go.exited && length > 0) batch = JSON.parse(this.read(length));
      if (++this.steps % stepsBetweenResumes === 0 && !go.exited) go._resume();
    } catch (thrown) {
      this.fail(`the chat core broke: ${reason(thrown)}`);
    } finally {
      this.inside = false;
    }
    if (go.exited) this.fail('the chat core ended');
    this.apply(said ? filled(batch, said) : batch);
  }

  // Writes text at the core's input, with its length before it when framed;
  // gives the length in bytes. Asking for room can grow the memory, so the
  // view is made after it.
  protected write(text: string, framed = false): number {
    const { exports } = this.program!;
    const head = framed ? 4 : 0;
    const room = text.length * 3 + head;
    const pointer = exports.parley_input(room);
    const { buffer } = exports.mem;
    const { written } = encoder.encodeInto(text, new Uint8Array(buffer, pointer + head, room - head));
    if (framed) new DataView(buffer).setUint32(pointer, written, true);
    return head + written;
  }

  private read(length: number): string {
    const { exports } = this.program!;
    return decoder.decode(new Uint8Array(exports.mem.buffer, exports.parley_output(), length));
  }
}

/** What the bridge needs of the engine. */
export interface BridgeEnds {
  delivery: Delivery;
  calls: Calls;
  session(mirror: SessionMirror): void;
  /** The core has ended. Nothing more comes from it. */
  ended(message: string): void;
}

const longestTimeout = 2 ** 31 - 1;
// How often a page looks for what ended pages have left, in browsers whose locks do not report that.
const lookEvery = 15_000;

export class Bridge extends CoreExports {
  private timers = new Map<number, ReturnType<typeof setTimeout>>();
  private sockets = new Set<Socket>();
  // The last WebSocket has not opened.
  private asks = false;
  private outbox: Outbox | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private readonly over = new AbortController();
  private closed: (() => void) | undefined;

  private constructor(private readonly ends: BridgeEnds) {
    super(ends.calls);
  }

  /** Starts a core. Its calls and what the page sees of it are the ends'. */
  static async start(start: (host: HostObject, over: AbortSignal) => Promise<Program>, ends: BridgeEnds): Promise<Bridge> {
    const bridge = new Bridge(ends);
    const program = await start(bridge.host(), bridge.over.signal).catch((thrown) => {
      bridge.over.abort();
      throw thrown;
    });
    bridge.program = program;
    watchPage(bridge.over.signal, (kind) => {
      bridge.step((exports) => exports.parley_page(kind));
      if (kind === PAGE.visible) bridge.look();
      else {
        ends.delivery.note(); // the page may be frozen or ended next
        void bridge.outbox?.write();
      }
    });
    bridge.looking = setInterval(() => bridge.look(), lookEvery);
    program.ended.then(
      () => bridge.fail('the chat core ended'),
      (thrown) => bridge.fail(`the chat core ended: ${reason(thrown)}`),
    );
    return bridge;
  }

  /** From now on records go to this outbox. */
  keepIn(outbox: Outbox): void {
    this.outbox = outbox;
    outbox.ended = () => this.look();
  }

  // Takes over what ended pages have left. If there is more than the core has been given, the
  // core asks for it.
  private look(): void {
    if (this.outbox?.user && !this.outbox.more) void this.adopt();
  }

  private async adopt(): Promise<void> {
    const left = await this.outbox!.take();
    this.command(0, 'adopt', toJSON(left));
  }

  // The functions that Go calls.
  private host(): HostObject {
    return {
      dial: (transport, url, epoch) => {
        if (transport === 'http') return this.attach(new HttpSocket(url), epoch);
        const socket = this.asks ? new AskedSocket(url) : webSocket(url);
        this.asks = true;
        return this.attach(socket, epoch, true);
      },
      fetched: (response, callId) => {
        void response
          .then(async (answer) => [answer.status, await answer.text()] as const)
          .catch(async (thrown) => {
            await new Promise((resolve) => setTimeout(resolve)); // the browser tells of a refusal by the page's policy in a task of its own
            return [0, refusal() || unanswered(thrown)] as const;
          })
          .then(([status, body]) => this.fetched(callId, status, body));
      },
    };
  }

  // Each frame is a task of its own, so each goes in at once. A frame for a WebSocket that closes is left out, since browsers
  // complain of it on the console: the core hears of the end next, and sends again.
  private attach(socket: Socket, epoch: number, isWebSocket = false): Pick<Socket, 'send' | 'close'> {
    const state = (kind: number, code: number) => this.step((exports) => exports.parley_socket(epoch, kind, code));
    this.sockets.add(socket);
    socket.onopen = () => {
      if (isWebSocket) this.asks = false;
      state(SOCKET.opened, 0);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return;
      const said = saidIn(data);
      this.step((exports) => {
        const length = this.write(said?.ids ?? data, !said);
        return said ? exports.parley_said(epoch, ...said.numbers) : exports.parley_frames(epoch, length);
      }, said);
    };
    socket.onclose = ({ code }) => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.closed?.();
      state(code ? SOCKET.closed : SOCKET.unreached, code);
    };
    return { send: (frame) => socket.readyState! > WebSocket.OPEN || socket.send(frame), close: (code) => socket.close(code) };
  }

  // What listeners can see goes through the delivery, in order. The rest is done at once, also
  // when a listener's own call has caused it.
  protected override apply(batch: Effect[]): void {
    const visible = batch.filter((effect) => !this.direct(effect));
    if (visible.length > 0) this.ends.delivery.deliver(visible);
  }

  private direct([kind, target, first, second, third]: Effect): boolean {
    switch (kind) {
      case 'settle':
        this.ends.delivery.answer(this.calls.take(target, true), first);
        return true;
      case 'reject':
        this.calls.take(target)?.reject(new ParleyError(`${first.code} ${first.reason ?? ''}`, first.message, first.detail));
        return true;
      case 'created':
        try {
          this.calls.get(target)?.onCreate?.(first, second, third);
        } catch (thrown) {
          report(thrown);
        }
        return true;
      case 'transfer':
        this.calls.get(target)?.transfer?.move(first, (status, body) => this.fetched(target, status, body));
        return true;
      case 'session': {
        const before = this.outbox?.user;
        this.ends.session(target);
        if (this.outbox?.user !== before) this.look(); // before, it was not known whose records to take
        return true;
      }
      case 'arm':
        this.arm(target, first);
        return true;
      case 'disarm':
        clearTimeout(this.timers.get(target));
        this.timers.delete(target);
        return true;
      case 'persist':
        this.calls.keep(target, first, second);
        this.outbox?.put(target, first, third);
        return true;
      case 'more':
        void this.adopt();
        return true;
      case 'fatal':
        this.fail(target);
        return true;
      default:
        return false;
    }
  }

  private arm(id: number, ms: number): void {
    clearTimeout(this.timers.get(id));
    const tick = () => {
      this.timers.delete(id);
      this.step((exports) => exports.parley_timer(id));
    };
    this.timers.set(id, setTimeout(tick, Math.min(ms, longestTimeout)));
  }

  protected override fail(message: string): void {
    if (this.end) return;
    void this.stop(message);
    this.ends.ended(message);
  }

  /**
   * Lets go of the program, which has ended or is not wanted any more, with its memory, and ends its sockets, requests
   * and timers; Go's own timers would throw after its exit. The promise is for the end of the sockets.
   */
  stop(message: string): Promise<unknown> {
    const { program } = this;
    this.end ??= message;
    this.program = undefined;
    clearInterval(this.looking);
    this.over.abort();
    for (const timer of [...this.timers.values(), ...(program?.go._scheduledTimeouts.values() ?? [])]) clearTimeout(timer);
    for (const socket of this.sockets) socket.close(1000);
    return new Promise<void>((closed) => {
      if (this.sockets.size > 0) this.closed = closed;
      else closed();
    });
  }
}
