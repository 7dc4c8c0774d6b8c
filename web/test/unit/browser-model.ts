// A model of a browser's tabs, as far as they work together: their threads, Web Locks, BroadcastChannels and WebSockets, and
// a server. Time and chance are the test's, so a seed gives the same schedule every time.

const { setImmediate } = globalThis;

/** Numbers by chance, from a seed. */
export function chance(seed: number): (below: number) => number {
  let state = (seed + 1) * 0x9e3779b9;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) % below;
  };
}

/** A tab's thread: what is to run there, in its order. */
export class Tab {
  readonly tasks: (() => void)[] = [];
  alive = true;
  stalls = false;
  readonly ended: (() => void)[] = [];
}

interface Request {
  tab: Tab;
  shared: boolean;
  run: (lock: object | null) => unknown;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** A WebSocket as the server has it. */
export class Connected {
  open = true;
  /** The frames that have come, and whether a channel has ended, by channel; the first one's is ''. */
  readonly frames = new Map<string, string[]>();
  readonly over = new Set<string>();
  /** Breaks the connection. */
  cut = () => {};
  /** Nothing passes any more, and nobody is told. */
  mute = false;
  /** The greatest number of a channel so far: a lower one begins none. */
  greatest = 0;
  constructor(readonly send: (frame: string) => void) {}
}

export class Browser {
  now = 1000; // 0 stands for no time
  readonly tabs: Tab[] = [];
  readonly server: Connected[] = [];
  /** How many BroadcastChannels are open. */
  links = new Set<object>();
  private current!: Tab;
  /** How late each timer is, as in a hidden tab. */
  late = 0;
  private timers: { tab: Tab; due: number; run: () => void; every?: number }[] = [];
  private readonly locks = new Map<string, { held: Request[]; queue: Request[] }>();

  constructor(readonly random: (below: number) => number) {
    const browser = this;
    const { links } = this;
    class Channel {
      onmessage: ((event: { data: unknown }) => void) | null = null;
      private readonly tab = browser.current;
      constructor(readonly name: string) {
        links.add(this);
        this.tab.ended.push(() => links.delete(this));
      }
      postMessage(data: unknown): void {
        if (!links.has(this)) throw new Error('the BroadcastChannel is closed');
        for (const other of links as Set<Channel>) {
          if (other === this || other.name !== this.name) continue;
          other.tab.tasks.push(() => links.has(other) && other.onmessage?.({ data: structuredClone(data) }));
        }
      }
      close(): void {
        links.delete(this);
      }
    }
    class Port {
      onmessage: (() => void) | null = null;
      other!: Port;
      postMessage(): void {
        browser.current.tasks.push(() => this.other.onmessage?.());
      }
      close(): void {}
    }
    class MessageChannel {
      port1 = new Port();
      port2 = new Port();
      constructor() {
        this.port2.other = this.port1;
      }
    }
    const clear = (timer: any) => {
      this.timers = this.timers.filter((one) => one !== timer);
      if (timer) timer.run = () => {}; // also if its turn has come
    };
    const globals = {
      BroadcastChannel: Channel,
      MessageChannel,
      performance: { now: () => this.now },
      setTimeout: (run: () => void, ms = 0) => {
        const timer = { tab: this.current, due: this.now + ms + this.late, run };
        this.timers.push(timer);
        return timer;
      },
      clearTimeout: clear,
      setInterval: (run: () => void, ms: number) => {
        const timer = { tab: this.current, due: this.now + ms, run, every: ms };
        this.timers.push(timer);
        return timer;
      },
      clearInterval: clear,
      navigator: { locks: { request: this.request.bind(this) } },
      WebSocket: { OPEN: 1, CLOSED: 3 },
    };
    for (const [name, value] of Object.entries(globals))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }

  /** Runs something in a tab, at once, with what follows from it there. */
  async enter(tab: Tab, run: () => void): Promise<void> {
    this.current = tab;
    run();
    await new Promise((done) => setImmediate(done));
  }

  /** Lets one task of one tab run; time goes on when there is none. False: nothing is left to do. */
  async step(): Promise<boolean> {
    const ready = () => this.tabs.filter((tab) => tab.alive && !tab.stalls && tab.tasks.length > 0);
    for (const timer of this.timers.filter(({ due }) => due <= this.now)) this.fire(timer);
    if (ready().length === 0) {
      const due = Math.min(...this.timers.filter(({ tab }) => tab.alive && !tab.stalls).map((timer) => timer.due));
      if (!Number.isFinite(due)) return false;
      this.now = Math.max(this.now, due);
      return true;
    }
    const tabs = ready();
    const tab = tabs[this.random(tabs.length)]!;
    await this.enter(tab, tab.tasks.shift()!);
    return true;
  }

