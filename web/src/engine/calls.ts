// The promises of calls, by their numbers. They outlive a core: a call whose request is in the outbox goes on waiting when
// another core takes over.

import type { CommandName } from '../shared/abi';
import type { FileTransfer } from '../shared/contract';
import type { ParleyError } from '../shared/errors';

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
  /** The number of the last call. */
  last = 0;
  private readonly waiting = new Map<number, Call>();
  private readonly stored = new Map<string, number>();

  constructor(private readonly openings: Openings) {}

  /** Gives the call's number. */
  add(call: Call): number {
    this.waiting.set(++this.last, call);
    if (opens.includes(call.name)) this.openings.opening(restores.includes(call.name));
    return this.last;
  }

  /** Whether one waits. */
  get busy(): boolean {
    return this.waiting.size > 0;
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
    if (record && id) this.stored.set(key, id);
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
