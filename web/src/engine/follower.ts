// A tab that uses the WebSocket of another one, its leader.

import type { End } from './socket';
import { nextTask } from './task';

/** A frame, or what becomes of the channel. `here`: the leader knows it, and has no connection yet; also the answer to a 0. */
export type FromLeader = string | ['here' | 'opened' | 'full'] | ['closed', End];
/** A frame; how many characters were read since the last such message; 0, which asks for a `here`; or null at the end. */
export type ToLeader = string | number | null;

/** What hears of the leader. */
export interface FollowerEnds {
  /** It has not answered in time: it stands still. */
  silent(): void;
  /** It takes no more followers. */
  full(): void;
  /** There is another one, before this follower has a connection. */
  replaced(): void;
}

// A leader answers at once, if its page's thread is free, in milliseconds. It is asked when it has said nothing for so long.
const patience = 1000;
const askEvery = 5000;
// What was read is said when it is so much, in characters.
const readAtOnce = 1 << 16;

export class Follower {
  onopen: any;
  onmessage: any;
  onclose: any;
  opened = false;
  readyState: number | undefined;
  // To and from the leader alone.
  private readonly link: BroadcastChannel;
  // The same as the leader's.
  private readonly bus: BroadcastChannel;
  private readonly over = new AbortController();
  private release = () => {};
  private watch: ReturnType<typeof setTimeout> | undefined;
  private readonly asking: ReturnType<typeof setInterval>;
  private quiet = false;
  private asked = false;
  private forgiven = false;
  private read = 0;

  constructor(
    name: string,
    private readonly ends: FollowerEnds,
  ) {
    const id = `${name} ${crypto.randomUUID()}`;
    this.link = new BroadcastChannel(id);
    this.bus = new BroadcastChannel(name);
    this.link.onmessage = ({ data }) => this.hear(data);
    this.bus.onmessage = ({ data }) => {
      if (data) return; // another follower asks
      if (this.opened) this.moved();
      else ends.replaced();
    };
    this.asking = setInterval(() => {
      if (this.quiet && this.opened) this.ask();
      this.quiet = true;
    }, askEvery);
    // The leader sees by it that this tab lives.
    navigator.locks
      .request(id, { signal: this.over.signal }, () => {
        if (this.readyState) return; // it was granted when the tab let go
        this.bus.postMessage(id);
        this.expect();
        return new Promise<void>((resolve) => (this.release = resolve));
      })
      .catch(() => {});
  }

  send(frame: string): void {
    this.link.postMessage(frame);
    this.expect();
  }

  close(code: number): void {
    this.leave();
    setTimeout(() => this.onclose?.({ code }));
  }

  /** The leader's socket is lost to this tab. */
  moved(): void {
    this.end({ code: 1006, moved: true });
  }

  /** Lets go of the leader. */
  leave(): void {
    if (this.readyState) return;
    this.readyState = WebSocket.CLOSED;
    this.link.postMessage(null);
    clearTimeout(this.watch);
    clearInterval(this.asking);
    this.over.abort();
    this.release();
    this.link.close();
    this.bus.close();
  }

  private end(end: End): void {
    this.leave();
    this.onclose?.(end);
  }

  private hear(data: FromLeader): void {
    clearTimeout(this.watch);
    this.watch = undefined;
    this.quiet = this.asked = this.forgiven = false;
    if (typeof data === 'string') {
      if ((this.read += data.length) >= readAtOnce) {
        this.link.postMessage(this.read);
        this.read = 0;
      }
      return this.onmessage?.({ data });
    }
    const [word, end] = data;
    // Without a connection yet it waits for the next leader, or is that.
    if (word === 'closed') return end.moved && !this.opened ? undefined : this.end(end);
    if (word === 'full') return this.ends.full();
    if (word === 'here' || this.opened) return;
    this.opened = true;
    this.onopen?.({});
  }

  private ask(): void {
    this.link.postMessage(0);
    this.expect();
  }

  // The leader says something soon; or it is asked, if there is a connection; or it is silent.
  private expect(): void {
    if (this.watch) return;
    const due = performance.now() + patience;
    const timer = setTimeout(async () => {
      await nextTask(); // what it has said may wait behind this
      if (this.watch !== timer || this.readyState) return;
      this.watch = undefined;
      // A timer that is so late has waited for this page, which stood still itself, or as a hidden page's: once it is no sign.
      const forgive = !this.forgiven && performance.now() > due + patience;
      if (forgive) this.forgiven = true;
      else if (!this.opened) return this.ends.silent();
      else if (this.asked) return this.moved();
      else this.asked = true;
      if (this.opened) this.ask();
      else this.expect();
    }, patience);
    this.watch = timer;
  }
}
