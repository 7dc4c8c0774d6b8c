// A model that can be watched: it calls its watchers after each change.

export class Observable {
  private readonly watchers = new Set<() => void>();

  /** Calls `callback` after each change, until the function that is returned is called. */
  watch(callback: () => void): () => void {
    this.watchers.add(callback);
    return () => void this.watchers.delete(callback);
  }

  /** Calls the watchers, which may stop watching meanwhile. */
  protected changed(): void {
    for (const callback of [...this.watchers]) callback();
  }
}
