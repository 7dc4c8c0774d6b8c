// A WebSocket on which several frames travel in one message, each ending with a line feed (core/wire/doc.go): for each message a
// browser needs as long as the core does for a frame. The server says that it takes such messages by sending one. What one task
// of the page sends, in all its microtasks, goes out together; but after a task with one frame the next frame goes out at once,
// and what the core has yet to do for it is done while the server has it.

import type { Socket } from './socket';

// The server takes 64 KiB in one message. A character is up to three bytes.
const most = 20_000;

export class JoinedSocket implements Socket {
  onopen: any;
  onmessage: any;
  onclose: any;
  private joins = false;
  // How many frames this task has sent, and whether the last that sent any had several.
  private sent = 0;
  private several = false;
  private waiting: string[] = [];
  private length = 0;

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
    if (++this.sent === 1) {
      queueMicrotask(() => this.taskEnds());
      if (!this.several) return this.socket.send(frame);
    }
    if (this.length + frame.length > most) this.flush();
    this.length += frame.length;
    this.waiting.push(frame);
  }

  close(code: number): void {
    this.flush();
    this.socket.close(code);
  }

  private taskEnds(): void {
    this.several = this.sent > 1;
    this.sent = 0;
    this.flush();
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = [];
    this.length = 0;
    if (waiting.length > 0 && !(this.readyState! > WebSocket.OPEN)) this.socket.send(waiting.join('\n'));
  }
}
