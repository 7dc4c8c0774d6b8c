// The promises of calls, by their numbers. They outlive a core: who waits for what
// is in the outbox goes on to wait for the core that comes after.

import type { FileTransfer } from '../shared/contract';
import type { ParleyError } from '../shared/errors';

export interface Call {
  resolve(value: unknown): void;
  reject(error: ParleyError): void;
  onCreate: ((...created: any[]) => void) | undefined;
  transfer: FileTransfer | undefined;
  /** It gives the page new chats. */
  opens: boolean;
}

export class Calls {
  private last = 0;
  private readonly waiting = new Map<number, Call>();
  private readonly stored = new Map<string, number>();

  /** `opened` is told when a call that gives chats has ended. */
  constructor(private readonly opened: () => void) {}

  add(call: Call): number {
    this.waiting.set(++this.last, call);
    return this.last;
  }

  get(id: number): Call | undefined {
    return this.waiting.get(id);
  }

  /** The call, which is over. */
  take(id: number, done = false): Call | undefined {
    const call = this.waiting.get(id);
    this.waiting.delete(id);
    call?.transfer?.end(done);
    if (call?.opens) this.opened();
    return call;
  }

  /** The outbox has what the call waits for, under this key; or, without a record, no longer. */
  keep(key: string, record: unknown, id: number): void {
    if (record !== null && id) this.stored.set(key, id);
    else this.stored.delete(key);
  }

  /** Rejects those that wait for nothing in the outbox; gives the others, by key. */
  cut(error: ParleyError): Record<string, number> {
    const kept = new Set(this.stored.values());
    for (const id of [...this.waiting.keys()]) if (!kept.has(id)) this.take(id)!.reject(error);
    return Object.fromEntries(this.stored);
  }

  /** Rejects all. */
  end(error: ParleyError): void {
    this.stored.clear();
    this.cut(error);
  }
}
