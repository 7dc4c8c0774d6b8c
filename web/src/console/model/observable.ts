// What a model needs to be watched: a set of callbacks, told after each change.

export class Observable {
  private readonly watchers = new Set<() => void>();

  /** Calls back after each change. Gives the function that ends the watch. */
  watch(callback: () => void): () => void {
    this.watchers.add(callback);
    return () => void this.watchers.delete(callback);
  }

  /** Tells the watchers. They may end their watch while being told. */
  protected changed(): void {
    for (const callback of [...this.watchers]) callback();
  }
}
