// What pages keep in the browser. Where it refuses storage, as in private windows and frames of other sites, nothing is kept.

/** One value that is kept. No call throws. */
export interface Entry {
  /** Gives the value, '' if there is none. */
  get(): string;
  set(value: string): void;
  clear(): void;
}

/** Makes an entry of this tab, which its reloads and next pages of this site have too. */
export function tabEntry(key: string): Entry {
  return entry(() => sessionStorage, key);
}

/** Makes an entry of this browser, which all tabs of this site share. */
export function browserEntry(key: string): Entry {
  return entry(() => localStorage, key);
}

// Where storage is denied, already naming it throws.
function entry(storage: () => Storage, key: string): Entry {
  return {
    get: () => attempt(() => storage().getItem(key)) ?? '',
    set: (value) => attempt(() => storage().setItem(key, value)),
    clear: () => attempt(() => storage().removeItem(key)),
  };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
