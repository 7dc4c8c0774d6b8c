// Runs the core's program, in the page's thread or in a Worker. In: each call of one of its exported functions is a step,
// which gives a batch of effects. Out: timers, sockets and requests are carried out here, and the core hears what comes of it;
// all else is the page's, whose half of the bridge gets it (bridge.ts).

import type { CommandName, Effect, Exports, PageEvent } from '../shared/abi';
import { reason, unanswered } from '../shared/errors';
import { AskedSocket, isMixed, webSocket } from './asked-socket';
import { early } from './early-socket';
import { type Beginning, firstRequest } from './first-request';
import { HttpSocket } from './http-socket';
import { filled, type Kept, partIn, saidIn } from './payload';
import { meets, refusal } from './policy';
import { type HostObject, type Program, startProgram } from './program';
import { canShare, SharedSocket, type Sharing } from './shared-socket';
import { type End, SOCKET, type Socket } from './socket';
import { attempt } from './tabs';

/** A core that runs, in this thread or in another one. */
export interface Running {
  /** Sends a command of the call with this number; 0 if nobody waits. */
  command(call: number, name: CommandName, json: string): void;
  /** The answer to a file transfer of a call. */
  fetched(call: number, status: number, body: string): void;
  page(kind: PageEvent): void;
  /** The core's figures, with the memory and the page's objects that it holds. */
  stats(): Record<string, number> | null;
  /** Is kept when all that was asked so far is carried out; undefined if it is. */
  settled(): Promise<unknown> | undefined;
  /** Lets go of the program. The promise is for the end of its sockets. */
  stop(): Promise<unknown>;
}

/** What gets what comes of a core. */
export interface RunnerEnds {
  apply(batch: Effect[]): void;
  /** The program has broken or ended, and is not called again. */
  failed(message: string): void;
}

