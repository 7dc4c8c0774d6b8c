// The page's half of the bridge to a running core: sends it commands, and carries out what it orders for the page (promises,
// events, mirrors, files, storage).

import type { CommandName, Commands, Effect, Effects } from '../shared/abi';
import { toJSON } from '../shared/args';
import type { FileTransfer, SessionMirror } from '../shared/contract';
import { ParleyError, report } from '../shared/errors';
import type { Calls } from './calls';
import type { Delivery } from './delivery';
import type { Outbox } from './outbox';
import { PAGE, watchPage } from './page-events';
import { watchPolicy } from './policy';
import type { RemoteEnds } from './remote';
import type { Running } from './runner';
import type { SessionStore } from './session-store';
import { GIVEN_UP } from './transfer';

/** What the bridge needs of the engine. */
export interface BridgeEnds extends Pick<RemoteEnds, 'refused'> {
  delivery: Delivery;
  calls: Calls;
  session(mirror: SessionMirror): void;
  renew(): void;
  /** The core has ended. Nothing more comes from it. */
  ended(message: string): void;
}

// In characters. Far more than a server takes, and little enough for the core's memory.
const longestCommand = 1 << 20;
// How often a page looks for what ended pages have left, in browsers whose locks do not report that.
const lookEvery = 15_000;

export class Bridge {
  // Why the core is no longer called; undefined while it is.
  private end: string | undefined;
  private core: Running | undefined;
  private outbox: Outbox | undefined;
  private store: SessionStore | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private readonly over = new AbortController();

  private constructor(private readonly ends: BridgeEnds) {}

  /** The bridge to a core that `start` starts. Its calls and what the page sees of it are the ends'. */
  static async to(start: (ends: RemoteEnds) => Promise<Running>, ends: BridgeEnds): Promise<Bridge> {
    const bridge = new Bridge(ends);
    watchPolicy(ends.refused, bridge.over.signal);
    const failed = (message: string) => {
      if (bridge.end) return;
      void bridge.stop(message);
      ends.ended(message);
    };
    const core = await start({ apply: (batch) => bridge.apply(batch), failed, refused: ends.refused }).catch((thrown) => {
      bridge.over.abort();
      throw thrown;
    });
    if (bridge.end) throw new ParleyError('500 core-ended', bridge.end);
    bridge.core = core;
    watchPage(bridge.over.signal, (kind) => {
      core.page(kind);
      if (kind === PAGE.visible) bridge.look();
      else {
        ends.delivery.note(); // the page may be frozen or ended next
        void bridge.outbox?.write();
      }
    });
    bridge.looking = setInterval(() => bridge.look(), lookEvery);
    return bridge;
  }

  /** From now on records go to this outbox, and the session to this store. */
  keepIn(outbox: Outbox, store: SessionStore): void {
    this.outbox = outbox;
    this.store = store;
    outbox.ended = () => this.look();
  }

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
      const call = this.ends.calls.add({ name, resolve, reject, onCreate, transfer });
      this.core!.command(call, name, json);
      transfer?.begun(() => this.core?.fetched(call, GIVEN_UP, ''));
    });
  }

  stats(): Record<string, number> | null {
    return this.core?.stats() ?? null;
  }

  settled(): Promise<unknown> | undefined {
    return this.core?.settled();
  }

  /** Lets go of the core, which has ended or is not wanted any more. The promise is for the end of its sockets. */
  stop(message: string): Promise<unknown> {
    const { core } = this;
    this.end ??= message;
    this.core = undefined;
    clearInterval(this.looking);
    this.over.abort();
    return Promise.resolve(core?.stop());
  }

  // Takes over what ended pages have left. If there is more than the core has been given, the
  // core asks for it.
  private look(): void {
    if (this.outbox?.user && !this.outbox.more) void this.adopt();
  }

  private async adopt(): Promise<void> {
    const left = await this.outbox!.take();
    this.core?.command(0, 'adopt', toJSON(left));
  }

  // What listeners can see goes through the delivery, in order. The rest is done at once, also
  // when a listener's own call has caused it.
  private apply(batch: Effect[]): void {
    const visible = batch.filter((effect) => !this.direct(effect));
    if (visible.length > 0) this.ends.delivery.deliver(visible);
  }

  private direct([kind, target, first, second, third]: Effect): boolean {
    const { calls, delivery } = this.ends;
    switch (kind) {
      case 'settle':
        delivery.answer(calls.take(target, true), first);
        break;
      case 'reject':
        calls.take(target)?.reject(refusal(first));
        break;
      case 'created':
        try {
          calls.get(target)?.onCreate?.(first, second, third);
        } catch (thrown) {
          report(thrown);
        }
        break;
      case 'transfer':
        calls.get(target)?.transfer?.move(first, (status, body) => this.core?.fetched(target, status, body));
        break;
      case 'session': {
        const before = this.outbox?.user;
        this.ends.session(target);
        if (this.outbox?.user !== before) this.look(); // before, it was not known whose records to take
        break;
      }
      case 'persist':
        calls.keep(target, first, second);
        this.outbox?.put(target, first, third);
        break;
      case 'save':
        this.store?.save(target);
        break;
      case 'clear':
        this.store?.clear(target);
        break;
      case 'renew':
        this.ends.renew();
        break;
      case 'more':
        void this.adopt();
        break;
      default:
        return false;
    }
    return true;
  }
}

function refusal(told: Effects['reject'][1]): ParleyError {
  const error = new ParleyError(`${told.code} ${told.reason ?? ''}`, told.message, told.detail);
  if (told.field) error.field = told.field;
  return error;
}
