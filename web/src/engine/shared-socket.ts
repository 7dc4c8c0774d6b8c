// One WebSocket for all tabs of a browser that connect to the same address. The tab that holds the address's Web Lock is the
// leader, and has the WebSocket (leader.ts). The others follow it: their frames go by it (follower.ts), and the server sees one
// WebSocket with a connection for each tab. They wait for the lock, which the browser passes on when the leader goes, however it ends.

import { Follower } from './follower';
import { Leader } from './leader';
import type { End, Socket } from './socket';
import { locks } from './tabs';

// Tabs that take the lock from each other so often, each time so soon, in milliseconds, do not hear each other.
const mostStolen = 3;
const soon = 5000;

/** Whether tabs can share a WebSocket: where there are Web Locks, as in secure contexts, and the page has not replaced what it connects by. */
export const canShare = (): boolean =>
  !!locks() && !!globalThis.BroadcastChannel && /\[native code]/.test(Function.prototype.toString.call(WebSocket));

/** What a tab knows after one socket and before the next. */
export interface Sharing {
  /** How often in a row it lost a lock soon after it had taken it. It shares no more when that is too often. */
  stolen: number;
}

export class SharedSocket {
  onopen: any;
  onmessage: any;
  onclose: any;
  private role: Socket | Follower | Leader | undefined;
  private queue = new AbortController();
  private closed = false;
  private readonly name: string;

  /** `make` makes the WebSocket, if it is to be this tab's; it throws no error. */
  constructor(
    url: string,
    private readonly make: () => Socket,
    private readonly sharing: Sharing,
  ) {
    this.name = `parley socket 1 ${url}`; // the number is that of what tabs say to each other
    if (sharing.stolen >= mostStolen) this.play(make());
    else void this.request({ ifAvailable: true });
  }

  get readyState(): number | undefined {
    return this.role?.readyState;
  }

  send(frame: string): void {
    this.role!.send(frame);
  }

  close(code: number): void {
    this.closed = true;
    this.queue.abort();
    if (this.role) this.role.close(code);
    else setTimeout(() => this.onclose?.({ code }));
  }

  private async request(options: LockOptions): Promise<void> {
    const begun = performance.now();
    try {
      await navigator.locks.request(this.name, options, (lock) =>
        this.closed || options.signal?.aborted ? undefined : this.granted(lock),
      );
    } catch (thrown) {
      if (this.closed || options.signal?.aborted) return;
      if (this.role instanceof Leader) {
        // Another tab has taken the lock.
        this.sharing.stolen = options.steal && performance.now() < begun + soon ? this.sharing.stolen + 1 : 0;
        this.role.giveUp();
      } else if ((thrown as Error).name === 'AbortError') {
        void this.request(this.role ? options : { ifAvailable: true });
      } else {
        this.alone(); // the browser refuses, such as to a page of an opaque origin
      }
    }
  }

  // Gives a promise that is kept when the lock may go.
  private granted(lock: Lock | null): Promise<void> | undefined {
    const { role } = this;
    if (!lock) {
      this.follow();
      return;
    }
    // The leader has ended. A follower without a connection yet takes its place; one that has lost it begins a new one.
    if (role instanceof Follower) {
      if (role.opened) {
        role.moved();
        return;
      }
      role.leave();
    }
    const leader = new Leader(this.name, this.make());
    this.play(leader);
    return leader.ended;
  }

  private follow(): void {
    this.queue = new AbortController();
    this.play(
      new Follower(this.name, {
        // The leader stands still, and hears when it goes on that its lock is taken.
        silent: () => {
          this.leave();
          void this.request({ steal: true });
        },
        full: () => this.alone(),
        replaced: () => {
          this.leave();
          this.follow();
        },
      }),
    );
    void this.request({ signal: this.queue.signal });
  }

  // Follows no longer.
  private leave(): void {
    this.queue.abort();
    if (this.role instanceof Follower) this.role.leave();
    this.role = undefined;
  }

  private alone(): void {
    this.leave();
    this.play(this.make());
  }

  private play(role: Socket | Follower | Leader): void {
    this.role = role;
    role.onopen = (event: object) => this.onopen?.(event);
    role.onmessage = (event: { data: unknown }) => this.onmessage?.(event);
    role.onclose = (end: End) => {
      this.closed = true;
      this.queue.abort();
      this.onclose?.(end);
    };
  }
}
