// A snapshot with its listeners.

import type { Store } from '../../store';

/** The last object if the next one has the same members, since views compare by identity. */
export function keep<T extends object>(last: T | undefined, next: T): T {
  const keys = Object.keys(next) as (keyof T)[];
  const same = last && Object.keys(last).length === keys.length && keys.every((key) => Object.is(last[key], next[key]));
  return same ? last : Object.freeze(next);
}

/** The same for lists, which may be long. */
export const keepList = <T>(last: readonly T[], next: readonly T[]): readonly T[] =>
  last.length === next.length && next.every((item, i) => item === last[i]) ? last : Object.freeze(next);

export interface Source<T> extends Store<T> {
  /** Reads anew. Gives whether the snapshot is another one, which the caller then tells. */
  update(): boolean;
  tell(): void;
}

/** `read` gives the snapshot: the last one if nothing has changed. */
export function source<T>(first: T, read: (last: T) => T): Source<T> {
  const listeners = new Set<{ call: () => void }>();
  let last = read(first);
  return {
    subscribe: (call) => {
      const entry = { call };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    getSnapshot: () => last,
    getServerSnapshot: () => first,
    update: () => {
      const before = last;
      last = read(last);
      return last !== before;
    },
    tell: () => {
      for (const { call } of [...listeners]) {
        try {
          call();
        } catch (thrown) {
          reportError(thrown); // it must not keep the others from drawing
        }
      }
    },
  };
}
