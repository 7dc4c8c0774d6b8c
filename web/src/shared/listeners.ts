// Named events and their listeners, which are called in the order in which they
// were added. A list of listeners is never changed in place: one that is added or
// removed during an emit counts from the next emit on, and emitting needs no copy.

import type * as Public from '../../index';
import { ParleyError, report } from './errors';

type Listener = (data: any) => void;

/** Listeners by event name. */
export class Emitter {
  private lists = new Map<string, readonly Listener[]>();

  on(event: string, listener: Listener): void {
    if (typeof event !== 'string') throw new ParleyError('400 bad-argument', `event must be a string, got ${typeof event}`);
    if (typeof listener !== 'function') throw new ParleyError('400 bad-argument', `listener must be a function, got ${typeof listener}`);
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

  /** Whether the event has a listener. */
  has(event: string): boolean {
    return (this.lists.get(event)?.length ?? 0) > 0;
  }

  clear(): void {
    this.lists.clear();
  }

  /** Drops all listeners, also those that an event under way has not reached yet. */
  end(): void {
    this.lists = new Map();
  }

  /** Calls the event's listeners. One that throws is reported and does not stop the rest. */
  emit(event: string, data: unknown): void {
    const { lists } = this;
    const list = lists.get(event);
    if (!list) return;
    for (let i = 0; i < list.length && lists === this.lists; i++) {
      try {
        list[i]!(data);
      } catch (thrown) {
        report(thrown);
      }
    }
  }
}

// Beside the objects, whose own properties are data only.
const emitters = new WeakMap<object, Emitter>();

/** The emitter of a Listenable. */
export function emitterOf(object: object): Emitter {
  return emitters.get(object)!;
}

/** Chainable `on`, `once` and `off`, with their aliases. */
export class Listenable<Events> implements Public.Listenable<Events> {
  constructor() {
    emitters.set(this, new Emitter());
  }

  on<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this {
    emitterOf(this).on(event, listener);
    return this;
  }

  once<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this {
    emitterOf(this).once(event, listener);
    return this;
  }

  off<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this {
    emitterOf(this).off(event, listener);
    return this;
  }

  addEventListener<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this {
    return this.on(event, listener);
  }

  removeListener<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this {
    return this.off(event, listener);
  }
}
