// Named events to listeners: first come, first served. A list of listeners is
// never changed in place, so one that comes or goes during an emit is met by
// the next emit, and emitting needs no copy.

import { ParleyError, report } from './errors';

type Listener = (data: any) => void;

/** Listeners by event name. */
export class Emitter {
  private lists = new Map<string, readonly Listener[]>();

  on(event: string, listener: Listener): void {
    if (typeof event !== 'string') throw new ParleyError(400, `event must be a string, got ${typeof event}`);
    if (typeof listener !== 'function') throw new ParleyError(400, `listener must be a function, got ${typeof listener}`);
    this.lists.set(event, [...(this.lists.get(event) ?? []), listener]);
  }

  /** Adds a listener that is called one time at most; `off` takes the original. */
  once(event: string, listener: Listener): void {
    if (typeof listener !== 'function') return this.on(event, listener);
    const wrapper: Listener & { original?: Listener } = (data) => {
      this.off(event, wrapper);
      listener(data);
    };
    wrapper.original = listener;
    this.on(event, wrapper);
  }

  /** Removes a listener (the latest, if it was added more than once), or all of the event's. */
  off(event: string, listener?: Listener): void {
    const list = this.lists.get(event);
    if (!list) return;
    if (!listener) {
      this.lists.delete(event);
      return;
    }
    for (let i = list.length - 1; i >= 0; i--) {
      if (list[i] === listener || (list[i] as { original?: Listener }).original === listener) {
        this.lists.set(event, [...list.slice(0, i), ...list.slice(i + 1)]);
        return;
      }
    }
  }

  /** Whether anybody listens to the event. */
  has(event: string): boolean {
    return (this.lists.get(event)?.length ?? 0) > 0;
  }

  clear(): void {
    this.lists.clear();
  }

  /** Calls the event's listeners. One that throws is reported and does not stop the rest. */
  emit(event: string, data: unknown): void {
    const list = this.lists.get(event);
    if (!list) return;
    for (let i = 0; i < list.length; i++) {
      try {
        list[i]!(data);
      } catch (thrown) {
        report(thrown);
      }
    }
  }
}
