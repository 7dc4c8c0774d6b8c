// What one task of a thread sends, in all its microtasks, goes out together: each message to the server or to another thread
// costs the browser as much as the core's work for what is in it. But after a task that sent one thing, the next thing goes out
// at once, and what is still to be done for it is done while the other side has it.

import type { Socket } from './socket';

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

// The server takes 64 KiB in one message. A character is up to three bytes.
const most = 20_000;

/**
 * A WebSocket on which several frames travel in one message, each ending with a line feed (core/wire/doc.go). The server says
 * that it takes such messages by sending one.
 */
export class JoinedSocket implements Socket {
  onopen: any;
  onmessage: any;
  onclose: any;
  private joins = false;
  private length = 0;
  private readonly frames = new Joined<string>((frames) => {
    this.length = 0;
    if (!(this.readyState! > WebSocket.OPEN)) this.socket.send(frames.join('\n'));
  });

  constructor(private readonly socket: Socket) {
    socket.onopen = (event) => this.onopen?.(event);
    socket.onclose = (event) => this.onclose?.(event);
    socket.onmessage = (event) => {
      const { data } = event;
      if (typeof data !== 'string' || !data.endsWith('\n')) return this.onmessage?.(event);
      this.joins = true;
      for (const line of data.slice(0, -1).split('\n')) this.onmessage?.({ data: line });
    };
  }

  get readyState(): number | undefined {
    return this.socket.readyState;
  }

  send(frame: string): void {
    if (!this.joins) return this.socket.send(frame);
    if (this.length + frame.length > most) this.frames.flush();
    this.length += frame.length;
    this.frames.send(frame);
  }

  close(code: number): void {
    this.frames.flush();
    this.socket.close(code);
  }
}
