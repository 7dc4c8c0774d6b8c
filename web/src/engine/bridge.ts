// The JS half of the bridge around one running core: keeps the promises of
// calls, its timers and its sockets, and carries each batch of effects out.

import type { CommandName, Commands, Effect } from '../shared/abi';
import type { FileTransfer, SessionMirror } from '../shared/contract';
import { ParleyError, reason, report } from '../shared/errors';
import { toJSON } from '../shared/json';
import type { Calls } from './calls';
import type { Delivery } from './delivery';
import { Door, PAGE, SOCKET } from './exports';
import type { Outbox } from './outbox';
import { watchPage } from './page-events';
import type { HostObject, Program } from './program';

/** What the bridge needs of the page's side. */
export interface BridgeEnds {
  delivery: Delivery;
  calls: Calls;
  session(mirror: SessionMirror): void;
  /** The core has ended: nothing more will come of it. */
  ended(message: string): void;
}

// Calls that give the page new chats; while the first two run it has none.
const restores: CommandName[] = ['init', 'login'];
const opens: CommandName[] = [...restores, 'chat.create', 'chat.load'];

const longestTimeout = 2 ** 31 - 1;

// How often a page looks for what others left that have ended beside it.
const lookEvery = 15_000;

// In characters. Far more than a server takes, far less than what a page must not fill the core's memory with.
const longestCommand = 1 << 20;

export class Bridge {
  private door: Door | undefined;
  private timers = new Map<number, ReturnType<typeof setTimeout>>();
  private sockets = new Set<WebSocket>();
  private outbox: Outbox | undefined;
  private end: string | undefined;
  private leavePage: (() => void) | undefined;
  private stopLooking: (() => void) | undefined;

  private constructor(private readonly ends: BridgeEnds) {}

  /** Starts a core. Its calls and what the page sees of it are the ends'. */
  static async start(start: (host: HostObject) => Promise<Program>, ends: BridgeEnds): Promise<Bridge> {
    const bridge = new Bridge(ends);
    const program = await start(bridge.host());
    const door = new Door(
      program,
      (batch) => bridge.carry(batch),
      (message) => bridge.fail(message),
    );
    bridge.door = door;
    bridge.leavePage = watchPage((kind) => {
      door.page(kind);
      if (kind === PAGE.visible) bridge.look();
    });
    const looking = setInterval(() => bridge.look(), lookEvery);
    bridge.stopLooking = () => clearInterval(looking);
    program.ended.then(
      () => bridge.fail('the chat core ended'),
      (thrown) => bridge.fail(`the chat core ended: ${reason(thrown)}`),
    );
    return bridge;
  }

  /** Sends a command; the promise settles when the core says so. A file that it moves goes by `transfer`. */
  call<Name extends CommandName>(
    name: Name,
    args: Commands[Name],
    onCreate?: (...created: any[]) => void,
    transfer?: FileTransfer,
  ): Promise<any> {
    return new Promise((resolve, reject) => {
      if (this.end) throw new ParleyError(500, this.end);
      const json = toJSON(args);
      // What init and adopt hand over is the core's own outbox.
      if (json.length > longestCommand && name !== 'init' && name !== 'adopt') {
        throw new ParleyError(413, `${name}: the arguments are longer than ${longestCommand} characters`);
      }
      const call = { resolve, reject, onCreate, transfer, opens: opens.includes(name) };
      const id = this.ends.calls.add(call);
      if (call.opens) this.ends.delivery.opening(restores.includes(name));
      this.door!.command(id, `{"name":"${name}","args":${json}}`);
    });
  }

  /** From now on records go to this outbox. */
  keepIn(outbox: Outbox): void {
    this.outbox = outbox;
    outbox.done = (write) => this.door!.stored(write);
  }

  stats(): Record<string, number> | null {
    return this.door?.stats() ?? null;
  }

  // What pages left that have ended meanwhile is this one's to send. Where there is
  // more than the core was given, it asks for it.
  private look(): void {
    if (this.outbox?.user && !this.outbox.more) void this.adopt();
  }

  private async adopt(): Promise<void> {
    const left = await this.outbox!.take();
    if (!this.end) this.door!.command(0, `{"name":"adopt","args":${toJSON(left)}}`);
  }

  // What Go calls.
  private host(): HostObject {
    return {
      attach: (socket, epoch) => this.attach(socket, epoch),
      fetched: (response, callId) => {
        void response
          .then(async (answer) => [answer.status, await answer.text()] as const)
          .catch((thrown) => [0, reason(thrown)] as const)
          .then(([status, body]) => this.door?.fetched(callId, status, body));
      },
      fatal: (message) => this.fail(message),
    };
  }

  // The browser gives every frame a task of its own, so each goes in as it comes.
  private attach(socket: WebSocket, epoch: number): void {
    this.sockets.add(socket);
    socket.onopen = () => this.door?.socket(epoch, SOCKET.opened, 0);
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.door?.frame(epoch, data);
    };
    socket.onclose = ({ code }) => {
      this.sockets.delete(socket);
      this.door?.socket(epoch, SOCKET.closed, code);
    };
  }

  // What listeners can see goes in order through the delivery; the rest is
  // done at once, also when a listener's own call brought it.
  private carry(batch: Effect[]): void {
    const visible: Effect[] = [];
    for (const effect of batch) if (!this.direct(effect)) visible.push(effect);
    if (visible.length > 0) this.ends.delivery.deliver(visible);
  }

  private direct([kind, target, first, second, third]: Effect): boolean {
    switch (kind) {
      case 'settle':
        this.ends.calls.take(target, true)?.resolve(first);
        return true;
      case 'reject':
        this.ends.calls.take(target)?.reject(new ParleyError(first.code, first.message));
        return true;
      case 'created':
        try {
          this.ends.calls.get(target)?.onCreate?.(first, second, third);
        } catch (thrown) {
          report(thrown);
        }
        return true;
      case 'transfer':
        this.ends.calls.get(target)?.transfer?.move(first, (status, body) => this.door!.fetched(target, status, body));
        return true;
      case 'session':
        this.ends.session(target);
        return true;
      case 'arm':
        this.arm(target, first);
        return true;
      case 'disarm':
        clearTimeout(this.timers.get(target));
        this.timers.delete(target);
        return true;
      case 'persist':
        this.ends.calls.keep(target, first, second);
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
      this.door?.timer(id);
    };
    this.timers.set(id, setTimeout(tick, Math.min(ms, longestTimeout)));
  }

  // The core can no longer be trusted or is gone: nothing of it stays.
  private fail(message: string): void {
    if (this.end) return;
    this.end = message;
    this.door?.close();
    this.leavePage?.();
    this.stopLooking?.();
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const socket of this.sockets) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.ends.ended(message);
  }
}
