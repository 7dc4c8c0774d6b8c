// The time of the fake server: of its messages, its delays and its deadlines.

/** The time of a `FakeServer`. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls `run` after so many milliseconds, at once (but not within this call) if they are 0. Gives how to prevent that. */
  after(ms: number, run: () => void): () => void;
  /**
   * Lets so much time pass: what is due happens in its order, and what follows from it in the page. Only a virtual clock
   * can do that; a `system` clock throws, as it follows `Date` and `setTimeout`, or what your fake timers make of them.
   */
  advance(ms: number): Promise<void>;
  /** What waits for its time. */
  waiting(): { count: number; nextIn: number | undefined };
}

// Promises are no timers, so these turns pass whatever fake timers do.
async function turns(): Promise<void> {
  for (let i = 0; i < 64; i++) await undefined;
}

interface Timer {
  at: number;
  run: () => void;
}

/** Stands still until it is advanced. */
export class VirtualClock implements Clock {
  private timers: Timer[] = [];

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    if (ms <= 0) return soon(run);
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`clock.advance: a time of 0 ms or more is needed, got ${ms}`);
    const end = this.time + ms;
    await turns();
    for (let next = this.next(); next && next.at <= end; next = this.next()) {
      this.timers.splice(this.timers.indexOf(next), 1);
      this.time = next.at;
      next.run();
      await turns();
    }
    this.time = end;
  }

  waiting(): { count: number; nextIn: number | undefined } {
    const next = this.next();
    return { count: this.timers.length, nextIn: next && next.at - this.time };
  }

  // Of those that are due at the same time, the one that was set first.
  private next(): Timer | undefined {
    return this.timers.reduce<Timer | undefined>((first, timer) => (first && first.at <= timer.at ? first : timer), undefined);
  }
}

/** Goes by `Date` and `setTimeout` as they are when it is asked, so that fake timers set it. */
export class SystemClock implements Clock {
  private readonly due = new Set<number>();

  now(): number {
    return Date.now();
  }

  after(ms: number, run: () => void): () => void {
    if (ms <= 0) return soon(run);
    const at = Date.now() + ms;
    this.due.add(at);
    const timer = globalThis.setTimeout(() => {
      this.due.delete(at);
      run();
    }, ms);
    return () => {
      this.due.delete(at);
      globalThis.clearTimeout(timer);
    };
  }

  async advance(): Promise<void> {
    throw new Error(
      "clock.advance: the fake server was started with clock: 'system', so its time is that of Date and setTimeout; " +
        'advance your fake timers instead (vi.advanceTimersByTimeAsync, page.clock.runFor), or leave the option out',
    );
  }

  waiting(): { count: number; nextIn: number | undefined } {
    return { count: this.due.size, nextIn: this.due.size ? Math.min(...this.due) - Date.now() : undefined };
  }
}

function soon(run: () => void): () => void {
  let wanted = true;
  void Promise.resolve().then(() => wanted && run());
  return () => {
    wanted = false;
  };
}
