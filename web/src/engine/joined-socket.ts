// A WebSocket on which several frames travel in one message, each ending with a line feed (core/wire/doc.go). The server says that
// it takes such messages by sending one.

import { Joined } from './joined';
import type { Socket } from './socket';

// The server takes 64 KiB in one message. A character is up to three bytes.
const most = 20_000;

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
