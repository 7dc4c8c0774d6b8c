// Which pages of this browser are alive, so that no two send the same record. A
// page holds a lock while it lives; where there are none, as on plain http, it
// leaves a sign of life in localStorage.

const name = 'parley tab ';
const signEvery = 20_000;
// Timers of hidden pages run once a minute at the least.
const aliveWithin = 90_000;

/** This page's id among the pages of its browser. */
export const tab = Math.random().toString(36).slice(2) + Date.now().toString(36);

let shown = false;

// Only in secure contexts.
const locks = (): LockManager | undefined => globalThis.navigator?.locks;

/** Shows from now on that this page is alive. */
export function showAlive(): void {
  if (shown) return;
  shown = true;
  if (locks()) {
    // It is let go of with the page, however that ends.
    locks()!
      .request(name + tab, () => new Promise(() => {}))
      .catch(() => {});
    return;
  }
  const sign = () => attempt(() => localStorage.setItem(name + tab, String(Date.now())));
  sign();
  setInterval(sign, signEvery);
  window.addEventListener('pageshow', sign);
  window.addEventListener('pagehide', () => attempt(() => localStorage.removeItem(name + tab)));
}

/**
 * Gives a function that tells of a page, by its id, whether it is alive now. Of each that is, `ended` is called as
 * soon as it has ended; `watched` has those that are waited for already.
 */
export async function alive(watched: Set<string>, ended: () => void): Promise<(id: string) => boolean> {
  try {
    const held = (await locks()?.query())?.held;
    if (held) {
      const names = new Set(held.filter(({ mode }) => mode === 'exclusive').map((lock) => lock.name!));
      for (const other of names) {
        if (!other.startsWith(name) || watched.has(other)) continue;
        watched.add(other);
        // Granted when that page has ended. Shared, so that no page takes those who wait for the one that lived.
        locks()!
          .request(other, { mode: 'shared' }, ended)
          .catch(() => {});
      }
      return (id) => names.has(name + id);
    }
  } catch {
    // Refused, as to pages of an opaque origin; they have no localStorage either.
  }
  return (id) => Date.now() - Number(attempt(() => localStorage.getItem(name + id)) ?? 0) < aliveWithin;
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
