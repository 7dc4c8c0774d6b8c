// What goes wrong between the page and the fake server, by the rules that a test has set.

import type * as Public from '../../testkit';
import type { Clock } from './clock';
import type { Operation } from './operation';
import { type Frame, Refusal } from './protocol';

type Kind = 'cut' | 'offline' | 'noWebSocket' | 'delay' | 'halfOpen' | 'silence' | 'refuse' | 'frame';

/** What a fault is looked for: a request or a frame. */
export interface Subject {
  /** The event, also of the request that a reply answers. */
  event: string;
  /** The path of a request of REST, below /v1; '' on a connection. */
  path: string;
  operation?: Operation | undefined;
}

// The reason of a refusal of which a test says only the code.
const usual: { [code: number]: string } = {
  401: 'session-ended',
  403: 'not-allowed',
  410: 'chat-closed',
  429: 'too-many-requests',
  500: 'internal',
  503: 'store-failed',
  504: 'unconfirmed',
  507: 'store-failed',
};

class Rule implements Public.Fault {
  hits = 0;
  private passed = 0;
  readonly scope: Public.FaultScope;

  constructor(
    readonly kind: Kind,
    scope: Public.FaultScope,
    private readonly ended: (rule: Rule) => void,
    readonly more: any = {},
  ) {
    this.scope = scope;
    const { times = 1, after = 0 } = scope;
    if (!(times >= 1) || !(after >= 0)) throw new RangeError('faults: times must be 1 or more, and after 0 or more');
  }

  end(): void {
    this.ended(this);
  }

  fits({ event, path }: Subject): boolean {
    const { of } = this.scope;
    if (of === undefined) return event !== 'ping' && event !== 'pong';
    return of.startsWith('/') ? path.startsWith(of) : event === of;
  }

  /** Has its effect now, unless it is not its turn. */
  strike(): boolean {
    const { after = 0, times = Number.POSITIVE_INFINITY } = this.scope;
    if (this.passed++ < after) return false;
    this.hits++;
    if (this.hits >= times) this.end();
    return true;
  }
}

/** What the network does for the faults that are set at once. */
export interface Doer {
  /** Breaks all connections; gives how many there were. */
  cutAll(): number;
}

export class Faults implements Public.Faults {
  private rules: Rule[] = [];

  constructor(
    private readonly doer: Doer,
    private readonly clock: Clock,
  ) {}

  cut(scope: Public.FaultScope & { moment?: 'before' | 'after' } = {}): Public.Fault {
    if (scope.of !== undefined) return this.add('cut', scope, { moment: scope.moment ?? 'after' });
    const rule = this.add('cut', {}, {});
    rule.end();
    rule.hits = this.doer.cutAll();
    return rule;
  }

  offline(): Public.Fault {
    const rule = this.add('offline', {});
    rule.hits += this.doer.cutAll();
    return rule;
  }

  blockWebSockets(): Public.Fault {
    return this.add('noWebSocket', {});
  }

  delay(ms: number, { to }: { to?: 'server' | 'client' } = {}): Public.Fault {
    if (!(ms >= 0)) throw new RangeError(`faults.delay: a time of 0 ms or more is needed, got ${ms}`);
    return this.add('delay', {}, { ms, to });
  }

  halfOpen({ times }: { times?: number } = {}): Public.Fault {
    return this.add('halfOpen', times === undefined ? {} : { times });
  }

  silence(): Public.Fault {
    return this.add('silence', {});
  }

  refuse(
    code: number,
    { message, detail, reason = usual[code] ?? 'http-status', retryAfter, ...scope }: Public.FaultScope & Public.Refused = {},
  ): Public.Fault {
    const words = message ?? `refused with ${code} by a fault of the test`;
    return this.add('refuse', scope, { refusal: new Refusal(`${code} ${reason}`, words, detail, retryAfter) });
  }

  tooMany(retryAfter: number, scope: Public.FaultScope = {}): Public.Fault {
    return this.refuse(429, { ...scope, message: 'too many requests; try again later', retryAfter });
  }

  fullDisk(code = 507): Public.Fault {
    return this.add(
      'refuse',
      {},
      { refusal: new Refusal(`${code} store-failed`, "the server's store cannot be written to now; try again"), writes: true },
    );
  }

  duplicate(scope: Public.FaultScope = {}): Public.Fault {
    return this.lie((frame) => [frame, frame], scope);
  }

  drop(scope: Public.FaultScope = {}): Public.Fault {
    return this.lie(() => [], scope);
  }

  garble(scope: Public.FaultScope = {}): Public.Fault {
    return this.lie((frame) => JSON.stringify(frame).slice(0, -2), scope);
  }

  reorder(scope: Public.FaultScope = {}): Public.Fault {
    return this.add('frame', scope, { late: true });
  }

  lie(change: (frame: Public.WireFrame) => any, scope: Public.FaultScope = {}): Public.Fault {
    return this.add('frame', scope, { change });
  }

  clear(): void {
    this.rules = [];
  }

  // What follows is for the network.

  /** Whether a rule of this kind has its effect now. */
  strikes(kind: 'offline' | 'noWebSocket' | 'halfOpen' | 'silence'): boolean {
    return this.rules.some((rule) => rule.kind === kind && rule.strike());
  }

  /** Whether a connection breaks at this request. */
  cuts(subject: Subject, moment: 'before' | 'after'): boolean {
    return this.rules.some((rule) => rule.kind === 'cut' && rule.more.moment === moment && rule.fits(subject) && rule.strike());
  }

  refusal(subject: Subject): Refusal | undefined {
    const { operation } = subject;
    const fits = (rule: Rule) => rule.kind === 'refuse' && (rule.more.writes ? operation?.writes : rule.fits(subject)) && rule.strike();
    return this.rules.find(fits)?.more.refusal;
  }

  /** Milliseconds that a frame or a request takes longer. */
  lag(to: 'server' | 'client'): number {
    let ms = 0;
    for (const rule of this.rules) {
      if (rule.kind === 'delay' && (rule.more.to ?? to) === to && rule.strike()) ms += rule.more.ms;
    }
    return ms;
  }

  /** What becomes of a frame to the client; `late` has those that come behind the next one. */
  sent(subject: Subject, frame: Frame): { now: (Frame | string)[]; late: Frame[] } {
    const rule = this.rules.find((rule) => rule.kind === 'frame' && rule.fits(subject) && rule.strike());
    if (!rule) return { now: [frame], late: [] };
    if (rule.more.late) return { now: [], late: [frame] };
    const changed = rule.more.change(frame);
    return { now: Array.isArray(changed) ? changed : [changed], late: [] };
  }

  /** Calls `run` after a lag. */
  wait(ms: number, run: () => void): void {
    if (ms > 0) this.clock.after(ms, run);
    else run();
  }

  private add(kind: Kind, scope: Public.FaultScope, more: object = {}): Rule {
    const rule = new Rule(
      kind,
      scope,
      (ended) => {
        this.rules = this.rules.filter((other) => other !== ended);
      },
      more,
    );
    this.rules.push(rule);
    return rule;
  }
}
