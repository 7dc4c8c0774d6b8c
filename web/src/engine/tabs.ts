// Which pages of this browser are alive, so that no two send the same record. A page holds a Web
// Lock while it lives. Where there are no locks, as on plain http, it writes a sign of life to
// localStorage.

const name = 'parley tab ';
const signEvery = 20_000;
// Timers of hidden pages run at least once a minute.
const aliveWithin = 90_000;

/** This page's id among the pages of its browser. */
export const tab = Math.random().toString(36).slice(2) + Date.now().toString(36);

let shown = false;
let waits: () => boolean;
let watching = new AbortController();

// There are none outside of secure contexts, and a browser may deny them as it denies storage.
const locks = () => attempt(() => globalThis.navigator?.locks as LockManager | undefined);

/**
 * From now on other pages see that this page is alive. `waiting` says whether it has records that are not sent.
 *
 * A page that was left by a link is frozen in the browser's cache. If it has records it keeps its lock: who waits for that gets
 * it at once, since the browser then drops the page. If it has none it lets go of the lock, so that it can be shown again.
 */
export function showAlive(waiting: () => boolean): void {
  waits = waiting;
  if (shown) return;
  shown = true;
  if (locks()) {
    let release: (() => void) | undefined;
    const hold = () => {
      release ??= () => {};
      // The browser releases it with the page, however that ends.
      locks()!
        .request(name + tab, () => new Promise<void>((resolve) => (release = resolve)))
        .catch(() => {});
    };
    hold();
    window.addEventListener('pageshow', () => release || hold());
    window.addEventListener('pagehide', ({ persisted }) => {
      if (!persisted) return;
      // A script that runs in a cached page ends it, also when a lock is granted.
      watching.abort();
      watching = new AbortController();
      if (waits()) return;
      release?.();
      release = undefined;
    });
    return;
  }
  const sign = () => attempt(() => localStorage.setItem(name + tab, String(Date.now())));
  sign();
  setInterval(sign, signEvery);
  window.addEventListener('pageshow', sign);
  window.addEventListener('pagehide', () => attempt(() => localStorage.removeItem(name + tab)));
}

/**
 * Gives a function that says whether a page is alive now, by its id. `ended` is called as soon as one of them has
 * ended; `watched` notes those that are waited for.
 */
export async function alive(watched: Set<string>, ended: () => void): Promise<(id: string) => boolean> {
  try {
    const held = (await locks()?.query())?.held;
    if (held) {
      const names = new Set(held.filter(({ mode }) => mode === 'exclusive').map((lock) => lock.name!));
      for (const other of names) {
        if (!other.startsWith(name) || other === name + tab || watched.has(other)) continue;
        watched.add(other);
        // Granted when that page has ended. Shared, because only exclusive locks are of pages that live.
        locks()!
          .request(other, { mode: 'shared', signal: watching.signal }, ended)
          .catch(() => {})
          .finally(() => watched.delete(other));
      }
      return (id) => names.has(name + id);
    }
  } catch {
    // The browser refuses, such as to a page of an opaque origin; that has no localStorage either.
  }
  // Away from now in either direction: a clock that was set back leaves signs of ended pages in the future.
  return (id) => Math.abs(Date.now() - Number(attempt(() => localStorage.getItem(name + id)) ?? 0)) < aliveWithin;
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
