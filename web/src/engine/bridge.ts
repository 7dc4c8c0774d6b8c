// The way out of a running core: carries out each batch of effects, with timers, sockets and
// the outbox, and reports to the core what comes of them.

import type { Effect } from '../shared/abi';
import { toJSON } from '../shared/args';
import type { SessionMirror } from '../shared/contract';
import { ParleyError, reason, report } from '../shared/errors';

import type { Delivery } from './delivery';
import { type Calls, CoreExports, PAGE, SOCKET } from './exports';
import type { Outbox } from './outbox';
import { watchPage } from './page-events';
import type { HostObject, Program } from './program';

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
  private sockets = new Set<WebSocket>();
  private outbox: Outbox | undefined;
  private stopWatching: (() => void) | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;

  private constructor(private readonly ends: BridgeEnds) {
    super(ends.calls);
  }

  /** Starts a core. Its calls and what the page sees of it are the ends'. */
  static async start(start: (host: HostObject) => Promise<Program>, ends: BridgeEnds): Promise<Bridge> {
    const bridge = new Bridge(ends);
    const program = await start(bridge.host());
    bridge.program = program;
    bridge.stopWatching = watchPage((kind) => {
      bridge.step((exports) => exports.parley_page(kind));
      if (kind === PAGE.visible) bridge.look();
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
    outbox.done = (write) => this.step((exports) => exports.parley_stored(write));
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
      attach: (socket, epoch) => this.attach(socket, epoch),
      fetched: (response, callId) => {
        void response
          .then(async (answer) => [answer.status, await answer.text()] as const)
          .catch((thrown) => [0, reason(thrown)] as const)
          .then(([status, body]) => this.fetched(callId, status, body));
      },
      fatal: (message) => this.fail(message),
    };
  }

  // Each frame is a task of its own, so each goes in at once.
  private attach(socket: WebSocket, epoch: number): void {
    const state = (kind: number, code: number) => this.step((exports) => exports.parley_socket(epoch, kind, code));
    this.sockets.add(socket);
    socket.onopen = () => state(SOCKET.opened, 0);
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.step((exports) => exports.parley_frames(epoch, this.write(data, true)));
    };
    socket.onclose = ({ code }) => {
      this.sockets.delete(socket);
      state(SOCKET.closed, code);
    };
  }

  // What listeners can see goes through the delivery, in order. The rest is done at once, also
  // when a listener's own call has caused it.
  protected override apply(batch: Effect[]): void {
    const visible: Effect[] = [];
    for (const effect of batch) if (!this.direct(effect)) visible.push(effect);
    if (visible.length > 0) this.ends.delivery.deliver(visible);
  }

  private direct([kind, target, first, second, third]: Effect): boolean {
    switch (kind) {
      case 'settle':
        this.calls.take(target, true)?.resolve(first);
        return true;
      case 'reject':
        this.calls.take(target)?.reject(new ParleyError(first.code, first.message));
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

  // The core has broken or ended. Its sockets and timers are ended too; Go's own timers would
  // throw after its exit.
  protected override fail(message: string): void {
    if (this.end) return;
    this.end = message;
    this.stopWatching?.();
    clearInterval(this.looking);
    for (const timer of [...this.timers.values(), ...(this.program?.go._scheduledTimeouts.values() ?? [])]) clearTimeout(timer);
    for (const socket of this.sockets) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.ends.ended(message);
  }
}
