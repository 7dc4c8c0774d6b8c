// What one task of a thread sends, in all its microtasks, goes out together: each message to the server or to another thread
// costs the browser as much as the core's work for what is in it. But after a task that sent one thing, the next thing goes out
// at once, and what is still to be done for it is done while the other side has it.

export class Joined<T> {
  private waiting: T[] = [];
  // How many things this task has sent, and whether the last that sent any had several.
  private sent = 0;
  private several = false;

  /** `post` gets what goes out together, in order. */
  constructor(private readonly post: (things: T[]) => void) {}

  send(thing: T): void {
    this.waiting.push(thing);
    if (++this.sent > 1) return;
    queueMicrotask(() => {
      this.several = this.sent > 1;
      this.sent = 0;
      this.flush();
    });
    if (!this.several) this.flush();
  }

  /** What waits goes out now. */
  flush(): void {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length > 0) this.post(waiting);
  }
}