  // A timer that is due comes before what waits already, as it does in browsers.
  private fire(timer: (typeof this.timers)[0]): void {
    if (timer.tab.stalls) return;
    if (timer.every) timer.due = this.now + timer.every;
    else this.timers = this.timers.filter((one) => one !== timer);
    timer.tab.tasks.unshift(() => timer.run());
  }

  /** Ends a tab, as its browser does: no code of it runs. */
  kill(tab: Tab): void {
    tab.alive = false;
    tab.tasks.length = 0;
    this.timers = this.timers.filter((timer) => timer.tab !== tab);
    for (const end of tab.ended) end();
    for (const [name, { held, queue }] of this.locks) {
      for (const list of [held, queue]) list.splice(0, Infinity, ...list.filter((one) => one.tab !== tab));
      this.grant(name);
    }
  }

  /** Who holds a lock. */
  holders(name: string): Tab[] {
    return (this.locks.get(name)?.held ?? []).map(({ tab }) => tab);
  }

  private request(name: string, options: LockOptions, run: Request['run']): Promise<unknown> {
    const { tab, lock } = { tab: this.current, lock: this.locks.get(name) ?? { held: [], queue: [] } };
    this.locks.set(name, lock);
    return new Promise((resolve, reject) => {
      const request: Request = { tab, shared: options.mode === 'shared', run, resolve, reject };
      const later = (act: () => void) => tab.tasks.push(act);
      if (options.signal?.aborted) return reject(new DOMException('aborted', 'AbortError'));
      options.signal?.addEventListener('abort', () => {
        const at = lock.queue.indexOf(request);
        if (at < 0) return;
        lock.queue.splice(at, 1);
        reject(new DOMException('aborted', 'AbortError'));
        this.grant(name);
      });
      if (options.steal) {
        for (const one of lock.held.splice(0)) one.tab.tasks.push(() => one.reject(new DOMException('stolen', 'AbortError')));
        lock.queue.unshift(request);
      } else if (options.ifAvailable && (lock.held.length > 0 || lock.queue.length > 0)) {
        later(() => resolve(run(null)));
        return;
      } else {
        lock.queue.push(request);
      }
      this.grant(name);
    });
  }

  private grant(name: string): void {
    const lock = this.locks.get(name)!;
    for (let next = lock.queue[0]; next; next = lock.queue[0]) {
      if (lock.held.some((one) => !one.shared || !next!.shared)) return;
      lock.queue.shift();
      const granted = next;
      lock.held.push(granted);
      granted.tab.tasks.push(async () => {
        if (!lock.held.includes(granted)) return; // stolen before it was heard of
        await granted.run({});
        const at = lock.held.indexOf(granted);
        if (at >= 0) lock.held.splice(at, 1);
        granted.resolve(undefined);
        this.grant(name);
      });
    }
  }

  /** A WebSocket of the current tab. The server sends back each frame. */
  socket(): any {
    const tab = this.current;
    const socket: any = { readyState: 0, onopen: null, onmessage: null, onclose: null };
    const connected = new Connected(
      (data) => !connected.mute && tab.tasks.push(() => socket.readyState < 2 && socket.onmessage?.({ data })),
    );
    const ended = (code: number) => {
      if (!connected.open) return;
      connected.open = false;
      tab.tasks.push(() => {
        socket.readyState = 3;
        socket.onclose?.({ code });
      });
    };
    tab.ended.push(() => (connected.open = false));
    tab.tasks.push(() => {
      if (socket.readyState !== 0) return;
      if (this.random(8) === 0) return ended(1006);
      socket.readyState = 1;
      socket.onopen?.({});
    });
    socket.send = (frame: string) => {
      if (socket.readyState !== 1) throw new Error('the socket is not open');
      if (!connected.open || connected.mute) return;
      const channel = /^\d*/.exec(frame)![0];
      if (channel && !connected.frames.has(channel)) {
        if (Number(channel) <= connected.greatest) throw new Error(`channel ${channel} comes after ${connected.greatest}`);
        connected.greatest = Number(channel);
      }
      const text = frame.slice(channel.length);
      if (connected.over.has(channel)) throw new Error(`channel ${channel} has ended`);
      if (!text) return connected.over.add(channel);
      connected.frames.set(channel, [...(connected.frames.get(channel) ?? []), text]);
      if (!text.includes('pong')) connected.send(frame);
    };
    socket.close = (code: number) => {
      if (socket.readyState < 2) socket.readyState = 2;
      ended(code);
    };
    connected.cut = () => ended(1006);
    this.server.push(connected);
    return socket;
  }
}
