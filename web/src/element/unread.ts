// The messages of others that the visitor has not seen. Seen is what was in view in a page that is not hidden: a window that is
// minimised has nothing in view.

interface Watcher {
  /** The visitor has seen a message. */
  seen(messageId: string): void;
  /** The number of unread messages may have changed, or which of them are out of view. */
  changed(): void;
}

export class Unread {
  private readonly lines = new Map<string, HTMLElement>();
  private readonly ids = new WeakMap<Element, string>();
  private readonly outOfView = new Set<string>();
  private readonly observer: IntersectionObserver;

  /** `log` scrolls the messages. */
  constructor(
    log: HTMLElement,
    private readonly watcher: Watcher,
    end: AbortSignal,
  ) {
    // A sliver at the edge is not in view.
    this.observer = new IntersectionObserver((entries) => this.look(entries), { root: log, rootMargin: '-5% 0px' });
    const look = () => {
      // It tells of changes only, and nothing has changed but that somebody is there.
      for (const line of this.lines.values()) {
        this.observer.unobserve(line);
        this.observer.observe(line);
      }
    };
    document.addEventListener('visibilitychange', look, { signal: end });
  }

  get count(): number {
    return this.lines.size;
  }

  /** How many are not in view. */
  get hidden(): number {
    return this.outOfView.size;
  }

  /** The line of the first message that is not in view. */
  get firstHidden(): HTMLElement | undefined {
    const [id] = this.outOfView;
    return id === undefined ? undefined : this.lines.get(id);
  }

  has(messageId: string): boolean {
    return this.lines.has(messageId);
  }

  add(messageId: string, line: HTMLElement): void {
    this.lines.set(messageId, line);
    this.ids.set(line, messageId);
    this.observer.observe(line);
    this.watcher.changed();
  }

  /** The visitor has seen the message, here or elsewhere. */
  remove(messageId: string): void {
    const line = this.lines.get(messageId);
    if (!line) return;
    this.observer.unobserve(line);
    this.lines.delete(messageId);
    this.outOfView.delete(messageId);
    this.watcher.changed();
  }

  clear(): void {
    for (const id of [...this.lines.keys()]) this.remove(id);
  }

  private look(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const id = this.ids.get(target)!;
      if (!this.lines.has(id)) continue;
      if (!isIntersecting || document.visibilityState !== 'visible') {
        this.outOfView.add(id);
        continue;
      }
      this.remove(id);
      this.watcher.seen(id);
    }
    this.watcher.changed();
  }
}
