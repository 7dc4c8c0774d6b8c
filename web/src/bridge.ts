// The JS half of the bridge around one running core: keeps the promises of
// calls, its timers and its sockets, and carries each batch of effects out.

import type { Delivery } from './delivery';
import { Door, SOCKET, toJSON, type Effect } from './door';
import { ParleyError, reason, report } from './errors';
import type { HostObject, Loader } from './loader';
import type { Outbox } from './outbox';
import { watchPage } from './page-events';
import type { Transfer } from './transfer';

/** What the core tells of the session; absent means unchanged. */
export interface SessionMirror {
  isInit?: boolean;
  logged?: boolean;
  user?: unknown;
  token?: string | null;
  limits?: { message: number; frame: number };
}

/** What the bridge needs of the page's side. */
export interface BridgeEnds {
  delivery: Delivery;
  session(mirror: SessionMirror): void;
  /** The core has ended: every call was rejected, nothing more will come. */
  ended(message: string): void;
}

interface Call {
  resolve(value: unknown): void;
  reject(error: ParleyError): void;
  onCreate: ((...created: unknown[]) => void) | undefined;
  transfer: Transfer | undefined;
  opens: boolean;
}

// Calls that give the page new chats; while the first two run it has none.
const restores = ['init', 'login'];
const opens = [...restores, 'chat.create', 'chat.load'];

const longestTimeout = 2 ** 31 - 1;

// In characters. Far more than a server takes, far less than what a page must not fill the core's memory with.
const longestCommand = 1 << 20;

export class Bridge {
  private door: Door | undefined;
  private lastCall = 0;
  private calls = new Map<number, Call>();
  private timers = new Map<number, ReturnType<typeof setTimeout>>();
  private sockets = new Set<WebSocket>();
  private outbox: Outbox | undefined;
  private end: string | undefined;
  private leavePage: (() => void) | undefined;

  private constructor(private readonly ends: BridgeEnds) {}

  /** Starts a core. */
  static async start(loader: Loader, version: string, ends: BridgeEnds): Promise<Bridge> {
    const bridge = new Bridge(ends);
    const program = await loader.start(version, bridge.host());
    const door = new Door(program, (batch) => bridge.carry(batch), (message) => bridge.fail(message));
    bridge.door = door;
    bridge.leavePage = watchPage((kind) => door.page(kind));
    program.ended.then(
      () => bridge.fail('the chat core ended'),
      (thrown) => bridge.fail(`the chat core ended: ${reason(thrown)}`),
    );
    return bridge;
  }

  /** Sends a command; the promise settles when the core says so. A file that it moves goes by `transfer`. */
  call(name: string, args: object, onCreate?: (...created: any[]) => void, transfer?: Transfer): Promise<any> {
    return new Promise((resolve, reject) => {
      if (this.end) throw endError(this.end);
      const id = ++this.lastCall;
      const json = toJSON({ id, name, args });
      // What init hands over is the core's own outbox.
      if (json.length > longestCommand && name !== 'init') {
        throw new ParleyError(413, `${name}: the arguments are longer than ${longestCommand} characters`);
      }
      const call = { resolve, reject, onCreate, transfer, opens: opens.includes(name) };
      this.calls.set(id, call);
      if (call.opens) this.ends.delivery.opening(restores.includes(name));
      this.door!.command(json);
    });
  }

  /** From now on records go to this outbox. */
  keepIn(outbox: Outbox): void {
    this.outbox = outbox;
  }

  stats(): Record<string, number> | null {
    return this.door?.stats() ?? null;
  }

  // What Go calls.
  private host(): HostObject {
    return {
      attach: (socket, epoch) => this.attach(socket, epoch),
      fetched: (response, callId) => {
        response
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

  private direct([kind, target, ...rest]: Effect): boolean {
    switch (kind) {
      case 'settle':
        this.take(target, true)?.resolve(rest[0]);
        return true;
      case 'reject':
        this.take(target)?.reject(new ParleyError(rest[0].code, rest[0].message));
        return true;
      case 'created':
        try {
          this.calls.get(target)?.onCreate?.(...rest);
        } catch (thrown) {
          report(thrown);
        }
        return true;
      case 'transfer':
        this.calls.get(target)?.transfer?.move(rest[0], (status, body) => this.door!.fetched(target, status, body));
        return true;
      case 'session':
        this.ends.session(target);
        return true;
      case 'arm':
        this.arm(target, rest[0]);
        return true;
      case 'disarm':
        clearTimeout(this.timers.get(target));
        this.timers.delete(target);
        return true;
      case 'persist':
        this.outbox?.put(target, rest[0]);
        return true;
      case 'fatal':
        this.fail(target);
        return true;
      default:
        return false;
    }
  }

  private take(id: number, done = false): Call | undefined {
    const call = this.calls.get(id);
    this.calls.delete(id);
    call?.transfer?.end(done);
    if (call?.opens) this.ends.delivery.opened();
    return call;
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
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const socket of this.sockets) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const id of [...this.calls.keys()]) this.take(id)!.reject(endError(message));
    this.ends.ended(message);
  }
}

/** The error of a call that a core's end has cut off. */
export const endError = (message: string): ParleyError =>
  new ParleyError(500, `${message}; ICF.init starts it again`);