// Go runs finalizers (they free the page's objects that Go let go of) and other background work only when resumed, not in an export.
const stepsBetweenResumes = 256;
const longestTimeout = 2 ** 31 - 1;
// Random numbers for some steps, since asking for one takes as long as asking for many.
const random = new BigInt64Array(64);
let used = 0;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Runner implements Running {
  program: Program | undefined;
  private inside = false;
  private waiting: Parameters<Runner['step']>[] = [];
  private steps = 0;
  // The core holds no chat yet.
  private empty: boolean;
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly sockets = new Set<Socket>();
  private readonly sharing: Sharing = { stolen: 0 };
  // The last WebSocket has not opened.
  private asks = false;
  private readonly over = new AbortController();
  private early: () => Socket | undefined = () => undefined;
  private closed: (() => void) | undefined;

  private constructor(
    private readonly ends: RunnerEnds,
    { again }: Beginning,
  ) {
    this.empty = !again;
  }

  /** Starts a core of this version, with the code that `compiled` gives. */
  static async start(
    compiled: () => Promise<WebAssembly.Module>,
    beginning: Beginning,
    ends: RunnerEnds,
    begin = startProgram,
  ): Promise<Runner> {
    const { version, first, socket } = beginning;
    const runner = new Runner(ends, beginning);
    const { signal } = runner.over;
    try {
      // What cannot be made the core hears of when it dials.
      const made = socket && attempt(() => runner.make(socket));
      if (made) runner.early = early(made);
      const request = first && firstRequest(first, signal);
      runner.program = await begin(await compiled(), version, runner.host(), signal, request);
    } catch (thrown) {
      runner.over.abort();
      throw thrown;
    }
    runner.program.ended.then(
      () => runner.fail('the chat core ended'),
      (thrown) => runner.fail(`the chat core ended: ${reason(thrown)}`),
    );
    return runner;
  }

  command(call: number, name: CommandName, json: string): void {
    this.step((exports) => exports.parley_command(call, this.write(`{"name":"${name}","args":${json}}`)));
  }

  fetched(call: number, status: number, body: string): void {
    this.step((exports) => exports.parley_fetched(call, status, this.write(body)));
  }

  page(kind: PageEvent): void {
    this.step((exports) => exports.parley_page(kind));
  }

  stats(): Record<string, number> | null {
    const { program } = this;
    if (!program || this.inside || program.go.exited) return null;
    const figures = JSON.parse(this.read(program.exports.parley_stats()));
    const { _values, _idPool } = program.go;
    return { ...figures, memory: program.exports.mem.buffer.byteLength, references: _values.length - _idPool.length };
  }

  settled(): undefined {}

  /** Also ends its sockets, requests and timers; Go's own timers would throw after its exit. */
  stop(): Promise<unknown> {
    const { program } = this;
    this.program = undefined;
    this.over.abort();
    for (const timer of [...this.timers.values(), ...(program?.go._scheduledTimeouts.values() ?? [])]) clearTimeout(timer);
    for (const socket of [this.early(), ...this.sockets]) socket?.close(1000);
    return new Promise<void>((closed) => {
      if (this.sockets.size > 0) this.closed = closed;
      else closed();
    });
  }

  private fail(message: string): void {
    if (!this.program) return;
    void this.stop();
    this.ends.failed(message);
  }

  // A step is whole before the next begins, also when the page's own code,
  // called from within Go (a patched fetch, say), calls us. `kept` goes into its batch.
  private step(run: (exports: Exports) => number, kept?: Kept): void {
    this.waiting.push([run, kept]);
    if (this.inside) return;
    let next: (typeof this.waiting)[0] | undefined;
    while ((next = this.waiting.shift())) this.enter(...next);
  }

  private enter(run: (exports: Exports) => number, kept?: Kept): void {
    const { program } = this;
    if (!program) return;
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
    const rest = (kept ? filled(batch, kept) : batch).filter((effect) => !this.own(effect));
    if (rest.length > 0) this.ends.apply(rest);
  }

  private own([kind, target, ms]: Effect): boolean {
    switch (kind) {
      case 'arm':
        this.arm(target, ms);
        break;
      case 'disarm':
        clearTimeout(this.timers.get(target));
        this.timers.delete(target);
        break;
      case 'fatal':
        this.fail(target);
        break;
      case 'open':
        this.empty = false;
        return false;
      default:
        return false;
    }
    return true;
  }

  private arm(id: number, ms: number): void {
    clearTimeout(this.timers.get(id));
    const tick = () => {
      this.timers.delete(id);
      this.step((exports) => exports.parley_timer(id));
    };
    this.timers.set(id, setTimeout(tick, Math.min(ms, longestTimeout)));
  }

  // Writes text at the core's input, with its length before it when framed;
  // gives the length in bytes. Asking for room can grow the memory, so the
  // view is made after it.
  private write(text: string, framed = false): number {
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

  // The functions that Go calls.
  private host(): HostObject {
    return {
      dial: (transport, url, epoch) => {
        meets(url);
        if (transport === 'http') return this.attach(new HttpSocket(url), epoch);
        return this.attach(this.early() ?? this.make(url), epoch, true);
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

  // A WebSocket of this page, or one that it shares with other tabs. Throws what `webSocket` does.
  private make(url: string): Socket {
    const own = () => {
      const socket = this.asks ? new AskedSocket(url) : webSocket(url);
      this.asks = true;
      return socket;
    };
    return canShare() && !isMixed(url) ? new SharedSocket(url, own, this.sharing) : own();
  }

  // Each frame is a task of its own, so each goes in at once. A frame for a WebSocket that closes is left out, since browsers
  // complain of it on the console: the core hears of the end next, and sends again.
  private attach(socket: Socket, epoch: number, isWebSocket = false): Pick<Socket, 'send' | 'close'> {
    const state = (kind: number, code: number) => this.step((exports) => exports.parley_socket(epoch, kind, code));
    this.sockets.add(socket);
    socket.onopen = ({ type }) => {
      if (isWebSocket) this.asks = false;
      state(SOCKET.opened, +!!type); // an event of the browser is of a WebSocket of this page
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return;
      const kept = saidIn(data) ?? (this.empty ? partIn(data) : undefined);
      this.step((exports) => {
        const length = this.write(kept?.text ?? data, !kept?.numbers);
        return kept?.numbers ? exports.parley_said(epoch, ...kept.numbers) : exports.parley_frames(epoch, length);
      }, kept);
    };
    socket.onclose = ({ code, moved, wait }: End) => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.closed?.();
      state(moved ? SOCKET.moved : code && !wait ? SOCKET.closed : SOCKET.unreached, wait || code);
    };
    return { send: (frame) => socket.readyState! > WebSocket.OPEN || socket.send(frame), close: (code) => socket.close(code) };
  }
}
