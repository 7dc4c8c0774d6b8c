// Which pages of this browser are alive, so that no two send the same record. A page holds a Web
// Lock while it lives. Where there are no locks, as on plain http, it writes a sign of life to
// localStorage.

const name = 'parley tab ';
const signEvery = 20_000;
// Timers of hidden pages run at least once a minute.
const aliveWithin = 90_000;

// There are none outside of secure contexts, and a browser may deny them as it denies storage.
export const locks = () => attempt(() => globalThis.navigator?.locks as LockManager | undefined);

/** One page among those of its browser, from its `init` to its end. Other pages see that it is alive. */
export class Tab {
  /** Of this page, and of no other one before or after it. */
  readonly id = Math.random().toString(36).slice(2) + Date.now().toString(36);
  private readonly over = new AbortController();
  private watching = new AbortController();
  private readonly watched = new Set<string>();

  /**
   * `waits` says whether the page has records that are not sent.
   *
   * A page that was left by a link is frozen in the browser's cache. If it has records it keeps its lock: who waits for that gets
   * it at once, since the browser then drops the page. If it has none it lets go of the lock, so that it can be shown again.
   */
  constructor(waits: () => boolean) {
    const held = name + this.id;
    const { signal } = this.over;
    if (locks()) {
      let release: (() => void) | undefined;
      let away = false;
      const hold = () => {
        let own = (release = () => {});
        // The browser releases it with the page, however that ends. WebKit takes it from a page that it keeps in the cache, and
        // from one that ends, which must not ask again: others would wait for it though it is gone.
        locks()!
          .request(held, { signal }, () => new Promise<void>((resolve) => (release = own = resolve)))
          .catch(({ name }) => {
            if (name !== 'AbortError' || release !== own) return; // denied, or asked for again meanwhile
            release = undefined;
            if (!away && !signal.aborted) hold();
          });
      };
      const left = ({ persisted }: PageTransitionEvent) => {
        away = true;
        if (!persisted) return;
        // A script that runs in a cached page ends it, also when a lock is granted.
        this.watching.abort();
        this.watching = new AbortController();
        if (waits()) return;
        release?.();
        release = undefined;
      };
      hold();
      const back = () => {
        away = false;
        if (!release) hold();
      };
      window.addEventListener('pageshow', back, { signal });
      window.addEventListener('pagehide', left, { signal });
      signal.addEventListener('abort', () => {
        this.watching.abort();
        release?.();
      });
      return;
    }
    const sign = () => attempt(() => localStorage.setItem(held, String(Date.now())));
    const gone = () => attempt(() => localStorage.removeItem(held));
    sign();
    const timer = setInterval(sign, signEvery);
    window.addEventListener('pageshow', sign, { signal });
    window.addEventListener('pagehide', gone, { signal });
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      gone();
    });
  }

  /** The page has ended, though its window may go on: it waits for no other page, and others take over what it left. */
  end(): void {
    this.over.abort();
  }

  /** Gives a function that says whether a page is alive now, by its id. `ended` is called as soon as one of them has ended. */
  async alive(ended: () => void): Promise<(id: string) => boolean> {
    const { watched } = this;
    try {
      const held = (await locks()?.query())?.held;
      if (held) {
        const names = new Set(held.filter(({ mode }) => mode === 'exclusive').map((lock) => lock.name!));
        for (const other of names) {
          if (!other.startsWith(name) || other === name + this.id || watched.has(other)) continue;
          watched.add(other);
          // Granted when that page has ended. Shared, because only exclusive locks are of pages that live.
          locks()!
            .request(other, { mode: 'shared', signal: this.watching.signal }, ended)
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
}

/** What this gives, or undefined if it throws. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
